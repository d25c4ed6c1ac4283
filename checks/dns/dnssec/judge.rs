//! Whether signatures lead to a trust anchor, and last beyond T-0.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::Query;
use hickory_proto::rr::{Name, RecordType};
use jiff::Timestamp;

use super::anchors::Anchors;
use super::chain::{Met, Standing, Validator};
use super::messages::Messages;
use super::question::{absolute, parse, sample};
use super::signed::Signed;
use crate::checks::dns::observation::{Gathered, Observation, Path, Signatures, Walk};
use crate::checks::dns::settings::{Dnssec, Settings};
use crate::checks::dns::tally::Tally;
use crate::model::{Exhibit, Finding, Judgement, LaunchClock, Measure, Status};

/// Signatures that live no longer are made afresh all the time, by signers that answer as they are asked.
const AFRESH: Duration = Duration::from_secs(4 * 24 * 3600);
/// Rows of the table of signatures.
const ROWS: usize = 200;

/// Everything about signatures; nothing where the settings do not ask.
pub(crate) fn judge(
    settings: &Settings,
    observation: &Observation,
    clock: &LaunchClock,
) -> Judgement {
    let Some(dnssec) = settings.dnssec else {
        return Judgement::default();
    };
    let mut rule = Rule::new(
        dnssec,
        match dnssec {
            Dnssec::Require => "The signatures of every record set lead to a trust anchor",
            Dnssec::Allow => "No record set is one that validating resolvers refuse",
        },
    );
    let seen = observation.signatures.clone().unwrap_or_default();
    let anchors = match (&seen.error, &seen.anchors, &settings.trust_anchor) {
        (Some(error), ..) => Err(error.clone()),
        (None, Some(text), _) => Anchors::read(text),
        (None, None, None) => Ok(Anchors::of_the_root()),
        (None, None, Some(_)) => Err("not observed".to_owned()),
    };
    let anchors = match anchors {
        Ok(anchors) => anchors,
        Err(error) => {
            rule.nothing(error);
            return Judgement {
                findings: rule.findings(),
                ..Judgement::default()
            };
        }
    };
    let mut all = ValidSignatures::default();
    for resolver in settings.servers() {
        let resolver = resolver.to_string();
        let path = seen.paths.iter().find(|path| *path.resolver == *resolver);
        let messages = messages(&anchors, path.into_iter().flat_map(|path| &path.messages));
        let mut validator = Validator::new(&messages, clock.now);
        for (name, kind) in settings.questions(observation.listed_names()) {
            let standing = match absolute(name.canonical()) {
                Some(asked) => validator.answer(&asked, kind),
                None => Some(Standing::Unknown("not a name that can be asked for".into())),
            };
            rule.hold(standing, &format!("{name} {kind} validates at {resolver}"));
        }
        all.take(validator);
    }
    let mut findings = rule.findings();
    findings.extend(at_servers(
        dnssec,
        &seen,
        observation,
        &anchors,
        clock,
        &mut all,
    ));
    findings.extend(all.lasting(settings, clock));
    Judgement {
        findings,
        measures: all.measures(clock),
        exhibits: all.exhibit().into_iter().collect(),
    }
}

/// The same of what the zones' own servers hand out: one with an older zone has older signatures. What leads from
/// the zone to the anchor comes from a resolver.
fn at_servers(
    dnssec: Dnssec,
    seen: &Signatures,
    observation: &Observation,
    anchors: &Anchors,
    clock: &LaunchClock,
    all: &mut ValidSignatures,
) -> Vec<Finding> {
    let servers: Vec<_> = observation.source.iter().flat_map(Walk::servers).collect();
    if servers.is_empty() {
        return Vec::new();
    }
    let mut rule = Rule::new(
        dnssec,
        match dnssec {
            Dnssec::Require => {
                "The zones' own servers hand out signatures that lead to a trust anchor"
            }
            Dnssec::Allow => {
                "The zones' own servers hand out nothing that validating resolvers refuse"
            }
        },
    );
    let came = |path: &&Path| path.messages.iter().any(|message| message.wire.is_some());
    let way = seen.paths.iter().find(came);
    let mut visits = seen.servers.iter();
    for (_, server) in servers {
        let label = server.label();
        let visit = visits.next().filter(|visit| *visit.resolver == *label);
        let silent = |visit: &&Path| !visit.messages.is_empty() && !came(visit);
        if visit.is_some_and(|visit| silent(&visit)) {
            continue; // it does not answer at all, which is told among the servers
        }
        let paths = way.into_iter().chain(visit);
        let messages = messages(anchors, paths.flat_map(|path| &path.messages));
        let mut validator = Validator::new(&messages, clock.now);
        for (name, kind) in sample(server) {
            let standing = match visit {
                Some(_) => validator.answer(&name, kind),
                None => Some(Standing::Unknown("not observed".into())),
            };
            rule.hold(standing, &format!("{name} {kind} validates at {label}"));
        }
        all.take(validator);
    }
    rule.findings()
}

