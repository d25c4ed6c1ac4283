//! What is out of the ordinary on one path, certificate by certificate (RFC 5280 section 6.1), time aside.

use super::clients::{EXTENSIONS, Kind};
use super::constraints;
use super::facts::{Facts, Name};
use super::member::Member;

/// Something that a client may refuse a path for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objection {
    pub(super) kind: Kind,
    /// A sentence without its full stop that names the certificate.
    pub(super) words: String,
}

/// All objections to a path from the leaf to an anchor.
pub(super) fn objections(path: &[&Member]) -> Vec<Objection> {
    let mut found = Objections(Vec::new());
    let last = path.len() - 1;
    for (place, member) in path.iter().enumerate() {
        let facts = &member.facts;
        if !member.bare {
            found.of_any(facts, place == 0, place < last);
            match place {
                0 if last > 0 => found.of_leaf(facts),
                0 => found.of_pinned(facts),
                _ => found.of_issuer(facts, place == last),
            }
        }
        if place > 0 {
            found.depth(&path[..=place]);
        }
        if let Some(next) = path.get(place + 1) {
            found.step(facts, next, place + 1 == last);
        }
    }
    found.end(path);
    found.names(path);
    found.0
}

/// What OpenSSL reads of a certificate before it judges it: twice, it cannot be read.
const READ_BY_OPENSSL: &[&str] = &[
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.35",
    "2.5.29.37",
    "2.16.840.1.113730.1.1",
];

/// What Go cannot parse of a certificate.
pub(super) fn unread_by_go(facts: &Facts) -> Vec<Objection> {
    let mut found = Objections(Vec::new());
    found.of_any(facts, false, true);
    let unread = [
        Kind::TwoAlgorithms,
        Kind::Malformed,
        Kind::BadEncoding,
        Kind::EncodingForGo,
        Kind::KnownExtensionTwice,
        Kind::ExtensionTwice,
        Kind::NameNotReadByGo,
    ];
    found.0.retain(|objection| unread.contains(&objection.kind));
    found.0
}

struct Objections(Vec<Objection>);

impl Objections {
    fn add(&mut self, kind: Kind, words: String) {
        self.0.push(Objection { kind, words });
    }

    /// What may be wrong with any certificate, at any place.
    fn of_any(&mut self, facts: &Facts, leaf: bool, signed: bool) {
        let Facts { called, .. } = facts;
        if facts.two_algorithms {
            let words =
                format!("{called} names one signature algorithm inside and another outside");
            let kind = match signed {
                true => Kind::TwoAlgorithms,
                false => Kind::TwoAlgorithmsOfRoot,
            };
            self.add(kind, words);
        }
        for (kind, odd) in &facts.odd {
            let elsewhere = match kind {
                Kind::KeyForGo | Kind::UnknownKey => !leaf,
                Kind::UnknownAlgorithm => signed,
                _ => false,
            };
            if !elsewhere {
                self.add(*kind, format!("{called} {odd}"));
            }
        }
        if let Some(identifier) = &facts.malformed {
            let words = format!(
                "the extension {} of {called} cannot be parsed",
                name(identifier)
            );
            self.add(Kind::Malformed, words);
        }
        if let Some(identifier) = &facts.twice {
            let words = format!("{called} has the extension {} twice", name(identifier));
            let kind = match READ_BY_OPENSSL.contains(&identifier.as_str()) {
                true => Kind::KnownExtensionTwice,
                false => Kind::ExtensionTwice,
            };
            self.add(kind, words);
        }
        for identifier in &facts.critical {
            let known = EXTENSIONS
                .iter()
                .find(|known| known.identifier == identifier);
            let (openssl, go) = known.map_or((false, false), |known| (known.openssl, known.go));
            let kind = match (openssl, go && go_applies(facts, identifier)) {
                (true, true) => continue,
                (true, false) => Kind::CriticalForGo,
                (false, true) => Kind::CriticalForOpenSsl,
                (false, false) => Kind::CriticalUnknown,
            };
            let words = format!(
                "{called} has the critical extension {}, which must be understood",
                name(identifier)
            );
            self.add(kind, words);
        }
        for broken in facts
            .names
            .iter()
            .flatten()
            .filter(|name| !read_by_go(name))
        {
            let words = format!(
                "{called} has an alternative name that is malformed: {}",
                shown(broken)
            );
            self.add(Kind::NameNotReadByGo, words);
        }
    }

