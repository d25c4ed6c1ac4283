//! Whether a hot swap went through, and what it cost the clients.

use super::seen::{Ran, STEADY, Swap, Watched};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::families::{self as family, MOST_ADDRESSES};
use crate::checks::tls::gathering::settle;
use crate::checks::tls::observation::{Observation, short};
use crate::checks::tls::renewal::certificate_file::judge as file;
use crate::checks::tls::renewal::certificate_file::seen::CertificateFile;
use crate::checks::tls::rules;
use crate::checks::tls::settings::{HotSwap, Settings};
use crate::instrument::process::Exit;
use crate::instrument::tls::PemKey;
use crate::judging::Bounded;
use crate::judging::text::{clipped, counted};
use crate::model::{Cell, Exhibit, Finding, Measure, Rule, Status};

/// What is found, endpoint by endpoint.
pub(crate) fn findings(settings: &Settings, observation: &Observation, findings: &mut Bounded) {
    let Some(swap) = &settings.hot_swap else {
        return;
    };
    let ran = ran(swap, observation.renewal.swap.as_ref());
    let succeeded = ran.status.satisfies();
    findings.add(ran);
    let Some(seen) = observation.renewal.swap.as_ref().filter(|_| succeeded) else {
        return; // nothing was swapped, so nothing can be said of it
    };
    let target = match file::usable(&swap.file, &seen.certificate_file) {
        Ok((chain, key)) => {
            // Whether one may be there is not asked here, only whether it belongs.
            if key == PemKey::Foreign {
                let foreign = file::key_beside(&swap.file, true, key);
                foreign
                    .into_iter()
                    .for_each(|finding| findings.add(finding));
            }
            chain.first().map_or("", String::as_str)
        }
        Err(finding) => return findings.add(*finding),
    };
    for endpoint in observation.endpoints(settings) {
        let watched = seen.watched.get(&endpoint.to_string());
        let Some(watched) = watched.filter(|watched| !watched.is_empty()) else {
            let claim = format!("No address of {endpoint} was watched");
            findings.add(rules::SWAP_SERVED.error(endpoint.to_string(), claim));
            continue;
        };
        let mut each = |find: &dyn Fn(&Case<'_>) -> Finding| {
            let found = watched.iter().map(|(address, watched)| {
                let case = Case {
                    swap,
                    endpoint,
                    watched,
                    observation,
                    target,
                    complete: seen.complete,
                };
                (vec![*address], find(&case))
            });
            settle(found, watched.len(), findings);
        };
        each(&|case| case.served());
        each(&|case| case.accepted());
        if swap.connections > 0 {
            each(&|case| case.held());
        }
    }
}

fn ran(swap: &HotSwap, seen: Option<&Swap>) -> Finding {
    let command = clipped(&swap.command.join(" "));
    let finding = |status, verb: &str| {
        let claim = format!("The command of the hot swap, `{command}`, {verb}");
        rules::SWAP_COMMAND.finding(status, "the hot swap", claim)
    };
    let Some(seen) = seen else {
        return finding(Status::Error, "was not started")
            .observed("the probe ended before that")
            .hint("raise the check's `timeout`");
    };
    match &seen.ran {
        None => finding(Status::Error, "did not end in the check's time")
            .hint("raise the check's `timeout`; the command was killed with the check"),
        Some(Ran::NotRun { message }) => finding(Status::Error, "could not be run")
            .observed(clipped(message))
            .hint("fix what the message says; paths count from the checklist's folder"),
        Some(Ran::Ended { exit, said, .. }) => {
            let ended = match exit {
                Exit::Code(0) => return finding(Status::Pass, "succeeds"),
                Exit::Code(code) => format!("exit code {code}"),
                Exit::Signal(signal) => format!("killed by signal {}", clipped(signal)),
            };
            let said = match said.is_empty() {
                true => "it printed nothing".to_owned(),
                false => format!("it printed \"{}\"", clipped(said)),
            };
            finding(Status::Error, "failed")
                .expected("exit code 0")
                .observed(format!("{ended}; {said}"))
                .hint("run it by hand in the checklist's folder, and check what it has done")
        }
    }
}

struct Case<'a> {
    swap: &'a HotSwap,
    endpoint: &'a Endpoint,
    watched: &'a Watched,
    observation: &'a Observation,
    target: &'a str,
    complete: bool,
}

