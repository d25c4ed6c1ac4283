//! Rules on endpoints, handshakes and what is negotiated in them.

use crate::model::Rule;

pub(crate) const ENDPOINTS: Rule = Rule {
    id: "tls/endpoints",
    summary: "The check has at least one endpoint to look at",
    why: "A check that looks at nothing proves nothing.",
    fix: "Raise the check's `timeout` if the list of endpoints could not be read in time.",
};

pub(crate) const CA_FILE: Rule = Rule {
    id: "tls/ca-file",
    summary: "Everything in `tls.ca-file` is a certificate that can be used",
    why: "A root that is lost in its file fails every chain that leads to it, and a private key does not belong in a \
          file that is handed around.",
    fix: "Keep only PEM certificates in the file, saved as UTF-8. If a private key was in it, replace that key.",
};

pub(crate) const LOOKUP: Rule = Rule {
    id: "tls/lookup",
    summary: "Every resolver gives at least one address of every endpoint",
    why: "Without an address there is no server to connect to, and nothing is known of its certificate. Clients of a \
          resolver that fails or has no address cannot connect.",
    fix: "Give the name an A or AAAA record, check the resolver and the way to it, or list `addresses`.",
};

pub(crate) const SAME_ADDRESSES: Rule = Rule {
    id: "tls/same-addresses",
    summary: "All `resolvers` give the same addresses of an endpoint",
    why: "Clients go where their resolver sends them. One that still holds an old record sends them to servers that are \
          no longer kept up to date.",
    fix: "Correct the record at the resolver that differs, or wait until its TTL is over. Where the addresses differ on \
          purpose, as with split DNS, waive this rule.",
};

pub(crate) const USABLE_ADDRESS: Rule = Rule {
    id: "tls/usable-address",
    summary: "The addresses of an endpoint mean the same to clients elsewhere",
    why: "This machine reaches 0.0.0.0, 127.0.0.1 and its own addresses without any network. For everyone else they lead \
          nowhere, or to themselves.",
    fix: "Correct the record of the host, or run tminus on another machine. Where the address is meant, list it in \
          `addresses`.",
};

pub(crate) const HANDSHAKE: Rule = Rule {
    id: "tls/handshake",
    summary: "Every address completes a TLS 1.2 or 1.3 handshake",
    why: "An address that refuses, hangs or speaks another protocol fails a share of the clients on every connection.",
    fix: "Start the server there, enable TLS on the port, open the firewall, or withdraw the address from DNS.",
};

pub(crate) const HOST_BLOCK: Rule = Rule {
    id: "tls/host-block",
    summary: "A run does not get this host blocked by a MySQL or MariaDB server",
    why: "They block a host after 100 connections that end without a login, for every login from it. So a run makes \
          10 at most to each address, over all checks and attempts, and what was not asked is not known.",
    fix: "Contact the server from fewer checks or by fewer names, with fewer `retries`, and without `resumption`.",
};

pub(crate) const PRIVATE_KEY: Rule = Rule {
    id: "tls/private-key",
    summary: "The server proves that it holds the private key of its certificate",
    why: "A server whose key does not match its certificate fails the handshake of every client.",
    fix: "Load a certificate and a key that belong together.",
};

pub(crate) const DUAL_STACK: Rule = Rule {
    id: "tls/dual-stack",
    summary: "The endpoint answers over both IPv4 and IPv6",
    why: "Clients of the missing address family cannot connect, or wait for a fallback.",
    fix: "Publish both A and AAAA records, let the server listen on both, or leave `dual-stack` out.",
};

pub(crate) const ALPN: Rule = Rule {
    id: "tls/alpn",
    summary: "The server selects one of the application protocols in `alpn`",
    why: "Without it, clients fall back to HTTP/1.1 or fail, gRPC clients above all.",
    fix: "Enable the protocol on the server: for nginx `http2 on`.",
};

pub(crate) const OLD_PROTOCOLS: Rule = Rule {
    id: "tls/old-protocols",
    summary: "The server refuses TLS 1.0 and TLS 1.1",
    why: "RFC 8996 forbids both, and auditors reject them.",
    fix: "Set the lowest protocol to TLS 1.2: `ssl_protocols TLSv1.2 TLSv1.3` for nginx, `ssl-min-ver TLSv1.2` for \
          haproxy. Set `old-protocols = \"allow\"` where old clients need them.",
};

pub(crate) const POST_QUANTUM: Rule = Rule {
    id: "tls/post-quantum",
    summary: "The server supports a post-quantum key exchange",
    why: "Traffic recorded today can be decrypted once quantum computers break classical key exchanges.",
    fix: "Use a TLS library that supports X25519MLKEM768: OpenSSL 3.5, Go 1.24, or later. Or set \
          `post-quantum = \"note\"`.",
};

pub(crate) const SESSION_RESUMPTION: Rule = Rule {
    id: "tls/session-resumption",
    summary: "Every address resumes the sessions of clients that come back to it",
    why: "At T-0 all clients come back at once; a full handshake for each costs time and CPU.",
    fix: "Enable session tickets or a session cache, and give all servers behind one address the same ticket keys.",
};

pub(crate) const SHARED_SESSIONS: Rule = Rule {
    id: "tls/shared-sessions",
    summary: "Every address resumes the sessions that another address of the endpoint started",
    why: "Clients that reconnect reach any address. Where ticket keys are not shared, most resumptions fail.",
    fix: "Give all servers the same ticket keys and rotate them together: `ssl_session_ticket_key` for nginx, \
          `tls-ticket-keys` for haproxy.",
};

pub(crate) const OTHER_CLIENTS: Rule = Rule {
    id: "tls/other-clients",
    summary: "What the server shows to other clients is known: RSA and ECDSA certificates, and what `also` asks for",
    why: "A server with several certificates shows each client one of them. The one that this machine is not shown \
          expires unnoticed, and takes the other clients with it.",
    fix: "Load the same certificates on every address, and check again from where the server answers all clients. \
          Give it a default certificate for clients that send no SNI.",
};
