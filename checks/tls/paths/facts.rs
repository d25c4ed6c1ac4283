//! What a path validator wants to know of a certificate (RFC 5280 section 4), read once.

use jiff::Timestamp;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME as ALTERNATIVE_NAMES;
use x509_parser::prelude::{FromDer as _, NameConstraints, X509Certificate};

use super::clients::Kind;
use super::encoding::{self, Oddity};
use crate::checks::tls::certificate::{shown, timestamp};
use crate::instrument::tls::{Anchor, Distinguished, sequence};

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";

/// A certificate, or a root of which no certificate is known.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// What messages call it, in quotation marks.
    pub(super) called: String,
    pub(super) subject: Distinguished,
    pub(super) issuer: Distinguished,
    pub(super) subject_raw: Vec<u8>,
    pub(super) issuer_raw: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER.
    pub(super) spki: Vec<u8>,
    /// Its version, from 1 on; 0 where nothing is known of it. Extensions came with 3.
    pub(super) version: u32,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// Basic constraints: whether it is an authority, and how many may stand below it.
    pub(super) basic: Option<(bool, Option<u32>)>,
    /// Whether its key usage, where it has one, lets it sign certificates.
    pub(super) signs_certificates: Option<bool>,
    /// Whether its key usage has no bit at all, which Go takes for none.
    pub(super) no_usage: bool,
    /// Extended key usage; none where it says nothing.
    pub(super) purposes: Option<Purposes>,
    /// Whether its Netscape certificate type, where it has one, is a server's.
    pub(super) netscape_server: Option<bool>,
    pub(super) key_id: Option<Vec<u8>>,
    pub(super) authority: Option<Authority>,
    pub(super) serial: Vec<u8>,
    /// Identifiers of its critical extensions.
    pub(super) critical: Vec<String>,
    /// The identifier of an extension that cannot be parsed.
    pub(super) malformed: Option<String>,
    /// The identifier of an extension that is there twice.
    pub(super) twice: Option<String>,
    /// What is odd in its encoding.
    pub(super) odd: Vec<Oddity>,
    /// Whether it names two signature algorithms, one within what is signed and one outside.
    pub(super) two_algorithms: bool,
    pub(super) constraints: Option<Constraints>,
    /// Alternative names; none where it has no such extension.
    pub(super) names: Option<Vec<Name>>,
    /// Common names of its subject, the last one last.
    pub(super) common_names: Vec<String>,
    /// Mail addresses in its subject.
    pub(super) mail: Vec<String>,
}

/// Extended key usage (RFC 5280 section 4.2.1.12).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Purposes {
    pub(super) server: bool,
    pub(super) any: bool,
    /// It names none at all.
    pub(super) empty: bool,
    /// Server Gated Cryptography, of the last century.
    pub(super) gated: bool,
}

/// Authority key identifier (RFC 5280 section 4.2.1.1).
#[derive(Clone, Debug)]
pub(super) struct Authority {
    pub(super) key_id: Option<Vec<u8>>,
    pub(super) serial: Option<Vec<u8>>,
    /// The first directory name among the issuer's.
    pub(super) issuer: Option<Distinguished>,
}

/// A general name (RFC 5280 section 4.2.1.6), as a name or as the base of a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Dns(String),
    Mail(String),
    Uri(String),
    Address(Vec<u8>),
    Directory(Distinguished),
    /// Of a kind that no constraint is applied to; its tag.
    Other(u32),
}

/// Name constraints (RFC 5280 section 4.2.1.10).
#[derive(Clone, Debug, Default)]
pub(super) struct Constraints {
    pub(super) permitted: Vec<Name>,
    pub(super) excluded: Vec<Name>,
}

