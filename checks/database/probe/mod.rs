//! One login to the server and one to each pooler, a few questions to each.

mod mysql;
mod pgbouncer;
mod postgres;

use std::time::Duration;

use super::observation::{Observation, Server};
use super::settings::{Part, Proxy, Settings};
use super::sight::Sight;
use crate::instrument::sql::{Access, SqlError};
use crate::model::database_url::Protocol;
use crate::model::{Context, Notebook};

/// Left before the check's deadline, to write down what was seen and to log out.
const MARGIN: Duration = Duration::from_millis(300);

pub(super) async fn probe(settings: &Settings, context: &Context, notes: &Notebook<Observation>) {
    notes.note(|seen| seen.poolers = settings.proxy.iter().map(|_| None).collect());
    let until = context.until(MARGIN);
    let access = |url| Access {
        url,
        tls: &settings.tls,
        plaintext: settings.plaintext,
    };
    let server = async {
        let access = access(&settings.url);
        let server: Result<Server, SqlError> = match settings.url.protocol {
            Protocol::Postgres => {
                postgres::look(
                    access,
                    &roles(settings),
                    settings.looks_at(Part::Health),
                    until,
                )
                .await
            }
            Protocol::Mysql => mysql::look(access, &roles(settings), until).await,
        };
        if let Ok(server) = &server {
            keep(server, notes);
        }
        notes.note(|seen| seen.server = Some(server));
    };
    let poolers =
        settings
            .proxy
            .iter()
            .enumerate()
            .map(|(place, proxy): (usize, &Proxy)| async move {
                let Some(url) = &proxy.admin_url else {
                    return;
                };
                let pooler = pgbouncer::look(access(url), until).await;
                notes.note(|seen| seen.poolers[place] = Some(pooler));
            });
    futures_util::future::join(server, futures_util::future::join_all(poolers)).await;
}

/// Keeps the sessions as rows, so that a reader can count them again.
fn keep(server: &Server, notes: &Notebook<Observation>) {
    let Sight::Seen(sessions) = &server.sessions else {
        return;
    };
    let mut lines = csv::Writer::from_writer(Vec::new());
    for row in sessions {
        let _ = lines.serialize(row); // into memory: it cannot fail
    }
    if let Ok(bytes) = lines.into_inner() {
        notes.evidence("sessions.csv", "text/csv", bytes);
    }
}

/// The roles of the pools, and the operator's.
fn roles(settings: &Settings) -> Vec<&str> {
    let mut roles: Vec<&str> = settings
        .pool
        .iter()
        .map(|pool| pool.role.as_str())
        .collect();
    roles.extend(settings.operator.as_deref());
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Texts as a list of SQL literals. Both dialects take a doubled quote; MySQL's backslash escapes are doubled too.
fn literals(texts: &[&str], backslash: bool) -> String {
    if texts.is_empty() {
        return "NULL".to_owned(); // an empty list is no SQL, and NULL is in no column
    }
    let literal = |text: &&str| {
        let text = text.replace('\'', "''");
        let text = if backslash {
            text.replace('\\', "\\\\")
        } else {
            text
        };
        format!("'{text}'")
    };
    let literals: Vec<String> = texts.iter().map(literal).collect();
    literals.join(", ")
}
