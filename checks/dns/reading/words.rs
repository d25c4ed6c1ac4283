//! Readings in words: what was seen, the kind to count it under, and how to fix it.

use super::Reading;
use crate::judging::text::clipped_list;

impl Reading<'_> {
    /// What was seen, in words.
    pub(crate) fn text(&self) -> String {
        let led = |at: &Option<String>| {
            at.as_ref()
                .map_or_else(String::new, |at| format!(" at the alias target {at}"))
        };
        match self {
            Self::Answer(answer) => clipped_list(&answer.data),
            Self::NoName(at) => format!("NXDOMAIN{}", led(at)),
            Self::NoData(at) => format!("no record of this type (NODATA){}", led(at)),
            Self::Unfollowed(at) => {
                format!("an alias to {at}, which this server does not resolve")
            }
            Self::Loop => "aliases in a loop".into(),
            Self::Broken(what) => format!("a contradictory answer: {what}"),
            Self::Lame("NOERROR") => "an empty answer without AA, RA and SOA (lame server)".into(),
            Self::Lame(code) => format!("{code} without AA, RA and SOA (lame server)"),
            Self::Referral => "a referral to other servers".into(),
            Self::Code(code, []) => (*code).into(),
            Self::Code(code, reasons) => format!("{code} ({})", reasons.join("; ")),
            Self::NoTcp(reason) => format!("truncated, and over TCP: {reason}"),
            Self::MuteTcp(what) => format!("truncated, and over TCP: {what}"),
            Self::Timeout(0) => "no answer in time".into(),
            Self::Timeout(1) => "no answer to 1 packet".into(),
            Self::Timeout(packets) => format!("no answer to {packets} packets"),
            Self::NotFound(text) | Self::NotResolved(text) => format!("getaddrinfo: {text}"),
            Self::Refused => "port unreachable".into(),
            Self::Malformed(reason) => format!("no acceptable answer: {reason}"),
            Self::Network(text) => format!("network error: {text}"),
            Self::Silent(1) => "no answer to 1 question".into(),
            Self::Silent(times) => format!("no answer, asked {times} times"),
            Self::Lost(how) => format!("the connection was {how}"),
            Self::Unconnected(why) => format!("no connection: {why}"),
            Self::Untrusted(why) => format!("the certificate is not trusted: {why}"),
            Self::Handshake(how) => format!("no handshake: {how}"),
            Self::Http(_, text) => text.clone(),
            Self::Missing(Some(error)) => format!("not observed: {error}"),
            Self::Missing(None) => "not observed".into(),
        }
    }

    /// The kind of it in a word or two, to be counted by.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answered",
            Self::NoName(_) => "NXDOMAIN",
            Self::NoData(_) => "NODATA",
            Self::Unfollowed(_) => "an alias to another zone",
            Self::Loop => "aliases in a loop",
            Self::Broken(_) => "a contradictory answer",
            Self::Lame(_) => "a lame server",
            Self::Referral => "a referral",
            Self::Code("SERVFAIL", _) => "SERVFAIL",
            Self::Code("REFUSED", _) => "REFUSED",
            Self::Code(..) => "another response code",
            Self::NoTcp(_) | Self::MuteTcp(_) => "truncated without TCP",
            Self::Timeout(_) => "no answer",
            Self::NotFound(_) => "no address",
            Self::NotResolved(_) => "lookup failed",
            Self::Refused => "port unreachable",
            Self::Malformed(_) => "no acceptable answer",
            Self::Network(_) => "network error",
            Self::Silent(_) => "no answer",
            Self::Lost(_) => "connection lost",
            Self::Unconnected(_) => "no connection",
            Self::Untrusted(_) => "certificate refused",
            Self::Handshake(_) => "no handshake",
            Self::Http(..) => "HTTP without a DNS message",
            Self::Missing(_) => "not observed",
        }
    }

    /// How to fix it. A cause is named only where the reading rules out the others.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Answer(_) => return None,
            Self::NoName(None) => {
                "create the name in its zone; if it was created recently, wait until the cached NXDOMAIN expires"
            }
            Self::NoName(Some(_)) | Self::NoData(Some(_)) => {
                "fix the alias, which points to a name without this record, or create its target"
            }
            Self::NoData(None) => "add a record of this type, or stop asking for it",
            Self::Loop => "break the loop of CNAME records in the zone",
            Self::Broken(_) => {
                "compare the answers of the zone's own servers: a broken server, or something on the path, puts records \
                 together that exclude each other"
            }
            Self::Lame(_) => {
                "ask another server: this one neither has the zone (AA) nor resolves for this machine (RA)"
            }
            Self::Referral => "ask a recursive resolver, or the authoritative server of this zone",
            Self::Unfollowed(_) => {
                "ask a recursive resolver for this name: an authoritative server does not resolve what lies in other zones"
            }
            Self::Code("SERVFAIL", _) => {
                "check the log of the resolver: it may have reached no working server of the zone, or failed to validate it"
            }
            Self::Code("REFUSED", reasons) if names(reasons, "prohibited") => {
                "allow this machine in the resolver's access list, or run the check from an allowed one"
            }
            Self::Code("REFUSED", reasons) if names(reasons, "not authoritative") => {
                "ask a recursive resolver, or the authoritative server of this zone"
            }
            Self::Code("REFUSED", _) => {
                "check the log of the resolver: it may not serve this machine, not answer for this zone, or limit the rate"
            }
            Self::Code(..) => "check the log of the server for why it answers with this code",
            Self::NoTcp(_) | Self::MuteTcp(_) => {
                "let the resolver answer over TCP, and firewalls let that through: large answers need it (RFC 7766)"
            }
            Self::Timeout(_) => {
                "check that the resolver runs, that firewalls let its UDP port through, and its limit on the rate"
            }
            Self::NotFound(_) | Self::NotResolved(_) => {
                "what applications get differs from what the servers say: look at /etc/nsswitch.conf and at a local cache"
            }
            Self::Refused => {
                "start the resolver, correct the address and port, or look for a firewall that rejects"
            }
            Self::Malformed(_) => {
                "look at the message in the evidence: the server may be broken, or something on the way"
            }
            Self::Network(_) => {
                "fix what the message says; without a route, run where the resolver can be reached"
            }
            Self::Silent(_) => {
                "check the load and the log of the resolver, which took the question and did not answer"
            }
            Self::Lost(_) => "check the log of the resolver and its limits on connections",
            Self::Unconnected(_) => {
                "check that the resolver listens there and that firewalls let its port through"
            }
            Self::Untrusted(_) => {
                "fix the resolver's certificate, name the root of its private CA in `tls.ca-file`, or find out what answers there"
            }
            Self::Handshake(_) => {
                "check that the resolver speaks TLS at this port, with HTTP/2 for `https://`"
            }
            Self::Http(401 | 407, _) => {
                "give the credentials that the server asks for, or ask a resolver that wants none"
            }
            Self::Http(403, _) => {
                "check the log of the resolver, or of the web server in front of it: it may not serve this machine or this path"
            }
            Self::Http(429, _) => "lower `query.qps`: the resolver limits the rate of questions",
            Self::Http(404 | 405 | 415, _) | Self::Http(200, _) => {
                "correct the path of the resolver's URL, in most cases /dns-query, or find out what answers there"
            }
            Self::Http(..) => "check the log of the resolver, or of the web server in front of it",
            Self::Missing(Some(_)) => "fix what kept the resolver from being asked",
            Self::Missing(None) => "give the check a longer `timeout`, or ask for less",
        })
    }
}