    fn of_leaf(&mut self, facts: &Facts) {
        if facts.basic.is_some_and(|(authority, _)| authority) {
            let words = format!(
                "{} is an authority's certificate, used as a server's",
                facts.called
            );
            self.add(Kind::LeafIsAuthority, words);
        }
        self.of_pinned(facts);
    }

    /// What a server's certificate must be for, also where it is its own root.
    fn of_pinned(&mut self, facts: &Facts) {
        let Facts { called, .. } = facts;
        let kind = match facts.purposes {
            Some(purposes) if purposes.empty => Some((Kind::LeafForNoPurpose, "names none")),
            Some(purposes) if !purposes.server => match (purposes.any, purposes.gated) {
                (true, _) => Some((Kind::LeafForAnyPurpose, "says \"any\" alone")),
                (false, true) => Some((
                    Kind::LeafForGatedServers,
                    "names Server Gated Cryptography alone",
                )),
                (false, false) => Some((Kind::LeafNotForServers, "does not name serverAuth")),
            },
            _ => None,
        };
        if let Some((kind, fault)) = kind {
            self.add(kind, format!("the extended key usage of {called} {fault}"));
        }
        if facts.netscape_server == Some(false) {
            let words = format!("the Netscape certificate type of {called} is not a server's");
            self.add(Kind::NetscapeNoServer, words);
        }
    }

    fn of_issuer(&mut self, facts: &Facts, root: bool) {
        let Facts { called, .. } = facts;
        let called = match root {
            true => format!("the root {called}"),
            false => format!("the intermediate {called}"),
        };
        // OpenSSL takes the key usage of a root for its word, and version 1, which has no word for it.
        let by_openssl = match facts.basic {
            Some((authority, _)) => authority,
            None => {
                root && (facts.version == 1 && facts.self_issued()
                    || facts.signs_certificates.is_some())
            }
        };
        let by_go = match (facts.version, facts.basic) {
            (..3, _) => root,
            (_, basic) => basic.is_some_and(|(authority, _)| authority),
        };
        let kind = match (by_openssl, by_go) {
            (true, true) => None,
            (false, true) => Some(Kind::NoAuthorityForOpenSsl),
            (true, false) => Some(Kind::NoAuthorityForGo),
            (false, false) => Some(Kind::NoAuthority),
        };
        if let Some(kind) = kind {
            let words = match (facts.basic, facts.version) {
                (Some((false, _)), _) => {
                    format!("{called} says that it is no authority (basic constraints CA:FALSE)")
                }
                (_, version @ ..3) => {
                    format!(
                        "{called} is of X.509 version {version}, which has no word for authorities"
                    )
                }
                _ => {
                    format!("{called} does not say that it is an authority (no basic constraints)")
                }
            };
            self.add(kind, words);
        }
        if facts.signs_certificates == Some(false) {
            let words = format!("the key usage of {called} lacks keyCertSign");
            let kind = match facts.no_usage {
                true => Kind::MayNotAnything,
                false => Kind::MayNotSign,
            };
            self.add(kind, words);
        }
        if let Some(purposes) = facts.purposes.filter(|purposes| !purposes.server) {
            let kind = match purposes {
                _ if purposes.empty => Kind::IssuerForNoPurpose,
                _ if purposes.any => Kind::IssuerForAnyPurpose,
                _ if purposes.gated => Kind::IssuerForGatedServers,
                _ => Kind::IssuerNotForServers,
            };
            let words = format!("the extended key usage of {called} does not name serverAuth");
            self.add(kind, words);
        }
    }

    /// How many authorities stand below the last of these, and how many may.
    fn depth(&mut self, path: &[&Member]) {
        let (issuer, below) = match path {
            [_, below @ .., issuer] => (&issuer.facts, below),
            _ => return,
        };
        let Some((_, Some(most))) = issuer.basic else {
            return;
        };
        let most = most as usize;
        let counted = below
            .iter()
            .filter(|member| !member.facts.self_issued())
            .count();
        let (kind, stand) = match (counted > most, below.len() > most) {
            (true, _) => (Kind::TooDeep, counted),
            (false, true) => (Kind::TooDeepCountingRollovers, below.len()),
            (false, false) => return,
        };
        let words = format!(
            "{} may have {most} further authorities below it (path length), and has {stand}",
            issuer.called
        );
        self.add(kind, words);
    }

