//! Whether a hot swap went through, and who paid for it.

use super::seen::{Ran, STEADY, Swap, Watched};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::gathering::gathered;
use crate::checks::tls::observation::{Observation, short};
use crate::checks::tls::renewal::certificate_file::judge as file;
use crate::checks::tls::renewal::certificate_file::seen::CertificateFile;
use crate::checks::tls::settings::{HotSwap, Settings};
use crate::checks::tls::words::{bounded, counted};
use crate::instrument::process::Exit;
use crate::instrument::tls::PemKey;
use crate::model::{Exhibit, Finding, Measure};

/// What is found, endpoint by endpoint.
pub(crate) fn findings(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let Some(swap) = &settings.hot_swap else {
        return Vec::new();
    };
    let command = format!(
        "The command of the hot swap, `{}`, succeeds",
        bounded(&swap.command.join(" "))
    );
    let Some(seen) = &observation.renewal.swap else {
        let error = Finding::error(command);
        return vec![error.observed("the probe ended before it was started")];
    };
    let ran = ran(&command, seen);
    let succeeded = ran.status.satisfies();
    let mut findings = vec![ran];
    if !succeeded {
        return findings; // nothing was swapped, so nothing can be said of it
    }
    let target = match file::usable(&swap.file, &seen.certificate_file) {
        Ok((chain, key)) => {
            // Whether one may stand there is not asked here, only whether it belongs.
            let foreign = (key == PemKey::Foreign).then(|| file::key_beside(&swap.file, true, key));
            findings.extend(foreign.flatten());
            chain.first().map_or("", String::as_str)
        }
        Err(finding) => {
            findings.push(finding);
            return findings;
        }
    };
    for endpoint in observation.endpoints(settings) {
        let watched = seen.watched.get(&endpoint.to_string());
        let Some(watched) = watched.filter(|watched| !watched.is_empty()) else {
            let claim = format!("{endpoint} serves the new certificate after the hot swap");
            let finding = Finding::error(claim).observed("no address of it was watched");
            findings.push(finding);
            continue;
        };
        let cases = watched.iter().map(|(address, watched)| {
            let case = Case {
                swap,
                endpoint,
                watched,
                observation,
                target,
                complete: seen.complete,
            };
            (*address, case)
        });
        let cases: Vec<_> = cases.collect();
        let each = |find: &dyn Fn(&Case<'_>) -> Finding| {
            let found = cases.iter().map(|(at, case)| (*at, find(case)));
            gathered(found.collect())
        };
        findings.extend(each(&|case| case.served()));
        findings.extend(each(&|case| case.accepted()));
        if swap.connections > 0 {
            findings.extend(each(&|case| case.held()));
        }
    }
    findings
}

