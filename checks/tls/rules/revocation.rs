//! Rules on revocation, and on what a stapled response is worth.

use crate::model::Rule;

pub(crate) const STAPLE: Rule = Rule {
    id: "tls/staple",
    summary: "The server staples a valid OCSP response that says its certificate is good",
    why: "Clients reject a must-staple certificate without a staple. Without stapling, many of them ask the \
          responder, which costs time and depends on it.",
    fix: "Turn stapling on and let the server reach the responder: `ssl_stapling on` with a `resolver` for nginx, \
          `ocsp-update on` for haproxy.",
};

pub(crate) const REVOCATION_LIST: Rule = Rule {
    id: "tls/revocation-list",
    summary: "The certificate is not on its issuer's revocation list",
    why: "Clients reject a revoked certificate.",
    fix: "If it is revoked, have one issued for a new key and load it everywhere. If the list cannot be fetched, run \
          where plain HTTP to it is allowed, or set `revocation = \"off\"` and check it elsewhere.",
};

pub(crate) const OCSP_RESPONDER: Rule = Rule {
    id: "tls/ocsp-responder",
    summary: "The OCSP responder says that the certificate is good",
    why: "Clients that ask the responder reject a certificate that it does not call good.",
    fix: "If it is revoked, have one issued for a new key. If the responder fails, ask it by hand with `openssl ocsp` \
          and report it to the CA.",
};

pub(crate) const REVOCATION_SOURCE: Rule = Rule {
    id: "tls/revocation-source",
    summary: "The certificate names an OCSP responder or a revocation list",
    why: "If it does not, no client learns that it was revoked after its key was stolen.",
    fix: "Have it issued by a CA that publishes revocations, or leave `revocation` at \"prefer\".",
};

pub(crate) const INTERMEDIATE_REVOKED: Rule = Rule {
    id: "tls/intermediate-revoked",
    summary: "No intermediate on the way to the root is on its issuer's revocation list",
    why: "A revoked intermediate takes every certificate below it along, and no staple shows it.",
    fix: "Have a certificate issued below another intermediate, and load it with its new chain everywhere.",
};

pub(crate) const STAPLE_GAIN: Rule = Rule {
    id: "tls/staple-gain",
    summary: "A staple costs clients less time than an OCSP query of their own",
    why: "A server that fetches its response while the client waits makes stapling pointless.",
    fix: "Let the server fetch responses in advance: `ocsp-update on` for haproxy, `ssl_stapling_file` and a timer \
          that renews the file for nginx.",
};

pub(crate) const STAPLE_SIZE: Rule = Rule {
    id: "tls/staple-size",
    summary: "A staple costs clients no extra round trip",
    why: "A first flight of more than 10 segments (14,600 bytes) has to wait for the client's acknowledgement \
          (RFC 6928).",
    fix: "Leave out certificates that clients do not need, such as the root or cross-signed ones, and use ECDSA keys. \
          Set `staple-gain.level = \"note\"` where the server's initial window is larger.",
};
