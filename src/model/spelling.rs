//! How a secret may be spelled where a program or a server repeats it: as it is, and as JSON, URLs, hexadecimal and
//! base64 write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use rustls::crypto::ring::sign::any_supported_type;

use super::pem;
use super::secret::SHORTEST;

/// The shortest line of a secret of several lines that is struck on its own.
const SHORTEST_LINE: usize = 16;

/// The ways to write one secret.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    /// What is in one piece.
    pub(super) whole: BTreeSet<Vec<u8>>,
    /// What long values are folded in: base64 and hexadecimal.
    pub(super) folded: BTreeSet<Vec<u8>>,
}

impl Spellings {
    /// Adds all spellings of a secret, and of what it is made of: the password of a URL, the token behind `Bearer`.
    /// Whatever is shorter than `shortest` bytes is left out.
    pub(super) fn add(&mut self, secret: &str, shortest: usize) {
        for text in std::iter::once(secret.to_owned()).chain(components(secret)) {
            let text = text.trim_end_matches(['\n', '\r']);
            if text.len() >= shortest {
                self.add_text(text);
            }
        }
        let public = public_lines(secret);
        for line in secret.lines().map(str::trim) {
            let armour = line.starts_with("-----");
            let struck = !armour && !public.contains(line);
            if line.len() >= SHORTEST_LINE && line.len() < secret.len() && struck {
                self.whole.insert(line.as_bytes().to_vec());
                self.whole.extend(json(line).map(String::into_bytes));
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        let texts = std::iter::once(text.to_owned());
        let texts = texts.chain(json(text)).chain(percent(text));
        self.whole.extend(texts.map(String::into_bytes));
        let hex = text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        // As dumps and certificates write it, too.
        for between in ["", ":", " "] {
            let pairs: Vec<_> = hex
                .as_bytes()
                .chunks(2)
                .map(String::from_utf8_lossy)
                .collect();
            let hex = pairs.join(between);
            self.folded.insert(hex.to_uppercase().into_bytes());
            self.folded.insert(hex.into_bytes());
        }
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            self.whole
                .insert(text.encode_utf16().flat_map(bytes).collect());
        }
        let base64 = [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD]
            .into_iter()
            .flat_map(|engine| (0..3).map(move |before| base64(engine, text.as_bytes(), before)));
        self.folded
            .extend(base64.filter(|core| core.len() >= SHORTEST));
    }
}

/// The lines of a PEM file that everyone may see: those of certificates beside a private key, and those that hold nothing
/// but a piece of its public half. A certificate repeats that half, and base64 writes it alike in one of three.
fn public_lines(secret: &str) -> BTreeSet<&str> {
    if !secret.contains("-----BEGIN ") {
        return BTreeSet::new();
    }
    let key = pem::private_key(secret.as_bytes()).ok();
    let key = key.and_then(|key| any_supported_type(&key).ok());
    let half = key.as_ref().and_then(|key| key.public_key());
    let of_half = |line: &str| {
        let bytes = STANDARD_NO_PAD.decode(line.trim_end_matches('='));
        let bytes = bytes.ok().filter(|bytes| !bytes.is_empty());
        let pair = half.as_ref().zip(bytes);
        pair.is_some_and(|(half, bytes)| memchr::memmem::find(half, &bytes).is_some())
    };
    let mut certificate = false;
    let mut lines = BTreeSet::new();
    for line in secret.lines().map(str::trim) {
        if line.starts_with("-----") {
            certificate = line.starts_with("-----BEGIN ") && line.ends_with("CERTIFICATE-----");
        } else if certificate || of_half(line) {
            lines.insert(line);
        }
    }
    lines
}

/// The parts of a secret that are secrets themselves.
fn components(secret: &str) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some((_, rest)) = secret.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let user = authority.rsplit_once('@').map(|(user, _)| user);
        if let Some((_, password)) = user.and_then(|user| user.split_once(':')) {
            parts.extend(decoded(password));
            parts.push(password.to_owned());
        }
    }
    let (scheme, token) = secret.split_once(' ').unwrap_or_default();
    if ["bearer", "basic", "token"].contains(&scheme.to_lowercase().as_str()) {
        parts.push(token.trim().to_owned());
    }
    parts
}

/// What is behind percent signs.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// How JSON strings spell it where that differs: as short as can be, with `\/`, in ASCII alone, and safe in HTML.
fn json(text: &str) -> impl Iterator<Item = String> {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let inside = quoted.get(1..quoted.len().saturating_sub(1));
    let shortest = inside.unwrap_or_default().to_owned();
    let escaped = |escape: fn(char) -> bool| {
        shortest.chars().fold(String::new(), |mut spelled, c| {
            if escape(c) {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(spelled, "\\u{unit:04x}");
                }
            } else {
                spelled.push(c);
            }
            spelled
        })
    };
    let ascii = escaped(|c| !c.is_ascii());
    let html = escaped(|c| matches!(c, '<' | '>' | '&'));
    let slashes = shortest.replace('/', "\\/");
    let all = [slashes, ascii, html, shortest];
    all.into_iter().collect::<BTreeSet<_>>().into_iter()
}

/// How URLs and forms spell it: encoders agree on what must be escaped, not on what may be left as it is.
fn percent(text: &str) -> impl Iterator<Item = String> {
    let encoded = |kept: &str, space: &str, upper: bool| {
        text.bytes().fold(String::new(), |mut spelled, byte| {
            match byte {
                b' ' => spelled.push_str(space),
                _ if byte.is_ascii_alphanumeric() || kept.contains(char::from(byte)) => {
                    spelled.push(char::from(byte));
                }
                _ if upper => drop(write!(spelled, "%{byte:02X}")),
                _ => drop(write!(spelled, "%{byte:02x}")),
            }
            spelled
        })
    };
    // RFC 3986; the same in a path; ECMAScript's two; forms.
    let kept = ["-._~", "-._~/", "-._~!'()*", "-._~!'()*;/?:@&=+$,#", "-._*"];
    let all = kept.into_iter().flat_map(|kept| {
        [("%20", true), ("%20", false), ("+", true), ("+", false)]
            .map(|(space, upper)| encoded(kept, space, upper))
    });
    all.collect::<BTreeSet<_>>().into_iter()
}

/// The characters of base64 that follow from these bytes alone, when `before` bytes stand in front of them.
fn base64(engine: &impl base64::Engine, bytes: &[u8], before: usize) -> Vec<u8> {
    let mut padded = vec![0; before];
    padded.extend_from_slice(bytes);
    let text = engine.encode(&padded);
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    text.as_bytes()
        .get(first..last)
        .unwrap_or_default()
        .to_vec()
}
