//! Rules on the certificates that are served.

use crate::model::Rule;

pub(crate) const READABLE_CHAIN: Rule = Rule {
    id: "tls/readable-chain",
    summary: "Every certificate that is served can be parsed",
    why: "Clients reject a chain that they cannot parse.",
    fix: "Have the certificate reissued by a standard tool.",
};

pub(crate) const TRUSTED_CHAIN: Rule = Rule {
    id: "tls/trusted-chain",
    summary: "The chain leads to a trusted root",
    why: "Browsers repair an incomplete chain, so it goes unnoticed in the office. Game clients, services and payment \
          gateways reject it.",
    fix: "Serve the intermediate certificates after the leaf (`fullchain.pem` with ACME clients). For a private CA, \
          give its root as `tls.ca-file`. If the root is unknown to you, find out who answers in the server's place.",
};

pub(crate) const SERVER_NAME: Rule = Rule {
    id: "tls/server-name",
    summary: "The certificate names the server",
    why: "Clients reject a certificate issued for another name.",
    fix: "Have the certificate issued for this name, load the right one for it (SNI), or correct `tls.server-name`.",
};

pub(crate) const CHAIN_ORDER: Rule = Rule {
    id: "tls/chain-order",
    summary: "The chain is served in order, and nothing else with it",
    why: "Common clients sort a chain themselves; strict ones (RFC 5246 section 7.4.2) do not. Superfluous \
          certificates make every handshake longer.",
    fix: "Put the leaf first, then its issuer, then that one's issuer, and nothing else into the server's file.",
};

pub(crate) const KEY_STRENGTH: Rule = Rule {
    id: "tls/key-strength",
    summary: "Keys and signatures on the way to the root are strong enough",
    why: "Clients reject RSA keys below 2048 bits, curves below 256 bits, and signatures with MD5 or SHA-1.",
    fix: "Have the certificate reissued with an ECDSA P-256 or RSA 2048 key and a SHA-256 signature.",
};

pub(crate) const KEY_USAGE: Rule = Rule {
    id: "tls/key-usage",
    summary: "The certificate may be used by a server, and its issuers may issue certificates",
    why: "Strict clients reject certificates used against their key usage (RFC 5280 section 4.2.1.3).",
    fix: "Ask the CA for a TLS server profile: key usage `digitalSignature`, extended key usage `serverAuth`.",
};

pub(crate) const CHAIN_EXPIRY: Rule = Rule {
    id: "tls/chain-expiry",
    summary: "The whole chain, the root included, is valid from T-0 until `cover` later",
    why: "A certificate that is fine on the day of the check and expires in the night of the launch takes every \
          client with it.",
    fix: "Renew it and load it on every address. If it is not valid yet, load the earlier one until it is.",
};

pub(crate) const RENEWAL_DUE: Rule = Rule {
    id: "tls/renewal-due",
    summary: "At T-0 the certificate's renewal is not yet due",
    why: "A certificate that should have been renewed by then shows that automatic renewal is broken, or will change \
          the certificate in the middle of the launch.",
    fix: "Renew it now, load it everywhere, and find out why it was not renewed automatically. Or change `min-left`.",
};

pub(crate) const SAME_CERTIFICATE: Rule = Rule {
    id: "tls/same-certificate",
    summary: "All addresses of an endpoint serve the same certificate",
    why: "One address that still serves the old certificate fails for a share of the clients only, and is the last \
          thing found.",
    fix: "Load the newest certificate on every address, or set `allow-different = true` where they differ by design.",
};

pub(crate) const TRANSPARENCY: Rule = Rule {
    id: "tls/transparency",
    summary: "The certificate is logged: transparency logs signed timestamps for it",
    why: "Chrome, Safari and Firefox reject certificates of public CAs without enough valid timestamps.",
    fix: "Have it reissued with embedded timestamps, as public CAs do by default. For a private CA leave `log-list` \
          out, or set `transparency = \"prefer\"`. If the list of logs is old, give a current one as `log-list`.",
};
