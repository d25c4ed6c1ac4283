//! Extended errors: what a server adds to a code that says little (RFC 8914).

use hickory_proto::op::Edns;
use hickory_proto::rr::rdata::opt::EdnsOption;

/// Option code of extended errors.
const EXTENDED_ERROR: u16 = 15;

/// What the codes of extended errors mean, from zero (RFC 8914 section 5.2 and the registry it made).
const REASONS: [&str; 31] = [
    "other error",
    "unsupported DNSKEY algorithm",
    "unsupported DS digest type",
    "stale answer",
    "forged answer",
    "DNSSEC indeterminate",
    "DNSSEC bogus",
    "signature expired",
    "signature not yet valid",
    "DNSKEY missing",
    "RRSIGs missing",
    "no zone key bit set",
    "NSEC missing",
    "cached error",
    "not ready",
    "blocked",
    "censored",
    "filtered",
    "prohibited",
    "stale NXDOMAIN answer",
    "not authoritative",
    "not supported",
    "no reachable authority",
    "network error",
    "invalid data",
    "signature expired before valid",
    "too early",
    "unsupported NSEC3 iterations",
    "unable to conform to policy",
    "synthesized",
    "invalid query type",
];

/// Extended errors, the code in words and the server's own text after it (RFC 8914 section 2).
pub(super) fn reasons(edns: &Edns) -> Vec<String> {
    let options = edns.options().as_ref().iter();
    let extended = options.filter_map(|(_, option)| match option {
        EdnsOption::Unknown(EXTENDED_ERROR, bytes) => bytes.split_first_chunk::<2>(),
        _ => None,
    });
    extended
        .take(8)
        .map(|(code, text)| {
            let code = u16::from_be_bytes(*code);
            let meaning = REASONS.get(usize::from(code)).copied();
            let meaning = meaning.map_or_else(|| format!("extended error {code}"), str::to_owned);
            match String::from_utf8_lossy(text).trim_end_matches('\0') {
                "" => meaning,
                text => format!("{meaning}: {text}"),
            }
        })
        .collect()
}
