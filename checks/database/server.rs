//! What is said of the server itself: that it was seen, how, and as whom.

use super::observation::{Engine, Observation};
use super::rules::{SEEN, SUPERUSER};
use super::settings::Settings;
use crate::model::Judgement;

pub(super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let mut judgement = Judgement::default();
    let Some(Ok(server)) = &observation.server else {
        return judgement; // the budget says why
    };
    let subject = format!("server {}", settings.url.endpoint());
    let engine = match server.engine {
        Engine::Postgresql => "PostgreSQL",
        Engine::Mysql => "MySQL",
        Engine::Mariadb => "MariaDB",
    };
    let claim = format!("{engine} {} answered", server.version);
    let encrypted = server.encrypted.as_deref().unwrap_or("no TLS");
    judgement
        .findings
        .push(SEEN.pass(&subject, claim).observed(encrypted));
    let role = &settings.url.role;
    if server.superuser {
        let claim = format!("{role} is a superuser");
        let finding = match settings.allow_superuser {
            true => SUPERUSER.warn(subject, claim),
            false => SUPERUSER.fail(subject, claim).hint(SUPERUSER.fix),
        };
        judgement.findings.push(finding);
    } else {
        judgement
            .findings
            .push(SUPERUSER.pass(subject, format!("{role} is no superuser")));
    }
    judgement
}
