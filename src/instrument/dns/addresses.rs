//! The addresses of many hosts as one resolver gives them: A and AAAA of each, asked with the patience of a client.
//!
//! For what the system's resolver says, see [`lookup`](crate::instrument::lookup).

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Attempt, DnsEvent, Limits, Outcome, Question, RecordType, Reply, Resolver, ask};

/// What is asked about every host.
const KINDS: [RecordType; 2] = [RecordType::A, RecordType::Aaaa];

/// What a resolver said of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Each address once.
    pub addresses: BTreeSet<IpAddr>,
    /// Until the later of the two answers came.
    pub took: Duration,
    /// That there is no such name, in the resolver's own code.
    pub no_name: bool,
    /// Which question got no usable answer, and why: "AAAA: no answer in time".
    pub failures: Vec<String>,
}

/// Asks a resolver, not the system's, for the addresses of hosts. There is one result for each host, in their order;
/// what was not answered by `until` counts as a failure.
pub async fn addresses(
    resolver: &Resolver,
    hosts: &[String],
    limits: Limits,
    until: Instant,
) -> Vec<Addresses> {
    let mut questions = Vec::new();
    // Which host, and which type; a host that cannot be asked for has no question.
    let mut places = Vec::new();
    let mut found = vec![Addresses::default(); hosts.len()];
    for (host, name) in hosts.iter().enumerate() {
        for kind in KINDS {
            match Question::new(name, kind) {
                Ok(question) => {
                    questions.push(question);
                    places.push((host, kind));
                }
                Err(error) => found[host].failures.push(format!("{kind}: {error}")),
            }
        }
    }
    let begin = Instant::now();
    let mut attempts: Vec<Option<Attempt>> = vec![None; questions.len()];
    // The last attempt counts: it is a repetition after silence, or over TCP after a truncated answer.
    let mut write = |seen: DnsEvent<'_>| {
        if let DnsEvent::Attempt {
            question, attempt, ..
        } = seen
            && let Some(place) = attempts.get_mut(question)
        {
            *place = Some(attempt);
        }
    };
    let asking = ask(resolver, &questions, limits, begin, &mut write);
    let error = match timeout_at(until, asking).await {
        Ok(end) => end.err(),
        Err(_) => Some(io::Error::other(Outcome::Timeout.to_string())),
    };
    for ((host, kind), attempt) in places.into_iter().zip(attempts) {
        let result = match attempt {
            Some(attempt) => found[host].add(kind, &attempt),
            None => Err(error
                .as_ref()
                .map_or_else(|| Outcome::Timeout.to_string(), ToString::to_string)),
        };
        if let Err(failure) = result {
            found[host].failures.push(format!("{kind}: {failure}"));
        }
    }
    found
}

impl Addresses {
    fn add(&mut self, kind: RecordType, attempt: &Attempt) -> Result<(), String> {
        let end = Duration::from_micros(attempt.start_us.saturating_add(attempt.duration_us));
        self.took = self.took.max(end);
        let Outcome::Answer(reply) = &attempt.outcome else {
            return Err(attempt.outcome.to_string());
        };
        match &*reply.rcode {
            "NOERROR" if reply.referral => return Err("a referral to other servers".to_owned()),
            "NOERROR" => {}
            "NXDOMAIN" => self.no_name = true,
            code if reply.reasons.is_empty() => return Err(code.to_owned()),
            code => return Err(format!("{code} ({})", reply.reasons.join("; "))),
        }
        if reply.tc {
            return Err("the answer is truncated".to_owned());
        }
        self.addresses.extend(of_kind(reply, kind));
        Ok(())
    }
}

fn of_kind(reply: &Reply, kind: RecordType) -> impl Iterator<Item = IpAddr> {
    let records = reply.records.iter();
    let records = records.filter(move |record| record.kind == kind.as_str());
    records.filter_map(|record| record.data.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::dns::{Record, Transport};

    fn attempt(outcome: Outcome) -> Attempt {
        Attempt {
            transport: Transport::Udp,
            server: None,
            start_us: 5,
            duration_us: 10,
            outcome,
        }
    }

    fn reply(rcode: &'static str, records: &[(&'static str, &str)]) -> Reply {
        let records = records.iter().map(|(kind, data)| Record {
            name: None,
            kind: (*kind).into(),
            ttl: 60,
            data: (*data).to_owned(),
        });
        Reply {
            rcode: rcode.into(),
            records: records.collect(),
            ..Reply::default()
        }
    }

    #[test]
    fn only_addresses_of_an_answer_count_and_every_other_end_is_a_failure() {
        let referral = Reply {
            referral: true,
            ..reply("NOERROR", &[])
        };
        let truncated = Reply {
            tc: true,
            ..reply("NOERROR", &[("A", "192.0.2.1")])
        };
        let alias = [
            ("CNAME", "b.test."),
            ("A", "192.0.2.1"),
            ("AAAA", "2001:db8::1"),
        ];
        for (outcome, addresses, failure) in [
            (Outcome::Answer(reply("NOERROR", &alias)), 1, None),
            (Outcome::Answer(reply("NOERROR", &[])), 0, None),
            (Outcome::Answer(reply("NXDOMAIN", &[])), 0, None),
            (Outcome::Answer(reply("SERVFAIL", &[])), 0, Some("SERVFAIL")),
            (
                Outcome::Answer(referral),
                0,
                Some("a referral to other servers"),
            ),
            (
                Outcome::Answer(truncated),
                0,
                Some("the answer is truncated"),
            ),
            (Outcome::Timeout, 0, Some("no answer in time")),
            (Outcome::Refused, 0, Some("port unreachable")),
        ] {
            let mut found = Addresses::default();
            let result = found.add(RecordType::A, &attempt(outcome));
            assert_eq!(result.err().as_deref(), failure);
            assert_eq!(found.addresses.len(), addresses);
            assert_eq!(found.took, Duration::from_micros(15));
        }
    }
}
