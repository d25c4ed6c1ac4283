//! Whose word counts: what each client makes of what is out of the ordinary, as data.
//!
//! The clients of our users are OpenSSL and Go. What is listed here was run against both of them, OpenSSL 3.0.19 (`openssl
//! verify -purpose sslserver -verify_hostname`) and Go 1.19.8 (`crypto/x509`), by the suite of chains in `tests/tls`. A
//! client that was not run is not named. Both accept: it passes. Both refuse: it fails. They differ: a warning names who
//! refuses. Two kinds fail although a client accepts them: the Baseline Requirements forbid them to public authorities,
//! and browsers refuse them.

/// A client that was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Client {
    /// Game engines, curl, and most of what is not written in Go.
    OpenSsl,
    /// Services written in Go.
    Go,
}

impl Client {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::OpenSsl, Self::Go];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenSsl => "OpenSSL",
            Self::Go => "Go",
        }
    }
}

/// What a client may object to on a path; what says most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The signature is not by the key of the issuer that the client takes.
    WrongSignature,
    /// An issuer says that it is no authority, or an intermediate does not say that it is one.
    NoAuthority,
    /// The same by OpenSSL's reading alone: a root of version 2.
    NoAuthorityForOpenSsl,
    /// The same by Go's reading alone: it wants basic constraints, and reads them in version 3 only.
    NoAuthorityForGo,
    /// The key usage of an issuer lacks keyCertSign.
    MayNotSign,
    /// The key usage of an issuer has no bit, which Go takes for none.
    MayNotAnything,
    /// More authorities below an issuer than its path length allows.
    TooDeep,
    /// The same, if self-issued certificates count, as they should not (RFC 5280 section 6.1.4 l).
    TooDeepCountingRollovers,
    /// A leaf is used as a server's that is an authority's.
    LeafIsAuthority,
    /// The extended key usage of the leaf lacks serverAuth.
    LeafNotForServers,
    /// It has Server Gated Cryptography in its place.
    LeafForGatedServers,
    /// It names none.
    LeafForNoPurpose,
    /// It has "any" in its place.
    LeafForAnyPurpose,
    /// The extended key usage of an issuer lacks serverAuth.
    IssuerNotForServers,
    /// It has "any" in its place.
    IssuerForAnyPurpose,
    /// It names none.
    IssuerForNoPurpose,
    /// It has Server Gated Cryptography in its place.
    IssuerForGatedServers,
    /// The leaf's Netscape certificate type is not a server's.
    NetscapeNoServer,
    /// An extension cannot be parsed.
    Malformed,
    /// One signature algorithm is named inside, another outside.
    TwoAlgorithms,
    /// The same for a root, whose own signature OpenSSL does not look at.
    TwoAlgorithmsOfRoot,
    /// It is not valid DER in a place that no client forgives.
    BadEncoding,
    /// The same, and OpenSSL forgives it.
    EncodingForGo,
    /// The same, and Go forgives it.
    EncodingForOpenSsl,
    /// The leaf's key is of a kind that Go does not speak TLS with.
    KeyForGo,
    /// The leaf's key is of a kind that no client knows.
    UnknownKey,
    /// A root is signed by an algorithm that OpenSSL does not know.
    UnknownAlgorithm,
    /// The same extension twice, one that path validation reads.
    KnownExtensionTwice,
    /// The same extension twice, another one.
    ExtensionTwice,
    /// A critical extension that no client understands.
    CriticalUnknown,
    /// One that OpenSSL does not understand.
    CriticalForOpenSsl,
    /// One that Go does not understand, or not all of.
    CriticalForGo,
    /// An alternative name that Go cannot parse.
    NameNotReadByGo,
    /// A name that an issuer may not issue for.
    ForbiddenName,
    /// The same by OpenSSL's reading alone.
    ForbiddenForOpenSsl,
    /// The same by Go's reading alone.
    ForbiddenForGo,
    /// An authority key identifier that is not the issuer's.
    OtherAuthorityKey,
    /// The issuer's name is written in two encodings.
    NameInOtherEncoding,
    /// The path ends at an intermediate among the roots.
    EndsAtIntermediate,
    /// The leaf is itself among the roots, and is no root.
    EndsAtLeaf,
    /// A certificate in the middle looks self-signed.
    SelfSignedOnTheWay,
    /// An issuer in the middle is not served, only given as a root.
    ByTheCaFile,
}

