//! Which secrets are struck from what: those from outside the checklist from everything the run records, the others
//! from what their own check records.

use crate::model::secret::SHORTEST_EVERYWHERE;
use crate::model::{Checklist, Redactor, RunRecord, Secret};

/// For each check, what strikes secrets from all that it records.
///
/// A check whose settings show the secret of another check in plain text (a host called as a password reads) keeps it:
/// its settings stay as they are, and a judge that looks for what they name must find it.
pub(super) fn redactors(checklist: &Checklist) -> Vec<Redactor> {
    let secrets = &checklist.secrets;
    let everywhere = everywhere(checklist);
    let checks = checklist.checks.iter();
    let redactor = |check: &crate::model::Check| {
        let settings = check.prepared.settings().get();
        let others = if everywhere.ranges(settings.as_bytes()).is_empty() {
            everywhere.clone()
        } else {
            let shown = |secret: &&Secret| settings.contains(secret.expose().trim_end());
            let hidden = secrets.everywhere.iter().filter(|secret| !shown(secret));
            Redactor::of(hidden, SHORTEST_EVERYWHERE)
        };
        let own = check.prepared.secrets().iter();
        let own = own.chain(secrets.by_check.get(&check.id).into_iter().flatten());
        others.and(&Redactor::new(own))
    };
    checks.map(redactor).collect()
}

fn everywhere(checklist: &Checklist) -> Redactor {
    Redactor::of(&checklist.secrets.everywhere, SHORTEST_EVERYWHERE)
}

/// Strikes the secrets from outside the checklist from what the record says of the run and of its checks. Settings,
/// ids and what the launch is judged by stay as they are.
pub(super) fn strike(record: &mut RunRecord, checklist: &Checklist) {
    let redactor = everywhere(checklist);
    if redactor.is_empty() {
        return;
    }
    let strike = |text: &mut String| *text = redactor.text(std::mem::take(text));
    strike(&mut record.run.host);
    strike(&mut record.launch.name);
    record.launch.owner.iter_mut().for_each(strike);
    for check in &mut record.checks {
        strike(&mut check.title);
        check.owner.iter_mut().for_each(strike);
    }
}