fn ran(claim: &str, seen: &Swap) -> Finding {
    let error = Finding::error(claim).expected("exit code 0");
    match &seen.ran {
        None => error
            .observed("it did not end in the check's time")
            .hint("raise the check's `timeout`; the command was ended with the check"),
        Some(Ran::NotRun { message }) => error
            .observed(bounded(message))
            .hint("a path counts from the checklist's folder"),
        Some(Ran::Ended { exit, said, .. }) => {
            let ended = match exit {
                Exit::Code(0) => return Finding::pass(claim),
                Exit::Code(code) => format!("exit code {code}"),
                Exit::Signal(signal) => format!("killed by signal {}", bounded(signal)),
            };
            let said = match said.is_empty() {
                true => "it printed nothing".to_owned(),
                false => format!("it printed \"{}\"", bounded(said)),
            };
            error
                .observed(format!("{ended}; {said}"))
                .hint("run it by hand in the checklist's folder, and see what of it was done")
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
    fn served(&self) -> Finding {
        let Self {
            endpoint, watched, ..
        } = self;
        let claim = format!(
            "{endpoint} serves the new certificate within {} of the command",
            self.swap.within
        );
        let error = Finding::error(claim.clone());
        match &watched.before {
            None => error.observed("it completed no handshake before the command"),
            Some(before) if before == self.target => error
                .observed("it was served before the command: nothing was swapped")
                .hint("let the command install another certificate into `file` than the one that is served"),
            Some(_) if watched.steady(self.target).is_some() => Finding::pass(claim),
            Some(_) if !watched.waited_out => error
                .observed(format!("{}, and the probe ended", self.latest()))
                .hint("raise the check's `timeout` well above `within`"),
            Some(_) => Finding::fail(claim)
                .expected(format!(
                    "{}, in {STEADY} handshakes in a row",
                    file::told(self.target, self.observation)
                ))
                .observed(self.latest())
                .hint("reload every server behind this address, and look at its log for why it kept the old one"),
        }
    }

    /// What was served last.
    fn latest(&self) -> String {
        let often = self.watched.served.get(self.target).copied().unwrap_or(0);
        match &self.watched.latest {
            None => "no handshake was completed at last".to_owned(),
            Some(_) if often > 0 => format!(
                "it serves different certificates by turns, the new one in {often} of {}",
                counted(self.watched.handshakes as usize, "handshake")
            ),
            Some(latest) => format!(
                "it still serves {}",
                file::told(&latest.leaf, self.observation)
            ),
        }
    }

    /// Whether new clients were let in all the time.
    fn accepted(&self) -> Finding {
        let Watched {
            handshakes,
            failures,
            first_failure,
            ..
        } = self.watched;
        let claim = format!(
            "{} completes handshakes throughout the hot swap",
            self.endpoint
        );
        let all = counted((handshakes + failures) as usize, "handshake");
        match first_failure {
            None if *handshakes == 0 => Finding::error(claim).observed("none was tried"),
            None => Finding::pass(claim),
            Some(failure) => Finding::fail(claim)
                .observed(bounded(&format!(
                    "{failures} of {all} failed: it {failure}"
                )))
                .hint("reload rather than restart, or take the server out of the balancer before"),
        }
    }

    /// What became of those who were there.
    fn held(&self) -> Finding {
        let held = &self.watched.held;
        let all = self.swap.connections;
        let claim = format!(
            "{} keeps {} open through the hot swap",
            self.endpoint,
            counted(usize::from(all), "connection")
        );
        let error = || Finding::error(claim.clone());
        let opened = held.opened;
        if let Some(obstacle) = &held.obstacle {
            error()
                .observed(bounded(&format!(
                    "{} of {all} could not be opened: it {obstacle}",
                    held.unopened
                )))
                .hint("look at the server's limits, or hold fewer `connections`")
        } else if opened < u32::from(all) || !self.complete {
            error()
                .observed(format!("the probe ended when {opened} were open"))
                .hint("raise the check's `timeout`")
        } else if held.cut > 0 {
            let closed = match held.closed {
                0 => String::new(),
                closed => format!(", and closed {closed} in order"),
            };
            Finding::fail(claim)
                .observed(format!("it cut {} of {opened} off{closed}", held.cut))
                .hint("reload rather than restart: workers of before finish what they have")
        } else if held.early > 0 {
            error()
                .observed(format!(
                    "it ended {} of {opened} before the command was started",
                    held.early
                ))
                .hint("it may end idle connections by itself: look at its time limits")
        } else if held.closed > 0 {
            Finding::warn(claim)
                .observed(format!(
                    "it closed {} of {opened} in order, with nothing asked on them",
                    held.closed
                ))
                .hint("clients that stay connected have to come back: look whether they do, and at the server's time limits")
        } else {
            Finding::pass(claim)
        }
    }
}

/// Seconds from the command's end until an address served the new certificate and no other.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let mut measures = Vec::new();
    for (endpoint, address, watched, seconds) in each(observation) {
        let labels = [("endpoint", endpoint), ("address", &*address)];
        if let Some(seconds) = seconds {
            let name = "tls_swap_duration_seconds";
            measures.push(Measure::new(name, seconds, "seconds", labels));
        }
        let dropped = f64::from(watched.held.cut);
        let name = "tls_swap_dropped_connections";
        measures.push(Measure::new(name, dropped, "count", labels));
    }
    measures
}

/// What each address did.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let rows: Vec<_> = each(observation)
        .map(|(endpoint, address, watched, seconds)| {
            let leaf = |leaf: Option<&String>| leaf.map_or("-", |leaf| short(leaf)).to_owned();
            let Watched { held, .. } = watched;
            vec![
                endpoint.to_owned(),
                address,
                leaf(watched.before.as_ref()),
                leaf(watched.latest.as_ref().map(|latest| &latest.leaf)),
                seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1} s")),
                format!("{} / {}", watched.handshakes, watched.failures),
                format!("{} / {} / {}", held.opened, held.closed, held.cut),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Exhibit::Table {
        title: "The hot swap".to_owned(),
        columns: [
            "Endpoint",
            "Address",
            "Before",
            "After",
            "New after the command's end",
            "Handshakes / failed",
            "Held / closed / cut off",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
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
