//! Rules on the client's certificate.

use crate::model::Rule;

pub(crate) const CLIENT_EXPIRY: Rule = Rule {
    id: "tls/client-expiry",
    summary: "The client certificate is valid from T-0 until `cover` later",
    why: "When it expires, every server that asks for it turns the clients away.",
    fix: "Renew it, and give it to all clients before the launch.",
};

pub(crate) const CLIENT_KEY: Rule = Rule {
    id: "tls/client-key",
    summary: "The private key belongs to the client certificate",
    why: "A client with another key cannot prove who it is.",
    fix: "Give the key with which the certificate was requested as `tls.key`, and put the client's own certificate first \
          into the file `tls.certificate`.",
};

pub(crate) const CLIENT_USAGE: Rule = Rule {
    id: "tls/client-usage",
    summary: "The client certificate is meant for clients, and its keys and signatures are strong enough",
    why: "Servers reject a certificate that is meant for servers only, or that is too weak.",
    fix: "Have it issued with the extended key usage `clientAuth`, an ECDSA P-256 or RSA 2048 key, and SHA-256.",
};

pub(crate) const CLIENT_ISSUER: Rule = Rule {
    id: "tls/client-issuer",
    summary: "Servers name an issuer of the client certificate where they name CAs at all",
    why: "Some clients send no certificate to a server that does not name its issuer.",
    fix: "Add the CA to those that the server names (nginx: `ssl_client_certificate`), or send the intermediates.",
};

pub(crate) const CLIENT_ACCEPTED: Rule = Rule {
    id: "tls/client-accepted",
    summary: "Servers that ask for a client certificate accept the one in `tls.certificate`, or clients without one",
    why: "A server may complete the handshake and turn the client away right after it: by an alert in TLS 1.3, or by an \
          answer of HTTP.",
    fix: "Look at the server's log. Let it trust the CA of the client certificate, or give the right certificate as \
          `tls.certificate`.",
};