/// What is asked of signatures, held against one record set after the other.
struct Rule {
    dnssec: Dnssec,
    tally: Tally,
    unsigned: usize,
}

impl Rule {
    fn new(dnssec: Dnssec, claim: &str) -> Self {
        let expected = match dnssec {
            Dnssec::Require => "valid signatures from the record up to a trust anchor",
            Dnssec::Allow => {
                "valid signatures up to a trust anchor, or the proof that the zone is unsigned"
            }
        };
        Self {
            dnssec,
            tally: Tally::new(claim, expected),
            unsigned: 0,
        }
    }

    /// Nothing can be held against it.
    fn nothing(&mut self, reason: String) {
        let hint = "one DS or DNSKEY record to a line; the path counts from the checklist's folder";
        let finding = Finding::error("The trust anchor is read").observed(reason);
        self.tally.wrong(finding.hint(hint));
    }

    fn hold(&mut self, standing: Option<Standing>, claim: &str) {
        let (status, text, hint) = match standing {
            None => return, // the missing answer is a finding of its own
            Some(Standing::Secure) => return self.tally.right(),
            Some(Standing::Insecure(_)) if self.dnssec == Dnssec::Allow => {
                self.unsigned += 1;
                return self.tally.right();
            }
            Some(Standing::Insecure(reason)) => (
                Status::Fail,
                format!("unsigned: {reason}"),
                "sign the zone, and have the zone above publish its DS record",
            ),
            Some(Standing::Bogus(reason)) => (
                Status::Fail,
                format!("bogus: {reason}"),
                "clients behind validating resolvers get no answer: sign the zone anew, or have the zone above publish \
                 the DS record of the present key; a private zone needs its own `trust-anchor`",
            ),
            Some(Standing::Unknown(reason)) => (
                Status::Error,
                format!("could not be determined: {reason}"),
                "ask a resolver that hands out signatures and reaches the zones above, or name a `trust-anchor` nearer \
                 to the zone; one check validates 500 questions",
            ),
        };
        self.tally
            .wrong(Finding::new(status, claim).observed(text).hint(hint));
    }

    fn findings(self) -> Vec<Finding> {
        match self.unsigned {
            0 => self.tally.findings("record sets"),
            unsigned => self
                .tally
                .findings(&format!("record sets, {unsigned} of them unsigned")),
        }
    }
}

/// What a signature is that ends too early. One that is made afresh all the time, or that could not be made today
/// so as to last, says nothing about the next one.
fn early(signed: &Signed, needed: Timestamp, clock: &LaunchClock) -> Status {
    let lifetime = signed.until.duration_since(signed.from);
    let renewed = clock.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    match lifetime.unsigned_abs() <= AFRESH || renewed < needed {
        true => Status::Warn,
        false => Status::Fail,
    }
}

/// Messages under their questions; of several to one question the last.
fn messages<'a>(anchors: &Anchors, gathered: impl Iterator<Item = &'a Gathered>) -> Messages {
    let mut messages = Messages::new(anchors.clone());
    for message in gathered {
        let Some(name) = absolute(&message.name) else {
            continue;
        };
        let came = match (&message.wire, &message.reason) {
            (Some(wire), _) => STANDARD
                .decode(wire)
                .map_err(|error| error.to_string())
                .and_then(|wire| parse(&wire)),
            (None, Some(reason)) => Err(reason.clone()),
            (None, None) => Err("not observed".to_owned()),
        };
        let asked = Query::query(name.clone(), message.kind.wire());
        let came = came.and_then(|came| match came.queries.as_slice() == [asked] {
            true => Ok(came),
            false => Err("an answer to another question".into()),
        });
        messages.put((name, message.kind), came);
    }
    messages
}

