//! The table and the numbers about revocation.

use super::facts::Facts;
use super::seen::{Asked, ListOutcome, ResponderOutcome};
use super::status::{StatusStatement, cell};
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::families as family;
use crate::checks::tls::observation::Session;
use crate::checks::tls::settings::{Revocation, Settings};
use crate::instrument::revocation::Standing;
use crate::judging::text::{clipped, counted, list};
use crate::model::exhibit::TABLE_ROWS;
use crate::model::{Cell, Exhibit, Measure};

/// What is shown beside the findings.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[Cell; 6]>,
    /// Rows beyond what a table holds.
    more: usize,
}

impl Table {
    pub(super) fn enter(&mut self, endpoint: &str, facts: &Facts<'_>) {
        for (at, said) in &facts.staples {
            let at = list(at.iter().map(|address| address.ip()));
            let statement = said.as_ref().ok();
            self.row(endpoint, format!("staple at {at}"), cell(said), statement);
        }
        if !facts.unstapled.is_empty() && !facts.pointers.is_empty() {
            let at = facts.unstapled.iter();
            let at = list(at.map(|(address, _)| address.ip()));
            self.row(endpoint, format!("staple at {at}"), "none".to_owned(), None);
        }
        for asked in facts.lists {
            let (said, statement) = listed(&asked.outcome);
            let source = format!("list {}", clipped(&asked.url));
            self.row(endpoint, source, said, statement.as_ref());
        }
        for (asked, said) in &facts.responders {
            let text = match (&asked.outcome, said) {
                (_, Some(said)) => cell(said),
                (ResponderOutcome::Missing { error }, None) => clipped(&format!("it {error}")),
                (ResponderOutcome::Answered { .. }, None) => String::new(),
            };
            let statement = said.as_ref().and_then(|said| said.as_ref().ok());
            let source = format!("responder {}", clipped(&asked.url));
            self.row(endpoint, source, text, statement);
        }
    }

    /// Enters what was asked about an intermediate.
    pub(super) fn authority(
        &mut self,
        endpoint: &str,
        authority: &Certificate,
        lists: &[Asked<ListOutcome>],
    ) {
        for asked in lists {
            let (said, statement) = listed(&asked.outcome);
            let source = format!("list {} on \"{}\"", clipped(&asked.url), authority.subject);
            self.row(endpoint, source, said, statement.as_ref());
        }
    }

    fn row(
        &mut self,
        endpoint: &str,
        source: String,
        said: String,
        statement: Option<&StatusStatement>,
    ) {
        if self.rows.len() == TABLE_ROWS {
            self.more += 1;
            return;
        }
        let [from, until, signer] = match statement {
            Some(statement) => {
                let signer = statement.delegate.as_deref().unwrap_or("the issuer");
                let until = statement.until.map_or(Cell::Absent, Into::into);
                [statement.from.into(), until, signer.into()]
            }
            None => [Cell::Absent, Cell::Absent, Cell::Absent],
        };
        self.rows.push([
            endpoint.into(),
            source.into(),
            said.into(),
            from,
            until,
            signer,
        ]);
    }

    /// Hands the table over.
    pub(crate) fn exhibit(self) -> Option<Exhibit> {
        let columns = ["Endpoint", "Source", "Says", "From", "Until", "Signed by"];
        let mut table = Exhibit::table("How revocation is known", columns, self.rows);
        if let Some(Exhibit::Table { omitted, .. }) = &mut table {
            *omitted += self.more;
        }
        table
    }
}

/// The numbers of one address, with the names of ssl_exporter.
pub(crate) fn measures<'a>(
    at: [(&str, &str); 2],
    settings: &Settings,
    verified: &VerifiedChain<'a>,
    session: &'a Session,
) -> Vec<Measure> {
    let staple = session.staple();
    let expected = verified.pointers.as_ref().is_some_and(|pointers| {
        pointers.must_staple || !pointers.responders.is_empty() || staple.is_some()
    });
    let trusted = matches!(verified.end, ChainEnd::Trusted(_));
    if settings.revocation == Revocation::Off || !trusted || !expected {
        return Vec::new();
    }
    let stapled = if staple.is_some() { 1.0 } else { 0.0 };
    let mut measures = vec![family::STAPLED.measure(stapled, at)];
    let said = staple.and_then(|staple| verified.status_of(staple).ok());
    if let Some(until) = said.and_then(|statement| statement.until) {
        let until = until.as_second() as f64;
        measures.push(family::STAPLE_NEXT_UPDATE.measure(until, at));
    }
    measures
}

/// What a list says, in a cell of the table, and its statement if it makes one.
fn listed(outcome: &ListOutcome) -> (String, Option<StatusStatement>) {
    match outcome {
        ListOutcome::Read { listing, .. } => {
            let statement = StatusStatement::from(listing);
            let entries = usize::try_from(listing.entries).unwrap_or(usize::MAX);
            let said = match statement.standing {
                Standing::Good => format!("{}, not this one", counted(entries, "certificate")),
                _ => statement.says(),
            };
            (said, Some(statement))
        }
        ListOutcome::Unusable { error, .. } => (clipped(&error.to_string()), None),
        ListOutcome::Missing { error } => (clipped(&format!("it {error}")), None),
    }
}
