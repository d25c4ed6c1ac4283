//! Rules on renewal: files, ACME challenges, hot swaps.

use crate::model::Rule;

pub(crate) const CERTIFICATE_FILE: Rule = Rule {
    id: "tls/certificate-file",
    summary: "The certificate file can be read",
    why: "What cannot be read cannot be compared with what is served, and the server may fail to load it too.",
    fix: "Let the user who runs the check read the file, and name the PEM file that the server loads.",
};

pub(crate) const FILE_KEY: Rule = Rule {
    id: "tls/file-key",
    summary: "The private key in the certificate file belongs to the certificate, and is only where it is expected",
    why: "Servers refuse a pair that does not match at the next reload.",
    fix: "Put certificate and key of one issuance into the file. Name it as `secret-file` if it holds the key, as \
          `file` if it does not.",
};

pub(crate) const FILE_SERVED: Rule = Rule {
    id: "tls/file-served",
    summary: "Every address serves the certificate in the file",
    why: "The classic failure of automatic renewal: the new certificate is written in time, and no server loads it.",
    fix: "Reload the server after every renewal, for example with certbot's `--deploy-hook`.",
};

pub(crate) const ACME_CHALLENGE: Rule = Rule {
    id: "tls/acme-challenge",
    summary: "ACME http-01 challenges reach every address of every host",
    why: "If a CA cannot fetch challenges, certificates cannot be renewed. CAs ask over IPv6 first.",
    fix: "Answer `/.well-known/acme-challenge/` before any redirect, login or catch-all page, on every address.",
};

pub(crate) const SWAP_COMMAND: Rule = Rule {
    id: "tls/swap-command",
    summary: "The command of the hot swap succeeds",
    why: "If it fails, nothing was swapped and nothing is proven.",
    fix: "Run the command by hand in the checklist's folder, and check what it has done.",
};

pub(crate) const SWAP_SERVED: Rule = Rule {
    id: "tls/swap-served",
    summary: "Every address serves the new certificate in time after the hot swap",
    why: "An address that keeps the old certificate will fail its clients when that expires.",
    fix: "Reload every server behind the address, and check its log for why it kept the old certificate.",
};

pub(crate) const SWAP_HANDSHAKES: Rule = Rule {
    id: "tls/swap-handshakes",
    summary: "No handshake fails during the hot swap",
    why: "A swap under load must not turn clients away.",
    fix: "Reload the server instead of restarting it, or take it out of the load balancer first.",
};

pub(crate) const SWAP_CONNECTIONS: Rule = Rule {
    id: "tls/swap-connections",
    summary: "No open connection is cut off by the hot swap",
    why: "Clients in the middle of something would lose it.",
    fix: "Reload the server instead of restarting it, so that old workers finish what they have.",
};
