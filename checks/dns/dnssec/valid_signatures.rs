//! The signatures that hold, and how long they last.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hickory_proto::rr::{Name, RecordType};
use jiff::Timestamp;

use super::chain::{Met, Validator};
use super::signed::Signed;
use crate::checks::dns::measures::SIGNATURE_LEFT;
use crate::checks::dns::rules::SIGNATURE_COVER;
use crate::judging::{Window, text};
use crate::model::units::Period;
use crate::model::{Cell, Exhibit, Finding, LaunchFacts, Measure, Status};

/// Signatures with a shorter lifetime are made all the time, by signers that sign as they are asked.
const SHORT_LIVED: Duration = Duration::from_secs(4 * 24 * 3600);

/// A record set and its signature.
type Entry<'a> = (&'a (Name, RecordType), &'a Signed);

/// The signatures that hold, of all resolvers: where they differ, the one that ends first.
#[derive(Default)]
pub(super) struct ValidSignatures {
    met: Met,
    /// Zones of the names, as opposed to the zones above them.
    own: BTreeSet<Name>,
}

impl ValidSignatures {
    /// Takes up what one validator found.
    pub(super) fn take(&mut self, validator: Validator<'_>) {
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
        let all = self.met.iter();
        all.filter(|(_, signed)| self.own.contains(&signed.zone))
    }

    /// The signatures of the names' own zones last. Those of the zones above are renewed by others.
    pub(super) fn lasting(&self, cover: Period, facts: &LaunchFacts) -> Vec<Finding> {
        let needed = Window::new(facts, cover.0).end;
        let mut zones: BTreeMap<&Name, Vec<Entry<'_>>> = BTreeMap::new();
        for (set, signed) in self.of_own_zones() {
            zones.entry(&signed.zone).or_default().push((set, signed));
        }
        let findings = zones.into_iter().map(|(zone, mut signatures)| {
            signatures.sort_by_key(|(_, signed)| signed.until);
            let ended = signatures.iter();
            let ended = ended.filter(|(_, signed)| signed.until < needed);
            let statuses = ended.clone();
            let statuses = statuses.map(|(_, signed)| early(signed, needed, facts));
            let status = Status::worst(statuses);
            let (ended, all) = (ended.count(), signatures.len());
            let first = signatures.first().map(|((owner, kind), signed)| {
                let Signed {
                    from,
                    until,
                    key_tag,
                    ..
                } = signed;
                let (from, until) = (text::instant(*from), text::instant(*until));
                format!("{owner} {kind}, from {from} to {until}, with key {key_tag}")
            });
            let first = first.unwrap_or_default();
            let subject = zone.to_ascii();
            let finding = match ended {
                0 => {
                    let claim = format!("The signatures of {zone} last until {cover} after T-0");
                    SIGNATURE_COVER
                        .pass(subject, claim)
                        .observed(format!("all of {all}, the first to end: {first}"))
                }
                _ => {
                    let claim =
                        format!("Signatures of {zone} expire earlier than {cover} after T-0");
                    SIGNATURE_COVER
                        .finding(status, subject, claim)
                        .observed(format!("{ended} of {all} end before, the first: {first}"))
                        .hint(match status {
                            Status::Warn => {
                                "signatures with so short a lifetime are renewed in time or not at all: check that the \
                                 signer runs through T-0"
                            }
                            _ => "have the zone re-signed before T-0, and find out why that has not happened",
                        })
                }
            };
            finding.expected(format!("valid until {needed} at least"))
        });
        findings.collect()
    }

    /// How long after T-0 the first signature of each of the names' zones ends.
    pub(super) fn measures(&self, facts: &LaunchFacts) -> Vec<Measure> {
        let mut first: BTreeMap<&Name, Timestamp> = BTreeMap::new();
        for (_, signed) in self.of_own_zones() {
            let known = first.entry(&signed.zone).or_insert(signed.until);
            *known = signed.until.min(*known);
        }
        let measure = |(zone, until): (&Name, Timestamp)| {
            let left = until.duration_since(facts.t0).as_secs_f64();
            SIGNATURE_LEFT.measure(left, [("zone", &*zone.to_ascii())])
        };
        first.into_iter().map(measure).collect()
    }

    /// All of them.
    pub(super) fn exhibit(&self) -> Option<Exhibit> {
        let rows = self.met.iter().map(|((owner, kind), signed)| {
            [
                Cell::text(owner.to_ascii()),
                Cell::text(kind.to_string()),
                Cell::text(signed.zone.to_ascii()),
                Cell::text(format!("{} {}", signed.key_tag, signed.algorithm)),
                signed.from.into(),
                signed.until.into(),
            ]
        });
        let columns = ["Name", "Type", "Signed by", "Key", "From", "Until"];
        Exhibit::table("Signatures", columns, rows)
    }
}

/// What a signature is that ends too early. One that is made all the time, or that could not be made today so as to
/// last, says nothing about the next one.
fn early(signed: &Signed, needed: Timestamp, facts: &LaunchFacts) -> Status {
    let lifetime = signed.until.duration_since(signed.from);
    let renewed = facts.now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    match lifetime.unsigned_abs() <= SHORT_LIVED || renewed < needed {
        true => Status::Warn,
        false => Status::Fail,
    }
}