/// Who refuses a kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) kind: Kind,
    pub(super) openssl: bool,
    pub(super) go: bool,
    /// It fails even where a client accepts it.
    pub(super) house: bool,
}

const REFUSES: bool = true;
const ACCEPTS: bool = false;

const fn word(kind: Kind, openssl: bool, go: bool) -> Word {
    let house = false;
    Word {
        kind,
        openssl,
        go,
        house,
    }
}

const fn forbidden(kind: Kind, openssl: bool, go: bool) -> Word {
    let house = true;
    Word {
        kind,
        openssl,
        go,
        house,
    }
}

/// One row for each kind: what OpenSSL does, what Go does.
#[rustfmt::skip]
pub(super) const WORDS: &[Word] = &[
    word(Kind::WrongSignature,           REFUSES, REFUSES),
    word(Kind::TwoAlgorithms,            REFUSES, REFUSES),
    word(Kind::Malformed,                REFUSES, REFUSES),
    word(Kind::TwoAlgorithmsOfRoot,      ACCEPTS, REFUSES),
    word(Kind::BadEncoding,              REFUSES, REFUSES),
    word(Kind::EncodingForGo,            ACCEPTS, REFUSES),
    word(Kind::EncodingForOpenSsl,       REFUSES, ACCEPTS),
    word(Kind::KeyForGo,                 ACCEPTS, REFUSES),
    word(Kind::UnknownKey,               REFUSES, REFUSES),
    word(Kind::UnknownAlgorithm,         REFUSES, ACCEPTS),
    word(Kind::KnownExtensionTwice,      REFUSES, REFUSES),
    word(Kind::ExtensionTwice,           ACCEPTS, REFUSES),
    word(Kind::CriticalUnknown,          REFUSES, REFUSES),
    word(Kind::CriticalForOpenSsl,       REFUSES, ACCEPTS),
    word(Kind::CriticalForGo,            ACCEPTS, REFUSES),
    word(Kind::NoAuthority,              REFUSES, REFUSES),
    word(Kind::NoAuthorityForOpenSsl,    REFUSES, ACCEPTS),
    word(Kind::NoAuthorityForGo,         ACCEPTS, REFUSES),
    word(Kind::MayNotSign,               REFUSES, REFUSES),
    word(Kind::MayNotAnything,           REFUSES, ACCEPTS),
    word(Kind::TooDeep,                  REFUSES, REFUSES),
    word(Kind::TooDeepCountingRollovers, ACCEPTS, REFUSES),
    word(Kind::LeafNotForServers,        REFUSES, REFUSES),
    word(Kind::LeafForGatedServers,      ACCEPTS, REFUSES),
    word(Kind::LeafForNoPurpose,         REFUSES, ACCEPTS),
    forbidden(Kind::LeafForAnyPurpose,   REFUSES, ACCEPTS),
    word(Kind::IssuerNotForServers,      REFUSES, REFUSES),
    word(Kind::IssuerForAnyPurpose,      REFUSES, ACCEPTS),
    word(Kind::IssuerForNoPurpose,       REFUSES, ACCEPTS),
    word(Kind::IssuerForGatedServers,    ACCEPTS, REFUSES),
    word(Kind::NetscapeNoServer,         REFUSES, ACCEPTS),
    word(Kind::OtherAuthorityKey,        REFUSES, ACCEPTS),
    word(Kind::NameInOtherEncoding,      ACCEPTS, REFUSES),
    word(Kind::ForbiddenName,            REFUSES, REFUSES),
    word(Kind::ForbiddenForOpenSsl,      REFUSES, ACCEPTS),
    word(Kind::ForbiddenForGo,           ACCEPTS, REFUSES),
    word(Kind::NameNotReadByGo,          ACCEPTS, REFUSES),
    word(Kind::EndsAtIntermediate,       REFUSES, ACCEPTS),
    word(Kind::EndsAtLeaf,               REFUSES, ACCEPTS),
    word(Kind::SelfSignedOnTheWay,       REFUSES, ACCEPTS),
    word(Kind::ByTheCaFile,              ACCEPTS, REFUSES),
    forbidden(Kind::LeafIsAuthority,     ACCEPTS, ACCEPTS),
];

