//! The numbers of this module. Names that begin with `probe_` or `ssl_` are those of Prometheus' blackbox exporter and
//! of ssl_exporter, with the same meaning, so that existing dashboards show them.

use crate::model::Family;

/// Of how many addresses there are numbers.
pub(crate) const MOST_ADDRESSES: usize = 1_000;

pub(crate) const ADDRESSES: Family = Family {
    name: "tls_addresses",
    help: "Addresses by what became of them: completed or failed a handshake, or not contacted",
    unit: "count",
    labels: &["outcome"],
};

pub(crate) const HANDSHAKE_DURATION: Family = Family {
    name: "tls_handshake_duration_seconds",
    help: "From the first byte sent to the end of the handshake",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const HANDSHAKE_QUANTILE: Family = Family {
    name: "tls_handshake_quantile_seconds",
    help: "Times of full and of resumed handshakes at all addresses of an endpoint, by nearest rank",
    unit: "seconds",
    labels: &["endpoint", "handshake", "quantile"],
};

pub(crate) const RESUMPTION_RATIO: Family = Family {
    name: "tls_resumption_ratio",
    help: "Share of the clients that came back and resumed their session",
    unit: "ratio",
    labels: &["endpoint", "address"],
};

pub(crate) const EARLIEST_EXPIRY: Family = Family {
    name: "probe_ssl_earliest_cert_expiry",
    help: "When the first certificate that is served expires, needed or not, as Unix time",
    unit: "seconds",
    labels: &["endpoint"],
};

pub(crate) const CHAIN_EXPIRY: Family = Family {
    name: "probe_ssl_last_chain_expiry_timestamp_seconds",
    help: "When the trusted chain that lasts longest expires, as Unix time",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const CHAIN_INFO: Family = Family {
    name: "probe_ssl_last_chain_info",
    help: "The certificate that is served; always 1",
    unit: "count",
    labels: &[
        "endpoint",
        "address",
        "fingerprint_sha256",
        "subject",
        "issuer",
        "subjectalternative",
        "serialnumber",
    ],
};

pub(crate) const VERSION_INFO: Family = Family {
    name: "probe_tls_version_info",
    help: "The protocol version that was negotiated; always 1",
    unit: "count",
    labels: &["endpoint", "address", "version"],
};

pub(crate) const CIPHER_INFO: Family = Family {
    name: "probe_tls_cipher_info",
    help: "The cipher suite that was negotiated; always 1",
    unit: "count",
    labels: &["endpoint", "address", "cipher"],
};

pub(crate) const KEY_EXCHANGE_INFO: Family = Family {
    name: "tls_key_exchange_info",
    help: "The key exchange group that was negotiated; always 1",
    unit: "count",
    labels: &["endpoint", "address", "group"],
};

pub(crate) const POST_QUANTUM: Family = Family {
    name: "tls_post_quantum",
    help: "Whether the server supports a post-quantum key exchange: 1 or 0",
    unit: "count",
    labels: &["endpoint", "address"],
};

pub(crate) const STAPLED: Family = Family {
    name: "ssl_ocsp_response_stapled",
    help: "Whether the server staples an OCSP response: 1 or 0",
    unit: "count",
    labels: &["endpoint", "address"],
};

pub(crate) const STAPLE_NEXT_UPDATE: Family = Family {
    name: "ssl_ocsp_response_next_update",
    help: "Until when the stapled response counts, as Unix time",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const OCSP_QUERY: Family = Family {
    name: "tls_ocsp_question_seconds",
    help: "Median time of an OCSP query of the client's own: lookup, connection and answer",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const STAPLE_SAVED: Family = Family {
    name: "tls_staple_saved_seconds",
    help: "Time that a staple saves a client; below 0 if it costs more than an OCSP query",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const FIRST_FLIGHT_BYTES: Family = Family {
    name: "tls_first_flight_bytes",
    help: "Size of the largest first flight of the server, with and without a staple",
    unit: "bytes",
    labels: &["endpoint", "address", "staple"],
};

pub(crate) const FIRST_FLIGHT_DURATION: Family = Family {
    name: "tls_first_flight_seconds",
    help: "Median time of the server's first flight, with and without a staple",
    unit: "seconds",
    labels: &["endpoint", "address", "staple"],
};

pub(crate) const CHALLENGE_DURATION: Family = Family {
    name: "acme_challenge_duration_seconds",
    help: "From the first request of an ACME challenge to the last answer, redirects included",
    unit: "seconds",
    labels: &["host", "address"],
};

pub(crate) const SWAP_DURATION: Family = Family {
    name: "tls_swap_duration_seconds",
    help: "From the end of the hot swap's command until an address serves the new certificate and no other",
    unit: "seconds",
    labels: &["endpoint", "address"],
};

pub(crate) const SWAP_DROPPED: Family = Family {
    name: "tls_swap_dropped_connections",
    help: "Connections that the hot swap cut off",
    unit: "count",
    labels: &["endpoint", "address"],
};

/// All of them.
pub(crate) const ALL: &[Family] = &[
    ADDRESSES,
    HANDSHAKE_DURATION,
    HANDSHAKE_QUANTILE,
    RESUMPTION_RATIO,
    EARLIEST_EXPIRY,
    CHAIN_EXPIRY,
    CHAIN_INFO,
    VERSION_INFO,
    CIPHER_INFO,
    KEY_EXCHANGE_INFO,
    POST_QUANTUM,
    STAPLED,
    STAPLE_NEXT_UPDATE,
    OCSP_QUERY,
    STAPLE_SAVED,
    FIRST_FLIGHT_BYTES,
    FIRST_FLIGHT_DURATION,
    CHALLENGE_DURATION,
    SWAP_DURATION,
    SWAP_DROPPED,
];
