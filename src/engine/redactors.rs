//! Which secrets are struck from what: those from outside the checklist from everything the run records, the others
//! from what their own check records.

use crate::model::secret::{SHORTEST_EVERYWHERE, Secrets};
use crate::model::{Check, Checklist, Redactor, RunRecord, Secret};

/// Makes the redactor of a check when it is about to run: those of ten thousand checks at once would take a gigabyte.
pub(super) struct Redactors<'a> {
    secrets: &'a Secrets,
    everywhere: Redactor,
}

impl<'a> Redactors<'a> {
    pub(super) fn new(checklist: &'a Checklist) -> Self {
        Self {
            secrets: &checklist.secrets,
            everywhere: everywhere(checklist),
        }
    }

    /// What strikes secrets from all that a check records.
    ///
    /// A check whose settings show the secret of another check in plain text (a host called as a password reads) keeps
    /// it: its settings stay as they are, and a judge that looks for what they name must find it.
    pub(super) fn of(&self, check: &Check) -> Redactor {
        let settings = check.prepared.settings().get();
        let others = if self.everywhere.ranges(settings.as_bytes()).is_empty() {
            self.everywhere.clone()
        } else {
            let shown = |secret: &&Secret| settings.contains(secret.expose().trim_end());
            let everywhere = self.secrets.everywhere.iter();
            Redactor::of(
                everywhere.filter(|secret| !shown(secret)),
                SHORTEST_EVERYWHERE,
            )
        };
        let own = check.prepared.secrets().iter();
        let own = own.chain(self.secrets.by_check.get(&check.id).into_iter().flatten());
        others.and(&Redactor::new(own))
    }
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
    let launch = &mut record.launch;
    strike(&mut launch.name);
    let texts = [&mut launch.owner, &mut launch.version, &mut launch.commit];
    texts.into_iter().flatten().for_each(strike);
    let mut waivers: Vec<_> = record.expired_waivers.iter_mut().collect();
    waivers.extend(&mut record.unused_waivers);
    for check in &mut record.checks {
        strike(&mut check.title);
        check.owner.iter_mut().for_each(strike);
        waivers.extend(&mut check.waiver);
        waivers.extend(&mut check.finding_waivers);
    }
    waivers
        .into_iter()
        .for_each(|waiver| strike(&mut waiver.reason));
}
