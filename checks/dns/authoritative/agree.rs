//! Whether the servers of a zone say the same: serial numbers, NS records, and every record set.

use std::collections::{BTreeSet, HashMap};

use crate::checks::dns::observation::{Exchange, Server, Walk, Zone};
use crate::checks::dns::reading::{Reading, canonical};
use crate::checks::dns::rules::{ZONE_NS, ZONE_RECORDS, ZONE_SERIAL};
use crate::checks::dns::settings::{DomainName, Settings};
use crate::checks::dns::wanted::Wanted;
use crate::instrument::dns::RecordType;
use crate::judging::text::clipped_list;
use crate::judging::{Groups, Tally};
use crate::model::{Finding, Status};

/// Serial numbers, or NS records, are the same at every server of a zone.
pub(super) fn zone(zone: &Zone, kind: RecordType) -> Option<Finding> {
    let mut seen = Groups::default();
    let labels: Vec<_> = zone.servers.iter().map(Server::label).collect();
    let mut count = 0;
    for (server, label) in zone.servers.iter().zip(&labels) {
        let reply = server.exchange(&zone.name, kind).and_then(Exchange::reply);
        let reply = reply.filter(|reply| reply.aa);
        let records = reply.into_iter().flat_map(|reply| &reply.records);
        let records = records.filter(|record| record.kind == kind.as_str());
        let data: BTreeSet<String> = records
            .map(|record| match kind {
                RecordType::Soa => record.data.split(' ').nth(2).unwrap_or_default().to_owned(),
                _ => canonical(kind, &record.data),
            })
            .collect();
        if !data.is_empty() {
            seen.add(clipped_list(&data), label);
            count += 1;
        }
    }
    let (rule, what) = match kind {
        RecordType::Soa => (ZONE_SERIAL, "serial number"),
        _ => (ZONE_NS, "NS records"),
    };
    let (name, of) = (&*zone.name, zone.servers.len());
    let finding = match (seen.len(), count) {
        (_, 0) => return None, // none is an authority, which is said above
        (1, count) if count == of => {
            rule.pass(name, format!("The servers of {name} have the same {what}"))
        }
        (1, count) => rule
            .error(
                name,
                format!("Only {count} of {of} servers of {name} showed their {what}"),
            )
            .hint("find out why the other servers do not answer"),
        _ => rule
            .fail(
                name,
                format!("The servers of {name} differ in their {what}"),
            )
            .hint(rule.fix),
    };
    let expected = format!("one answer from {of} servers");
    Some(finding.expected(expected).observed(seen.text()))
}

/// One question with what each server of its zone, by its label, made of it.
pub(super) type AtSource<'a> = (&'a DomainName, RecordType, Vec<(String, &'a Exchange)>);

/// Every question as the servers of its zone answer it.
pub(super) fn questions<'a>(
    settings: &'a Settings,
    listed: &'a [DomainName],
    walk: &'a Walk,
) -> Vec<AtSource<'a>> {
    let mut met: HashMap<(&str, RecordType), Vec<(String, &Exchange)>> = HashMap::new();
    for server in walk.zones.iter().flat_map(|zone| &zone.servers) {
        for exchange in server.records() {
            let at = met.entry((&*exchange.name, exchange.kind)).or_default();
            at.push((server.label(), exchange));
        }
    }
    let questions = settings.questions(listed);
    questions
        .filter_map(|(name, kind)| Some((name, kind, met.remove(&(&**name.text(), kind))?)))
        .collect()
}

/// Every record set is the same at every server of its zone, is there, and is the expected one.
pub(super) fn records(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let mut tally = Tally::new(ZONE_RECORDS, "record sets")
        .breaks("are wrong at a server of their zone, or could not be checked")
        .expected("one set of records, with AA");
    for (name, kind, exchanges) in questions(settings, listed, walk) {
        let mut seen = Groups::default();
        let mut status = Status::Pass;
        let wanted = Wanted::of(settings, name, kind);
        for (label, exchange) in &exchanges {
            let reading = Reading::of(Some(*exchange), None);
            let here = exchange.reply();
            let text = match here {
                // An alias that leaves the zone is all that its servers can say.
                Some(reply) if !reply.records.is_empty() => {
                    let records = reply.records.iter().map(|record| {
                        let owner = record.name.as_deref().map(|name| format!("{name} "));
                        let owner = owner.unwrap_or_default();
                        let data = match record.kind == kind.as_str() {
                            true => canonical(kind, &record.data),
                            false => format!("{} {}", record.kind, record.data.to_lowercase()),
                        };
                        format!("{owner}{data}")
                    });
                    clipped_list(records.collect::<BTreeSet<_>>())
                }
                _ => reading.text(),
            };
            let of_server = match (here, &reading) {
                (Some(reply), _) if !reply.aa => Status::Fail,
                (_, Reading::Answer(answer))
                    if wanted
                        .as_ref()
                        .is_some_and(|wanted| wanted.difference(answer).is_some()) =>
                {
                    Status::Fail
                }
                (
                    Some(reply),
                    Reading::NoData(Some(_)) | Reading::NoName(Some(_)) | Reading::Unfollowed(_),
                ) if reply.records.iter().any(|record| record.kind == "CNAME") => {
                    Status::Pass // the resolvers show whether the target resolves
                }
                _ => reading.status(),
            };
            let aa = here.is_some_and(|reply| !reply.aa);
            seen.add(
                format!("{text}{}", if aa { " without AA" } else { "" }),
                label,
            );
            status = Status::worst([status, of_server]);
        }
        let subject = format!("{name} {kind}");
        let (status, word, claim) = match (status, seen.len()) {
            (Status::Pass, seen) if seen < 2 || settings.is_any_of(name) => {
                tally.right();
                continue;
            }
            (Status::Pass, _) => (
                Status::Fail,
                "different",
                format!("The servers of its zone have different records for {subject}"),
            ),
            (Status::Fail, _) => (
                status,
                "wrong",
                format!("{subject} is wrong at a server of its zone"),
            ),
            _ => (
                status,
                "not checked",
                format!("{subject} could not be checked at every server of its zone"),
            ),
        };
        let finding = ZONE_RECORDS.finding(status, subject, claim);
        let finding = finding.observed(seen.text());
        tally.wrong(word, finding);
    }
    let claim = "Every record set is the same at all servers of its zone";
    tally.findings_or("all names", claim)
}
