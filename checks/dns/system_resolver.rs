//! What the system resolver is: which servers this machine asks, how it completes names, and which answers come from
//! its hosts file, and so are true on this machine only.

use super::reading::Reading;
use super::rules::HOSTS_FILE;
use super::view::View;
use crate::instrument::dns::{Outcome, Resolver, Transport};
use crate::judging::text::{clipped_list, counted};
use crate::model::Finding;

/// One finding where the system resolver is asked.
pub(super) fn judge(view: &View<'_>) -> Option<Finding> {
    let mut resolvers = view.settings.resolvers.iter();
    let place = resolvers.position(|resolver| *resolver == Resolver::System)?;
    let label = view.resolvers.get(place)?;
    let mut notes = view.observation.resolvers.iter();
    let notes = notes.find(|notes| *notes.resolver == **label)?;
    let configuration = notes.system.as_ref()?;
    let (mut local, mut completed) = (Vec::new(), Vec::new());
    for question in 0..view.questions() {
        let cell = view.cell(view.last_round(), question, place);
        let Some(exchange) = cell.exchange else {
            continue;
        };
        let Some(last) = exchange.attempts().last() else {
            continue;
        };
        let Outcome::Answer(reply) = last.outcome else {
            continue;
        };
        let answered = matches!(cell.reading, Reading::Answer(_));
        if last.transport == Transport::Hosts {
            local.push((exchange.name(), exchange.kind()));
        } else if let (true, Some(asked)) = (answered, &reply.asked) {
            completed.push(format!("{} is {asked}", exchange.name()));
        }
    }
    let mut seen = vec![configuration.to_string()];
    completed.dedup();
    if !completed.is_empty() {
        seen.push(format!(
            "the search list completes: {}",
            clipped_list(&completed)
        ));
    }
    // RFC 6761 section 6.3: these are every machine's own.
    let foreign = local.iter().filter(|(name, _)| {
        let name = name.trim_end_matches('.').to_lowercase();
        name != "localhost" && !name.ends_with(".localhost")
    });
    let foreign = foreign.count();
    let local: Vec<_> = local
        .iter()
        .map(|(name, kind)| format!("{name} {kind}"))
        .collect();
    if !local.is_empty() {
        seen.push(format!("the hosts file answers: {}", clipped_list(&local)));
    }
    let finding = match foreign {
        0 => HOSTS_FILE.pass(
            "system",
            "The system resolver's answers come from name servers",
        ),
        _ => HOSTS_FILE
            .warn(
                "system",
                format!(
                    "The hosts file of this machine answers {}",
                    counted(foreign, "query")
                ),
            )
            .hint(HOSTS_FILE.fix),
    };
    Some(
        finding
            .expected("no answer from the hosts file, localhost aside")
            .observed(seen.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Dns;
    use super::super::settings::Settings;
    use super::*;
    use crate::fixtures::judged::Judged as _;
    use crate::model::{LaunchFacts, Module as _, Status};

    /// The finding on attempts at `name`, as the system resolver recorded them.
    fn judged(name: &str, transport: &str, outcome: &Value) -> Finding {
        let settings: Settings = toml::from_str(&format!("names = ['{name}']")).unwrap();
        let observation = json!({
            "exchanges": [{"name": name, "type": "A", "resolver": "system", "attempts": [
                {"transport": transport, "start_us": 0, "duration_us": 9, "outcome": outcome}]}],
            "resolvers": [{"resolver": "system", "system": {
                "servers": ["10.0.0.53", "10.0.0.54:5353"], "search": ["launch.test."], "ndots": 1}}],
        });
        let observation = serde_json::from_value(observation).unwrap();
        let facts = LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
        let judgement = Dns::judge(&settings, &observation, &facts);
        judgement.finding("dns/hosts-file").clone()
    }

    const CONFIGURATION: &str =
        "servers 10.0.0.53, 10.0.0.54:5353; search list launch.test.; ndots 1";

    #[test]
    fn the_configuration_is_told_and_how_names_were_completed() {
        let answer = json!({"kind": "answer", "rcode": "NOERROR", "asked": "www.launch.test.",
                            "records": [{"type": "A", "ttl": 60, "data": "192.0.2.1"}]});
        let finding = judged("www", "system", &answer);
        assert_eq!(finding.status, Status::Pass);
        let expected =
            format!("{CONFIGURATION}; the search list completes: www is www.launch.test.");
        assert_eq!(finding.observed, Some(expected));
        let finding = judged("www", "system", &json!({"kind": "timeout"}));
        assert_eq!(finding.observed.as_deref(), Some(CONFIGURATION));
    }

    #[test]
    fn an_answer_of_the_hosts_file_is_told_as_this_machines_own() {
        let answer = json!({"kind": "answer", "rcode": "NOERROR",
                            "records": [{"type": "A", "ttl": 0, "data": "192.0.2.1"}]});
        for (name, status) in [
            ("login.test", Status::Warn),
            ("localhost.test", Status::Warn),
            ("localhost", Status::Pass),
            ("a.LOCALHOST.", Status::Pass),
        ] {
            let finding = judged(name, "hosts", &answer);
            assert_eq!(finding.status, status, "{name}");
            let expected = format!("{CONFIGURATION}; the hosts file answers: {name} A");
            assert_eq!(finding.observed, Some(expected));
        }
    }
}