/// A record set and its signature.
type Entry<'a> = (&'a (Name, RecordType), &'a Signed);

/// The signatures that hold, of all resolvers: where they differ, the one that ends first.
#[derive(Default)]
struct ValidSignatures {
    met: Met,
    /// Zones in which the names stand, as opposed to the zones above them.
    own: BTreeSet<Name>,
}

impl ValidSignatures {
    fn take(&mut self, validator: Validator<'_>) {
        self.own.extend(validator.own);
        for (key, signed) in validator.met {
            match self.met.get_mut(&key) {
                Some(known) if known.until <= signed.until => {}
                Some(known) => *known = signed,
                None => {
                    self.met.insert(key, signed);
                }
            }
        }
    }

    fn of_own_zones(&self) -> impl Iterator<Item = Entry<'_>> {
        self.met
            .iter()
            .filter(|(_, signed)| self.own.contains(&signed.zone))
    }

    /// The signatures of the names' own zones last. Those of the zones above are renewed by others.
    fn lasting(&self, settings: &Settings, clock: &LaunchClock) -> Vec<Finding> {
        let cover = settings.dnssec_cover;
        let needed = clock.at(cover.0.try_into().unwrap_or_default());
        let needed = needed.max(clock.now);
        let mut zones: BTreeMap<&Name, Vec<Entry<'_>>> = BTreeMap::new();
        for (set, signed) in self.of_own_zones() {
            zones.entry(&signed.zone).or_default().push((set, signed));
        }
        let findings = zones.into_iter().map(|(zone, mut signatures)| {
            signatures.sort_by_key(|(_, signed)| signed.until);
            let ended = signatures.iter().filter(|(_, signed)| signed.until < needed);
            let status = Status::worst(ended.clone().map(|(_, signed)| early(signed, needed, clock)));
            let (ended, all) = (ended.count(), signatures.len());
            let first = signatures.first().map(|((owner, kind), signed)| {
                let Signed { from, until, key_tag, .. } = signed;
                format!("{owner} {kind}, from {from} to {until}, with key {key_tag}")
            });
            let first = first.unwrap_or_default();
            let claim = format!("The signatures of {zone} last until {cover} after T-0");
            let finding = match ended {
                0 => Finding::pass(claim).observed(format!("all of {all}, the first to end: {first}")),
                _ => Finding::new(status, claim)
                    .observed(format!("{ended} of {all} end before, the first: {first}"))
                    .hint(match status {
                        Status::Warn => {
                            "signatures that live so short are renewed in time or not at all: see that the signer runs \
                             through T-0"
                        }
                        _ => "have the zone signed anew before T-0, and see why nobody has",
                    }),
            };
            finding.expected(format!("valid until {needed} at least"))
        });
        findings.collect()
    }

    /// How long after T-0 the first signature of each of the names' zones ends.
    fn measures(&self, clock: &LaunchClock) -> Vec<Measure> {
        let mut first: BTreeMap<&Name, Timestamp> = BTreeMap::new();
        for (_, signed) in self.of_own_zones() {
            let known = first.entry(&signed.zone).or_insert(signed.until);
            *known = signed.until.min(*known);
        }
        let measure = |(zone, until): (&Name, Timestamp)| {
            let left = until.duration_since(clock.t0).as_secs_f64();
            let zone = zone.to_ascii();
            Measure::new(
                "dns_signature_left_at_t0_seconds",
                left,
                "seconds",
                [("zone", &*zone)],
            )
        };
        first.into_iter().map(measure).collect()
    }

    fn exhibit(&self) -> Option<Exhibit> {
        let all = self.met.len();
        let rows = self.met.iter().take(ROWS).map(|((owner, kind), signed)| {
            vec![
                owner.to_ascii(),
                kind.to_string(),
                signed.zone.to_ascii(),
                format!("{} {}", signed.key_tag, signed.algorithm),
                signed.from.to_string(),
                signed.until.to_string(),
            ]
        });
        let columns = ["Name", "Type", "Signed by", "Key", "From", "Until"];
        (all > 0).then(|| Exhibit::Table {
            title: match all {
                0..=ROWS => "Signatures".into(),
                _ => format!("Signatures, the first {ROWS} of {all}"),
            },
            columns: columns.map(str::to_owned).to_vec(),
            rows: crate::model::Cell::old(rows),
            omitted: 0,
        })
    }
}