impl Facts {
    /// Reads a certificate; none where it cannot be parsed.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        let inner = &certificate.tbs_certificate.signature;
        let outer = &certificate.signature_algorithm;
        let subject = certificate.subject();
        let texts = |parts: Vec<&x509_parser::x509::AttributeTypeAndValue<'_>>| {
            let texts = parts.into_iter().filter_map(|part| part.as_str().ok());
            texts.map(str::to_owned).collect()
        };
        let mut facts = Self {
            called: format!("\"{}\"", shown(subject)),
            subject: Distinguished::of(subject),
            issuer: Distinguished::of(certificate.issuer()),
            subject_raw: subject.as_raw().to_vec(),
            issuer_raw: certificate.issuer().as_raw().to_vec(),
            spki: certificate.public_key().raw.to_vec(),
            version: certificate.version().0.saturating_add(1),
            not_before: timestamp(validity.not_before.timestamp()),
            not_after: timestamp(validity.not_after.timestamp()),
            serial: certificate.raw_serial().to_vec(),
            two_algorithms: inner != outer,
            common_names: texts(subject.iter_common_name().collect()),
            mail: texts(subject.iter_email().collect()),
            odd: encoding::oddities(&certificate),
            ..Self::nothing()
        };
        let mut known = Vec::new();
        for extension in certificate.extensions() {
            let identifier = extension.oid.to_id_string();
            if extension.critical {
                facts.critical.push(identifier.clone());
            }
            if known.contains(&identifier) {
                facts.twice = Some(identifier.clone());
            }
            known.push(identifier.clone());
            match identifier.as_str() {
                // It is read here: parsers do not agree on what they forgive.
                BASIC_CONSTRAINTS => match encoding::basic(extension.value) {
                    Some(basic) => {
                        facts.basic = Some((basic.authority, basic.most_below));
                        facts.odd.extend(basic.odd);
                    }
                    None => facts.malformed = Some(identifier.clone()),
                },
                NAME_CONSTRAINTS => {
                    facts.odd.extend(encoding::constraints(extension.value));
                    facts.take(extension.parsed_extension(), &identifier);
                }
                TIMESTAMPS => {} // no client that was run reads them
                _ => facts.take(extension.parsed_extension(), &identifier),
            }
            if extension.oid == ALTERNATIVE_NAMES && facts.names.is_none() {
                facts.malformed = Some(identifier);
            }
            let unknown = |name: &Name| matches!(name, Name::Other(9..));
            if facts.names.iter().flatten().any(unknown) && extension.oid == ALTERNATIVE_NAMES {
                let odd = "has an alternative name of an unknown form";
                facts.odd.push((Kind::EncodingForOpenSsl, odd));
            }
        }
        if subject.iter().next().is_none()
            && let Some(Name::Dns(name)) = facts.names.iter().flatten().next()
        {
            facts.called = format!("\"{}\"", crate::judging::text::clipped(name));
        }
        Some(facts)
    }

    /// What is known of a root without a certificate.
    pub(super) fn of_anchor(anchor: &Anchor) -> Self {
        let name = sequence(&anchor.subject.0);
        let constraints = anchor.name_constraints.as_ref();
        let constraints = constraints.and_then(|der| {
            let der = sequence(&der.0);
            let (_, read) = NameConstraints::from_der(&der).ok()?;
            Some(Constraints::of(&read))
        });
        let called = x509_parser::x509::X509Name::from_der(&name);
        Self {
            called: called.map_or_else(
                |_| "the root".to_owned(),
                |(_, name)| format!("\"{}\"", shown(&name)),
            ),
            subject: anchor.name(),
            issuer: anchor.name(),
            subject_raw: name.clone(),
            issuer_raw: name,
            spki: sequence(&anchor.spki.0),
            version: 0,
            constraints,
            not_before: anchor.not_before.unwrap_or(Timestamp::MIN),
            not_after: anchor.not_after.unwrap_or(Timestamp::MAX),
            ..Self::nothing()
        }
    }

    fn nothing() -> Self {
        Self {
            called: String::new(),
            subject: Distinguished::default(),
            issuer: Distinguished::default(),
            subject_raw: Vec::new(),
            issuer_raw: Vec::new(),
            spki: Vec::new(),
            version: 0,
            not_before: Timestamp::MIN,
            not_after: Timestamp::MAX,
            basic: None,
            signs_certificates: None,
            no_usage: false,
            purposes: None,
            netscape_server: None,
            key_id: None,
            authority: None,
            serial: Vec::new(),
            critical: Vec::new(),
            malformed: None,
            twice: None,
            odd: Vec::new(),
            two_algorithms: false,
            constraints: None,
            names: None,
            common_names: Vec::new(),
            mail: Vec::new(),
        }
    }

    fn take(&mut self, extension: &ParsedExtension<'_>, identifier: &str) {
        match extension {
            ParsedExtension::KeyUsage(usage) => {
                self.signs_certificates = Some(usage.key_cert_sign());
                self.no_usage = usage.flags == 0;
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let gated = |oid: &x509_parser::oid_registry::Oid<'_>| {
                    matches!(
                        oid.to_id_string().as_str(),
                        "2.16.840.1.113730.4.1" | "1.3.6.1.4.1.311.10.3.3"
                    )
                };
                let named = [
                    usage.client_auth,
                    usage.code_signing,
                    usage.email_protection,
                ];
                let named = named.contains(&true) || usage.time_stamping || usage.ocsp_signing;
                self.purposes = Some(Purposes {
                    empty: !named && !usage.server_auth && !usage.any && usage.other.is_empty(),
                    server: usage.server_auth,
                    any: usage.any,
                    gated: usage.other.iter().any(gated),
                });
            }
            ParsedExtension::NSCertType(kind) => self.netscape_server = Some(kind.ssl_server()),
            ParsedExtension::SubjectKeyIdentifier(id) => self.key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                let issuer = id.authority_cert_issuer.iter().flatten();
                let issuer = issuer.filter_map(|name| match name {
                    GeneralName::DirectoryName(name) => Some(Distinguished::of(name)),
                    _ => None,
                });
                self.authority = Some(Authority {
                    key_id: id.key_identifier.as_ref().map(|id| id.0.to_vec()),
                    serial: id.authority_cert_serial.map(<[u8]>::to_vec),
                    issuer: issuer.into_iter().next(),
                });
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                self.names = Some(names.general_names.iter().map(Name::of).collect());
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.constraints = Some(Constraints::of(constraints));
            }
            ParsedExtension::ParseError { .. } => self.malformed = Some(identifier.to_owned()),
            _ => {}
        }
    }

    /// Subject and issuer have the same name.
    pub(super) fn self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// What OpenSSL takes for self-signed, without looking at the signature: a way ends there.
    pub(super) fn self_signed(&self) -> bool {
        self.self_issued() && self.identifies(self)
    }

    /// Whether the authority key identifier, where there is one, fits this issuer.
    pub(super) fn identifies(&self, issuer: &Self) -> bool {
        let Some(authority) = &self.authority else {
            return true;
        };
        let differs = |wanted: &Option<Vec<u8>>, found: &Option<Vec<u8>>| matches!((wanted, found), (Some(wanted), Some(found)) if wanted != found);
        !differs(&authority.key_id, &issuer.key_id)
            && !differs(&authority.serial, &Some(issuer.serial.clone()))
            && authority
                .issuer
                .as_ref()
                .is_none_or(|name| *name == issuer.issuer)
    }

    /// Whether it can be read, and lives, at an instant.
    pub(super) fn valid(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

impl Name {
    fn of(name: &GeneralName<'_>) -> Self {
        match name {
            GeneralName::DNSName(name) => Self::Dns((*name).to_owned()),
            GeneralName::RFC822Name(name) => Self::Mail((*name).to_owned()),
            GeneralName::URI(name) => Self::Uri((*name).to_owned()),
            GeneralName::IPAddress(bytes) => Self::Address(bytes.to_vec()),
            GeneralName::DirectoryName(name) => Self::Directory(Distinguished::of(name)),
            GeneralName::OtherName(..) => Self::Other(0),
            GeneralName::X400Address(_) => Self::Other(3),
            GeneralName::EDIPartyName(_) => Self::Other(5),
            GeneralName::RegisteredID(_) => Self::Other(8),
            GeneralName::Invalid(tag, bytes) => match tag.0 {
                1 => Self::Mail(String::from_utf8_lossy(bytes).into_owned()),
                2 => Self::Dns(String::from_utf8_lossy(bytes).into_owned()),
                6 => Self::Uri(String::from_utf8_lossy(bytes).into_owned()),
                tag => Self::Other(tag),
            },
        }
    }

    /// Whether a constraint on the one is about the other.
    pub(super) fn same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(one), Self::Other(other)) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Constraints {
    fn of(constraints: &NameConstraints<'_>) -> Self {
        let bases = |trees: &Option<Vec<x509_parser::extensions::GeneralSubtree<'_>>>| {
            let trees = trees.iter().flatten();
            trees.map(|tree| Name::of(&tree.base)).collect()
        };
        Self {
            permitted: bases(&constraints.permitted_subtrees),
            excluded: bases(&constraints.excluded_subtrees),
        }
    }

    /// All bases.
    pub(super) fn all(&self) -> impl Iterator<Item = &Name> {
        self.permitted.iter().chain(&self.excluded)
    }
}
