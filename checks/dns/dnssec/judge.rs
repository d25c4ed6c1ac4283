//! Whether signatures lead to a trust anchor, and last beyond T-0.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::rr::{Name, RecordType};
use jiff::Timestamp;

use super::anchors::Anchors;
use super::chain::{Met, Standing, Validator};
use super::gather::{absolute, parse};
use super::library::Library;
use super::signed::Signed;
use super::{Dnssec, Path};
use crate::checks::dns::asking;
use crate::checks::dns::probe::Observation;
use crate::checks::dns::settings::Settings;
use crate::checks::dns::tally::Tally;
use crate::model::{Exhibit, Finding, Judgement, LaunchClock, Measure, Status};

/// Signatures that live no longer are made afresh all the time, by signers that answer as they are asked.
const AFRESH: Duration = Duration::from_secs(4 * 24 * 3600);
/// Rows of the table of signatures.
const ROWS: usize = 200;

/// Everything about signatures; nothing where the settings do not ask.
pub(in super::super) fn judge(
    settings: &Settings,
    observation: &Observation,
    clock: &LaunchClock,
) -> Judgement {
    let Some(dnssec) = settings.dnssec else {
        return Judgement::default();
    };
    let (claim, expected) = match dnssec {
        Dnssec::Require => (
            "The signatures of every record set lead to a trust anchor",
            "valid signatures from the record up to a trust anchor",
        ),
        Dnssec::Allow => (
            "No record set is one that validating resolvers refuse",
            "valid signatures up to a trust anchor, or the proof that the zone is unsigned",
        ),
    };
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
            let finding = Finding::error(claim).expected(expected).observed(error);
            let hint =
                "one DS or DNSKEY record to a line; the path counts from the checklist's folder";
            return Judgement {
                findings: vec![finding.hint(hint)],
                ..Judgement::default()
            };
        }
    };
    let mut all = Gathered::default();
    let mut tally = Tally::new(claim, expected);
    let mut unsigned = 0;
    for resolver in asking::servers(settings) {
        let resolver = resolver.to_string();
        let path = seen.paths.iter().find(|path| *path.resolver == *resolver);
        let library = library(&anchors, path);
        let mut validator = Validator::new(&library, clock.now);
        for (name, kind) in settings.questions(observation.listed_names()) {
            let asked = absolute(name.canonical());
            let standing = match asked {
                Some(asked) => validator.answer(&asked, kind),
                None => Some(Standing::Unknown("not a name that can be asked for".into())),
            };
            let (status, text, hint) = match standing {
                None => continue, // the missing answer is a finding of its own
                Some(Standing::Secure) => {
                    tally.right();
                    continue;
                }
                Some(Standing::Insecure(_)) if dnssec == Dnssec::Allow => {
                    unsigned += 1;
                    tally.right();
                    continue;
                }
                Some(Standing::Insecure(reason)) => (
                    Status::Fail,
                    format!("unsigned: {reason}"),
                    "sign the zone, and have the zone above publish its DS record",
                ),
                Some(Standing::Bogus(reason)) => (
                    Status::Fail,
                    format!("bogus: {reason}"),
                    "clients behind validating resolvers get no answer: sign the zone anew, or have the zone above \
                     publish the DS record of the present key; a private zone needs its own `trust-anchor`",
                ),
                Some(Standing::Unknown(reason)) => (
                    Status::Error,
                    format!("could not be determined: {reason}"),
                    "ask a resolver that hands out signatures and reaches the zones above, or name a `trust-anchor` \
                     nearer to the zone; one check validates 500 questions",
                ),
            };
            let claim = format!("{name} {kind} validates at {resolver}");
            tally.wrong(Finding::new(status, claim).observed(text).hint(hint));
        }
        all.take(validator);
    }
    let things = match unsigned {
        0 => "record sets".to_owned(),
        _ => format!("record sets, {unsigned} of them unsigned"),
    };
    let mut findings = tally.findings(&things);
    findings.extend(all.lasting(settings, clock));
    Judgement {
        findings,
        measures: all.measures(clock),
        exhibits: all.exhibit().into_iter().collect(),
    }
}

fn library(anchors: &Anchors, path: Option<&Path>) -> Library {
    let mut library = Library::new(anchors.clone());
    for message in path.into_iter().flat_map(|path| &path.messages) {
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
        let answers = |message: &hickory_proto::op::Message| {
            let asked = message.queries.first();
            asked.is_some_and(|asked| asked.name().to_lowercase() == name)
        };
        let came = came.and_then(|came| match answers(&came) {
            true => Ok(came),
            false => Err("an answer to another question".into()),
        });
        library.put((name, message.kind), came);
    }
    library
}

/// The signatures that hold, of all resolvers: where they differ, the one that ends first.
#[derive(Default)]
struct Gathered {
    met: Met,
    /// Zones in which the names stand, as opposed to the zones above them.
    own: BTreeSet<Name>,
}

impl Gathered {
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

    fn of_own_zones(&self) -> impl Iterator<Item = (&(Name, RecordType), &Signed)> {
        self.met
            .iter()
            .filter(|(_, signed)| self.own.contains(&signed.zone))
    }

    /// The signatures of the names' own zones last. Those of the zones above are renewed by others.
    fn lasting(&self, settings: &Settings, clock: &LaunchClock) -> Vec<Finding> {
        let cover = settings.dnssec_cover;
        let needed = clock
            .at(cover.0.try_into().unwrap_or_default())
            .max(clock.now);
        let mut tally = Tally::new(
            format!("Every signature lasts until {cover} after T-0"),
            format!("valid until {needed} at least"),
        );
        let mut first: Option<Timestamp> = None;
        for ((owner, kind), signed) in self.of_own_zones() {
            first = Some(first.map_or(signed.until, |first| first.min(signed.until)));
            if signed.until >= needed {
                tally.right();
                continue;
            }
            let lifetime = signed.until.duration_since(signed.from);
            let renewed = clock.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
            let afresh = lifetime.unsigned_abs() <= AFRESH || renewed < needed;
            let (status, hint) = match afresh {
                true => (
                    Status::Warn,
                    "signatures that live so short are renewed in time or not at all: see that the signer runs through T-0",
                ),
                false => (
                    Status::Fail,
                    "have the zone signed anew before T-0, and see why nobody has",
                ),
            };
            let claim = format!("The signature of {owner} {kind} lasts until {cover} after T-0");
            let text = format!(
                "from {} to {}, with key {} of {}",
                signed.from, signed.until, signed.key_tag, signed.zone
            );
            tally.wrong(Finding::new(status, claim).observed(text).hint(hint));
        }
        match first {
            None => Vec::new(), // no signature holds, which is told above
            Some(first) => {
                tally.findings(&format!("signatures, the first of which ends at {first}"))
            }
        }
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
            rows: rows.collect(),
        })
    }
}