    /// From one certificate to its issuer.
    fn step(&mut self, facts: &Facts, issuer: &Member, last: bool) {
        let called = &issuer.facts.called;
        if facts.issuer_raw != issuer.facts.subject_raw {
            let words = format!(
                "{} writes the name of its issuer in another encoding than {called} does",
                facts.called
            );
            self.add(Kind::NameInOtherEncoding, words);
        }
        if facts.self_signed() {
            let words = format!(
                "{} has the same name as its issuer, and does not say that its key is another",
                facts.called
            );
            self.add(Kind::SelfSignedOnTheWay, words);
        }
        if issuer.bare {
            return;
        }
        if !facts.identifies(&issuer.facts) {
            let words = format!(
                "the authority key identifier of {} is not that of {called}",
                facts.called
            );
            self.add(Kind::OtherAuthorityKey, words);
        }
        if !last && issuer.served.is_none() {
            let words =
                format!("{called} is not served, and is in the file of roots without being a root");
            self.add(Kind::ByTheCaFile, words);
        }
    }

    fn end(&mut self, path: &[&Member]) {
        let Some(end) = path.last().filter(|end| !end.bare) else {
            return;
        };
        if end.facts.self_signed() {
            return;
        }
        let called = &end.facts.called;
        match path.len() {
            1 => self.add(
                Kind::EndsAtLeaf,
                format!("{called} is among the trusted roots, and is not self-signed"),
            ),
            _ => self.add(
                Kind::EndsAtIntermediate,
                format!("it ends at {called}, an intermediate among the trusted roots, whose own issuer is not there"),
            ),
        }
    }

    fn names(&mut self, path: &[&Member]) {
        let facts: Vec<_> = path.iter().map(|member| &member.facts).collect();
        let words = |(member, issuer): (&Facts, &Facts)| {
            format!(
                "{} may not issue for a name of {} (name constraints)",
                issuer.called, member.called
            )
        };
        match (constraints::openssl(&facts), constraints::go(&facts)) {
            (Some(forbidden), Some(_)) => self.add(Kind::ForbiddenName, words(forbidden)),
            (Some(forbidden), None) => self.add(Kind::ForbiddenForOpenSsl, words(forbidden)),
            (None, Some(forbidden)) => self.add(Kind::ForbiddenForGo, words(forbidden)),
            (None, None) => {}
        }
    }
}

/// An extension by its name, or by its identifier.
fn name(identifier: &str) -> String {
    let known = EXTENSIONS
        .iter()
        .find(|known| known.identifier == identifier);
    known.map_or_else(|| identifier.to_owned(), |known| known.name.to_owned())
}

/// Whether Go, which knows this extension, also knows everything in it.
fn go_applies(facts: &Facts, identifier: &str) -> bool {
    let known = |name: &Name| !matches!(name, Name::Directory(_) | Name::Other(_));
    match identifier {
        "2.5.29.17" => facts.names.iter().flatten().any(known),
        "2.5.29.30" => facts
            .constraints
            .iter()
            .flat_map(|constraints| constraints.all())
            .all(known),
        _ => true,
    }
}

/// Whether Go can parse a name; one that it cannot makes it refuse the whole certificate.
fn read_by_go(name: &Name) -> bool {
    match name {
        Name::Dns(name) | Name::Mail(name) => name.is_ascii(),
        Name::Uri(uri) => {
            let escapes = uri.split('%').skip(1).all(|rest| {
                let digits = rest.as_bytes().get(..2);
                digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            });
            let odd = |byte: u8| byte.is_ascii_control() || byte == b' ';
            let brackets = uri.contains('[') == uri.contains(']');
            uri.is_ascii() && escapes && brackets && !uri.bytes().any(odd)
        }
        Name::Address(bytes) => matches!(bytes.len(), 4 | 16),
        Name::Directory(_) | Name::Other(_) => true,
    }
}

fn shown(name: &Name) -> String {
    match name {
        Name::Dns(name) | Name::Mail(name) | Name::Uri(name) => {
            format!("\"{}\"", crate::judging::text::clipped(name))
        }
        Name::Address(bytes) => format!("an address of {} bytes", bytes.len()),
        Name::Directory(_) | Name::Other(_) => "?".to_owned(),
    }
}