/// Whether the server gave this reason itself (RFC 8914).
fn names(reasons: &[String], meaning: &str) -> bool {
    reasons
        .iter()
        .any(|reason| reason.split(':').next() == Some(meaning))
}

#[cfg(test)]
mod tests {
    use super::Reading;

    /// The same code, and only the reason that the server gives with it decides what the hint may say.
    #[test]
    fn a_cause_is_named_only_where_the_reading_rules_out_the_others() {
        let reasons = |reason: &str| vec![reason.to_owned()];
        let (prohibited, elsewhere) =
            (reasons("prohibited: ask ops"), reasons("not authoritative"));
        let cases: [(Reading<'_>, &[&str], &[&str]); 9] = [
            (
                Reading::Code("REFUSED", &[]),
                &["may not serve", "zone", "rate"],
                &["access list"],
            ),
            (
                Reading::Code("REFUSED", &prohibited),
                &["access list"],
                &["rate"],
            ),
            (
                Reading::Code("REFUSED", &elsewhere),
                &["authoritative server"],
                &["access list"],
            ),
            (Reading::Code("SERVFAIL", &[]), &["may have"], &[]),
            (Reading::Code("FORMERR", &[]), &["log"], &["understand"]),
            (Reading::Timeout(2), &["runs", "firewalls", "rate"], &[]),
            (
                Reading::Refused,
                &["start", "firewall", "correct"],
                &["nothing listens"],
            ),
            (
                Reading::Http(401, "401".into()),
                &["credentials"],
                &["access list"],
            ),
            (
                Reading::Http(403, "403".into()),
                &["may not serve"],
                &["access list"],
            ),
        ];
        for (reading, named, unnamed) in cases {
            let hint = reading.hint().unwrap();
            for word in named {
                assert!(hint.contains(word), "{word}: {hint}");
            }
            for word in unnamed {
                assert!(!hint.contains(word), "{word}: {hint}");
            }
        }
    }
}