impl Case<'_> {
    fn claim(&self, rule: Rule, status: Status, verb: &str) -> Finding {
        let claim = format!("{} {verb}", self.endpoint);
        rule.finding(status, self.endpoint.to_string(), claim)
    }

    fn served(&self) -> Finding {
        let within = format!("within {} of the command", self.swap.within);
        let claim = |status, verb: &str| self.claim(rules::SWAP_SERVED, status, verb);
        match &self.watched.before {
            None => claim(Status::Error, "completed no handshake before the hot swap"),
            Some(before) if before == self.target => claim(
                Status::Error,
                "served the new certificate before the hot swap",
            )
            .observed("nothing was swapped")
            .hint("let the command install another certificate into `file` than the one that is served"),
            Some(_) if self.watched.steady(self.target).is_some() => claim(
                Status::Pass,
                &format!("serves the new certificate {within}"),
            ),
            Some(_) if !self.watched.waited_out => claim(
                Status::Error,
                "did not serve the new certificate before the probe ended",
            )
            .observed(self.latest())
            .hint("raise the check's `timeout` well above `within`"),
            Some(_) => claim(
                Status::Fail,
                &format!("does not serve the new certificate {within}"),
            )
            .expected(format!(
                "{}, in {STEADY} handshakes in a row",
                file::shown(self.target, self.observation)
            ))
            .observed(self.latest())
            .hint("reload every server behind this address, and check its log for why it kept the old one"),
        }
    }

    /// What was served last.
    fn latest(&self) -> String {
        let often = self.watched.served.get(self.target).copied().unwrap_or(0);
        match &self.watched.latest {
            None => "the last handshakes failed".to_owned(),
            Some(_) if often > 0 => format!(
                "it serves different certificates in turn, the new one in {often} of {}",
                counted(self.watched.handshakes as usize, "handshake")
            ),
            Some(latest) => format!(
                "it still serves {}",
                file::shown(&latest.leaf, self.observation)
            ),
        }
    }

    /// Whether new clients could connect all the time.
    fn accepted(&self) -> Finding {
        let Watched {
            handshakes,
            failures,
            first_failure,
            ..
        } = self.watched;
        let claim = |status, verb: &str| self.claim(rules::SWAP_HANDSHAKES, status, verb);
        let all = counted((handshakes + failures) as usize, "handshake");
        match first_failure {
            None if *handshakes == 0 => {
                claim(Status::Error, "was offered no handshake during the hot swap")
            }
            None => claim(
                Status::Pass,
                "completes handshakes throughout the hot swap",
            ),
            Some(failure) => claim(Status::Fail, "fails handshakes during the hot swap")
                .observed(clipped(&format!(
                    "{failures} of {all} failed: it {failure}"
                )))
                .hint("reload instead of restarting, or take the server out of the load balancer first"),
        }
    }

    /// What became of the open connections.
    fn held(&self) -> Finding {
        let held = &self.watched.held;
        let all = self.swap.connections;
        let claim = |status, verb: &str| self.claim(rules::SWAP_CONNECTIONS, status, verb);
        let opened = held.opened;
        if let Some(obstacle) = &held.obstacle {
            claim(Status::Error, "does not accept all connections to be held")
                .observed(clipped(&format!(
                    "{} of {all} could not be opened: it {obstacle}",
                    held.unopened
                )))
                .hint("check the server's limits, or hold fewer `connections`")
        } else if opened < u32::from(all) || !self.complete {
            claim(Status::Error, "was not watched to the end of the hot swap")
                .observed(format!(
                    "the probe ended when {opened} of {all} connections were open"
                ))
                .hint("raise the check's `timeout`")
        } else if held.cut > 0 {
            let closed = match held.closed {
                0 => String::new(),
                closed => format!(", and closed {closed} in order"),
            };
            claim(Status::Fail, "cuts off connections in the hot swap")
                .observed(format!("it cut off {} of {opened}{closed}", held.cut))
                .hint("reload instead of restarting, so that old workers finish what they have")
        } else if held.early > 0 {
            claim(Status::Error, "ended connections before the hot swap began")
                .observed(format!("{} of {opened}", held.early))
                .hint("it may close idle connections by itself: check its timeouts")
        } else if held.closed > 0 {
            claim(Status::Warn, "closes idle connections in the hot swap")
                .observed(format!("it closed {} of {opened} in order", held.closed))
                .hint("clients that stay connected have to reconnect: check whether they do, and the server's timeouts")
        } else {
            let connections = counted(usize::from(all), "connection");
            let verb = format!("keeps {connections} open through the hot swap");
            claim(Status::Pass, &verb)
        }
    }
}

/// Seconds from the command's end until an address served the new certificate and no other.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let mut measures = Vec::new();
    for (endpoint, address, watched, seconds) in each(observation).take(MOST_ADDRESSES) {
        let labels = [("endpoint", endpoint), ("address", &*address)];
        measures.extend(seconds.map(|seconds| family::SWAP_DURATION.measure(seconds, labels)));
        let dropped = f64::from(watched.held.cut);
        measures.push(family::SWAP_DROPPED.measure(dropped, labels));
    }
    measures
}

/// What each address did.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let rows = each(observation).map(|(endpoint, address, watched, seconds)| {
        let leaf = |leaf: Option<&String>| Cell::maybe(leaf.map(|leaf| short(leaf)));
        let Watched { held, .. } = watched;
        let count = |number: u32| Cell::count(number as usize);
        [
            endpoint.into(),
            address.into(),
            leaf(watched.before.as_ref()),
            leaf(watched.latest.as_ref().map(|latest| &latest.leaf)),
            seconds.map_or(Cell::Absent, |seconds| {
                Cell::number((seconds * 10.0).round() / 10.0, "s")
            }),
            count(watched.handshakes),
            count(watched.failures),
            count(held.opened),
            count(held.closed),
            count(held.cut),
        ]
    });
    let columns = [
        "Endpoint",
        "Address",
        "Before",
        "After",
        "New after",
        "Handshakes",
        "Failed",
        "Held",
        "Closed",
        "Cut off",
    ];
    Exhibit::table("The hot swap", columns, rows)
}

fn each(observation: &Observation) -> impl Iterator<Item = (&str, String, &Watched, Option<f64>)> {
    let swap = observation.renewal.swap.as_ref();
    let target = swap.and_then(|swap| match &swap.certificate_file {
        Some(CertificateFile::Read { chain, .. }) => chain.first(),
        _ => None,
    });
    let end = swap.and_then(|swap| match swap.ran {
        Some(Ran::Ended { took_us, .. }) => Some(took_us),
        _ => None,
    });
    let endpoints = swap.into_iter().flat_map(|swap| &swap.watched);
    endpoints.flat_map(move |(endpoint, addresses)| {
        addresses.iter().map(move |(address, watched)| {
            let since = target.and_then(|target| watched.steady(target));
            let seconds = since
                .zip(end)
                .map(|(since, end)| since.saturating_sub(end) as f64 / 1e6);
            (
                endpoint.as_str(),
                address.ip().to_string(),
                watched,
                seconds,
            )
        })
    })
}
