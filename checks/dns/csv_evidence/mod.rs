//! Every observation as a line of CSV, for spreadsheets and programs that do not know the record.
//!
//! Long ones are compressed and in parts, since a piece of evidence is bounded; each part begins with the headings
//! and reads on its own. The lines are made from the notebook, a stretch at a time, so that neither
//! a long list nor the deadline keeps them from being written.

mod part;

use part::CsvPart;

use super::observation::{Exchange, Observation};
use crate::model::Notebook;
use crate::model::observation::EVIDENCE_LIMIT;

/// Exchanges that are written before others have their turn.
const STRETCH: usize = 2000;
/// Exchanges whose lines are not compressed.
const PLAIN: usize = 4000;
/// The size at which a part ends. What the compressor still holds back has room behind it.
const FULL: usize = EVIDENCE_LIMIT * 3 / 4;

/// Writes the lines of a notebook, at the latest when it is dropped.
pub(super) struct CsvEvidence<'a> {
    notes: &'a Notebook<Observation>,
    /// The first exchange that is not written yet; none when all are.
    next: Option<usize>,
    /// The part at hand.
    part: Option<CsvPart>,
    parts: usize,
}

impl<'a> CsvEvidence<'a> {
    /// The lines of what will be in the notebook when it is finished.
    pub(super) fn new(notes: &'a Notebook<Observation>) -> Self {
        Self {
            notes,
            next: Some(0),
            part: None,
            parts: 0,
        }
    }

    /// Writes everything, with pauses for others.
    pub(super) async fn finish(mut self) {
        while self.stretch() {
            tokio::task::yield_now().await;
        }
    }

    /// Writes a stretch; false when there is no more.
    fn stretch(&mut self) -> bool {
        let Some(next) = self.next else {
            return false;
        };
        let mut full = Vec::new();
        self.notes.note(|seen| {
            let end = (next + STRETCH).min(seen.exchanges.len());
            let is_long = seen.exchanges.len() > PLAIN;
            let mut part = self.part.take().unwrap_or_else(|| CsvPart::new(is_long));
            let mut turn = |part: &mut CsvPart| {
                if part.size() >= FULL {
                    full.push(std::mem::replace(part, CsvPart::new(is_long)));
                }
            };
            for entry in (next..end).filter_map(|place| seen.exchanges.get(place)) {
                part.exchange("names", entry);
                turn(&mut part);
            }
            self.next = (end < seen.exchanges.len()).then_some(end);
            if self.next.is_none() {
                for (asked_for, exchange) in others(seen) {
                    part.exchange(asked_for, exchange);
                    turn(&mut part);
                }
            }
            self.part = Some(part);
        });
        for part in full {
            self.keep(part, false);
        }
        if self.next.is_none()
            && let Some(part) = self.part.take()
        {
            self.keep(part, true);
        }
        self.next.is_some()
    }

    fn keep(&mut self, part: CsvPart, last: bool) {
        if part.is_empty() {
            return;
        }
        self.parts += 1;
        let number = match (self.parts, last) {
            (1, true) => String::new(),
            (number, _) => format!("-{number}"),
        };
        let (bytes, extension, media_type) = part.into_bytes();
        let name = format!("observations{number}{extension}");
        self.notes.evidence(name, media_type, bytes);
    }
}

impl Drop for CsvEvidence<'_> {
    fn drop(&mut self) {
        while !std::thread::panicking() && self.stretch() {}
    }
}

/// What was asked for beyond the names of the check.
fn others(seen: &Observation) -> impl Iterator<Item = (&'static str, &Exchange)> {
    let absences = seen.absences.iter();
    let absences = absences.map(|absence| ("absence", &absence.exchange));
    let regions = seen.regions.iter();
    let regions = regions.map(|regional| ("region", &regional.exchange));
    let zones = seen.source.iter().flat_map(|walk| &walk.zones);
    let servers = zones.flat_map(|zone| &zone.servers);
    let source = servers.flat_map(|server| &server.exchanges);
    let source = source.map(|exchange| ("source", exchange));
    absences.chain(regions).chain(source)
}
