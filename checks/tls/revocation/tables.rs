//! The table and the numbers about revocation.

use std::net::SocketAddr;

use super::facts::Facts;
use super::seen::{Asked, ListOutcome, ResponderOutcome};
use super::status::{StatusResult, StatusStatement, cell};
use crate::checks::tls::case::Case;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::observation::Session;
use crate::checks::tls::words::{addresses, bounded, counted, instant};
use crate::instrument::revocation::Standing;
use crate::model::{Exhibit, Measure};

/// What is shown beside the findings.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    rows: Vec<Vec<String>>,
    measures: Vec<Measure>,
}

impl Tables {
    pub(super) fn enter(
        &mut self,
        case: &Case<'_>,
        sessions: &[(SocketAddr, &Session)],
        found: &Facts<'_>,
    ) {
        let endpoint = case.endpoint.to_string();
        let mut row = |source, said, word: Option<&StatusStatement>| {
            self.rows.push(row(endpoint.clone(), source, said, word));
        };
        for (at, said) in &found.staples {
            row(
                format!("staple at {}", addresses(at)),
                cell(said),
                said.as_ref().ok(),
            );
        }
        if !found.unstapled.is_empty() && !found.pointers.is_empty() {
            let at: Vec<_> = found
                .unstapled
                .iter()
                .map(|(address, _)| *address)
                .collect();
            row(
                format!("staple at {}", addresses(&at)),
                "none".to_owned(),
                None,
            );
        }
        for asked in found.lists {
            let (said, word) = listed(&asked.outcome);
            row(format!("list {}", bounded(&asked.url)), said, word.as_ref());
        }
        for (asked, said) in &found.responders {
            let text = match (&asked.outcome, said) {
                (_, Some(said)) => cell(said),
                (ResponderOutcome::Missing { error }, None) => bounded(&format!("it {error}")),
                (ResponderOutcome::Answered { .. }, None) => dash(),
            };
            let word = said
                .as_ref()
                .and_then(|said: &StatusResult| said.as_ref().ok());
            row(format!("responder {}", bounded(&asked.url)), text, word);
        }
        self.measure(&endpoint, sessions, found);
    }

    /// Enters what was asked about an authority.
    pub(super) fn authority(
        &mut self,
        case: &Case<'_>,
        authority: &Certificate,
        lists: &[Asked<ListOutcome>],
    ) {
        for asked in lists {
            let (said, word) = listed(&asked.outcome);
            let source = format!("list {} on \"{}\"", bounded(&asked.url), authority.subject);
            let row = row(case.endpoint.to_string(), source, said, word.as_ref());
            self.rows.push(row);
        }
    }

    /// Names as ssl_exporter gives them.
    fn measure(&mut self, endpoint: &str, sessions: &[(SocketAddr, &Session)], found: &Facts<'_>) {
        if found.pointers.responders.is_empty()
            && !found.pointers.must_staple
            && found.staples.is_empty()
        {
            return;
        }
        for (address, session) in sessions {
            let at = address.ip().to_string();
            let labels = [("endpoint", endpoint), ("address", at.as_str())];
            let stapled = if session.staple().is_some() { 1.0 } else { 0.0 };
            self.measures.push(Measure::new(
                "ssl_ocsp_response_stapled",
                stapled,
                "count",
                labels,
            ));
            let word = found
                .staples
                .iter()
                .find(|(at, _)| at.contains(address))
                .and_then(|(_, said)| said.as_ref().ok());
            if let Some(word) = word {
                let until = word.until.as_second() as f64;
                self.measures.push(Measure::new(
                    "ssl_ocsp_response_next_update",
                    until,
                    "seconds",
                    labels,
                ));
            }
        }
    }

    /// Hands over the numbers and the table.
    pub(crate) fn finish(self) -> (Vec<Measure>, Option<Exhibit>) {
        let exhibit = (!self.rows.is_empty()).then(|| Exhibit::Table {
            title: "How revocation is known".to_owned(),
            columns: ["Endpoint", "Source", "Says", "From", "Until", "Signed by"]
                .map(str::to_owned)
                .to_vec(),
            rows: crate::model::Cell::old(self.rows),
            omitted: 0,
        });
        (self.measures, exhibit)
    }
}

fn row(
    endpoint: String,
    source: String,
    said: String,
    word: Option<&StatusStatement>,
) -> Vec<String> {
    let [from, until, by] = match word {
        Some(word) => [
            instant(word.from),
            instant(word.until),
            word.delegate
                .clone()
                .unwrap_or_else(|| "the issuer".to_owned()),
        ],
        None => [dash(), dash(), dash()],
    };
    vec![endpoint, source, said, from, until, by]
}

/// What a list says, in a cell of the table, and its word if it has one.
fn listed(outcome: &ListOutcome) -> (String, Option<StatusStatement>) {
    match outcome {
        ListOutcome::Read { listing, .. } => {
            let word = StatusStatement::from(listing);
            let entries = usize::try_from(listing.entries).unwrap_or(usize::MAX);
            let said = match word.standing {
                Standing::Good => format!("{}, not this one", counted(entries, "certificate")),
                _ => word.says(),
            };
            (said, Some(word))
        }
        ListOutcome::Unusable { error, .. } => (bounded(&error.to_string()), None),
        ListOutcome::Missing { error } => (bounded(&format!("it {error}")), None),
    }
}

fn dash() -> String {
    "-".to_owned()
}
