//! Trust anchors: the keys that validation begins with, of the root or of a file.

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_proto::dnssec::{Algorithm, PublicKeyBuf, TrustAnchors};
use hickory_proto::rr::{Name, RData, RecordType};

use super::algorithms::algorithm;

/// The largest file of anchors that is read.
pub(super) const LARGEST: usize = 64 * 1024;

/// What makes a key of a zone trustworthy.
#[derive(Clone, Debug)]
pub(super) enum Anchor {
    /// A digest of it.
    Digest(DS),
    /// The key itself.
    Key(PublicKeyBuf),
}

impl Anchor {
    /// Whether a key of a zone is the one that is trusted. Revoked keys never are (RFC 5011 section 2.1).
    pub(super) fn is(&self, zone: &Name, key: &DNSKEY) -> bool {
        if !key.zone_key() || key.revoke() {
            return false;
        }
        match self {
            Self::Digest(digest) => {
                digest.key_tag() == key.calculate_key_tag().unwrap_or_default()
                    && digest.algorithm() == algorithm(key)
                    && digest.covers(zone, key).unwrap_or(false)
            }
            Self::Key(trusted) => trusted == key.public_key(),
        }
    }

    /// How it is named in a report.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Digest(digest) => digest.key_tag().to_string(),
            Self::Key(key) => {
                let tag = DNSKEY::with_flags(257, key.clone()).calculate_key_tag();
                tag.map_or_else(|_| "unknown".to_owned(), |tag| tag.to_string())
            }
        }
    }
}

/// Anchors by the zone that they are for.
#[derive(Clone, Debug)]
pub(super) struct Anchors(Vec<(Name, Anchor)>);

impl Anchors {
    /// Those of the root zone, as IANA publishes them.
    pub(super) fn of_the_root() -> Self {
        let known = TrustAnchors::default();
        let keys = (0..known.len()).filter_map(|place| known.get(place).cloned());
        Self(keys.map(|key| (Name::root(), Anchor::Key(key))).collect())
    }

    /// Reads DS and DNSKEY records, one to a line, in zone file format.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut anchors = Vec::new();
        let text = text.trim_start_matches('\u{feff}'); // a byte order mark
        for (number, line) in text.lines().enumerate() {
            let line = line.split(';').next().unwrap_or_default();
            let words: Vec<_> = line.split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            let anchor =
                record(&words).map_err(|problem| format!("line {}: {problem}", number + 1))?;
            anchors.push(anchor);
        }
        match anchors.is_empty() {
            true => Err("no DS or DNSKEY record".into()),
            false => Ok(Self(anchors)),
        }
    }

    /// Those for a zone.
    pub(super) fn of(&self, zone: &Name) -> Vec<Anchor> {
        let of_zone = self.0.iter().filter(|(name, _)| name == zone);
        of_zone.map(|(_, anchor)| anchor.clone()).collect()
    }
}

fn record(words: &[&str]) -> Result<(Name, Anchor), String> {
    let expected =
        || "expected a record such as \"example.com. IN DS 12345 13 2 0A1B...\"".to_owned();
    let kind = |word: &&str| matches!(&*word.to_ascii_uppercase(), "DS" | "DNSKEY");
    // Before the type come owner, TTL and class, the last two in any order or not at all.
    let place = words
        .iter()
        .take(4)
        .position(kind)
        .filter(|place| *place > 0);
    let place = place.ok_or_else(expected)?;
    let mut zone = Name::from_ascii(words[0]).map_err(|error| error.to_string())?;
    zone.set_fqdn(true);
    let data = &words[place + 1..];
    let anchor = match words[place].eq_ignore_ascii_case("DS") {
        true => {
            let (head, digest) = data.split_at(data.len().min(3));
            let text = format!("{} {}", head.join(" "), digest.concat());
            match RData::try_from_str(RecordType::DS, &text) {
                Ok(RData::DNSSEC(DNSSECRData::DS(digest))) => Anchor::Digest(digest),
                Ok(_) => return Err(expected()),
                Err(error) => return Err(error.to_string()),
            }
        }
        false => {
            use base64::Engine as _;
            let [_flags, _protocol, number, key @ ..] = data else {
                return Err(expected());
            };
            let number = number.parse().map_err(|_| expected())?;
            let key = base64::engine::general_purpose::STANDARD.decode(key.concat());
            let key = key.map_err(|error| format!("the key is not Base64: {error}"))?;
            Anchor::Key(PublicKeyBuf::new(key, Algorithm::from_u8(number)))
        }
    };
    Ok((zone.to_lowercase(), anchor))
}