/// A critical extension, and which client understands it. One that does not must refuse the certificate (RFC 5280 section 4.2).
pub(super) struct Extension {
    pub(super) identifier: &'static str,
    pub(super) name: &'static str,
    pub(super) openssl: bool,
    pub(super) go: bool,
}

const fn extension(
    identifier: &'static str,
    name: &'static str,
    openssl: bool,
    go: bool,
) -> Extension {
    Extension {
        identifier,
        name,
        openssl,
        go,
    }
}

const KNOWS: bool = true;
const LACKS: bool = false;

/// What OpenSSL knows, what Go knows.
#[rustfmt::skip]
pub(super) const EXTENSIONS: &[Extension] = &[
    extension("2.5.29.14",               "subject key identifier",       LACKS, KNOWS),
    extension("2.5.29.15",               "key usage",                    KNOWS, KNOWS),
    extension("2.5.29.17",               "subject alternative name",     KNOWS, KNOWS),
    extension("2.5.29.18",               "issuer alternative name",      LACKS, LACKS),
    extension("2.5.29.19",               "basic constraints",            KNOWS, KNOWS),
    extension("2.5.29.30",               "name constraints",             KNOWS, KNOWS),
    extension("2.5.29.31",               "CRL distribution points",      KNOWS, KNOWS),
    extension("2.5.29.32",               "certificate policies",         KNOWS, KNOWS),
    extension("2.5.29.33",               "policy mappings",              KNOWS, LACKS),
    extension("2.5.29.35",               "authority key identifier",     LACKS, KNOWS),
    extension("2.5.29.36",               "policy constraints",           KNOWS, LACKS),
    extension("2.5.29.37",               "extended key usage",           KNOWS, KNOWS),
    extension("2.5.29.46",               "freshest CRL",                 LACKS, LACKS),
    extension("2.5.29.54",               "inhibit anyPolicy",            KNOWS, LACKS),
    extension("1.3.6.1.5.5.7.1.1",       "authority information access", LACKS, KNOWS),
    extension("1.3.6.1.5.5.7.1.11",      "subject information access",   LACKS, LACKS),
    extension("1.3.6.1.5.5.7.1.24",      "TLS feature (must-staple)",    LACKS, LACKS),
    extension("1.3.6.1.5.5.7.48.1.5",    "OCSP no check",                KNOWS, LACKS),
    extension("1.3.6.1.4.1.11129.2.4.2", "timestamps of logs",           LACKS, LACKS),
    extension("1.3.6.1.4.1.11129.2.4.3", "precertificate poison",        LACKS, LACKS),
    extension("2.16.840.1.113730.1.1",   "Netscape certificate type",    KNOWS, LACKS),
    extension("2.16.840.1.113730.1.13",  "Netscape comment",             LACKS, LACKS),
];

impl Kind {
    /// Who refuses it.
    pub(super) fn word(self) -> Word {
        let known = WORDS.iter().find(|word| word.kind == self);
        known
            .copied()
            .unwrap_or_else(|| forbidden(self, REFUSES, REFUSES))
    }

    /// Whether a client refuses it.
    pub(super) fn refused_by(self, client: Client) -> bool {
        let word = self.word();
        word.house
            || match client {
                Client::OpenSsl => word.openssl,
                Client::Go => word.go,
            }
    }
}
