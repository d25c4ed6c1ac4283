//! What became of packets, in every phase: lost ones, ones to closed ports, and ones that answer no open question.

use std::collections::BTreeMap;

use super::observation::{Count, Observation};
use super::rules::{PACKET_LOSS, SECOND_ANSWER, STRAY_PACKETS};
use super::view::View;
use crate::instrument::dns::Stray;
use crate::judging::text::{clipped_list, counted};
use crate::model::{Finding, Status};

/// What became of the packets to one server.
#[derive(Default)]
struct Sums {
    /// Packets that left, and connections that were refused.
    asked: u64,
    lost: u64,
    closed: u64,
    /// Without an end when the check ended.
    open: u64,
}

impl Sums {
    fn add(&mut self, count: &Count) {
        let ended = count.answered + count.lost + count.closed;
        self.asked += count.sent.max(ended);
        self.lost += count.lost;
        self.closed += count.closed;
        self.open += count.sent.saturating_sub(ended);
    }

    fn unanswered(&self) -> u64 {
        self.lost + self.closed + self.open
    }

    fn said(&self, server: &str) -> impl Iterator<Item = String> {
        let kinds = [
            (self.lost, "lost at"),
            (self.closed, "met a closed port at"),
            (self.open, "still open at the end of the check at"),
        ];
        let said = kinds.into_iter().filter(|(count, _)| *count > 0);
        said.map(move |(count, what)| format!("{count} of {} {what} {server}", self.asked))
    }
}

/// A question that was answered at a later try has lost a packet on the way. What getaddrinfo
/// sends is not visible.
pub(super) fn losses(observation: &Observation) -> Option<Finding> {
    let mut servers: Vec<(&str, Sums)> = Vec::new();
    for traffic in &observation.traffic {
        let known = servers
            .iter()
            .position(|(server, _)| *server == &*traffic.server);
        let place = known.unwrap_or_else(|| {
            servers.push((&traffic.server, Sums::default()));
            servers.len() - 1
        });
        servers[place].1.add(&traffic.count);
    }
    let sum = |of: fn(&Sums) -> u64| servers.iter().map(|(_, sums)| of(sums)).sum::<u64>();
    let (asked, unanswered) = (sum(|sums| sums.asked), sum(Sums::unanswered));
    let about = "all resolvers";
    match (asked, unanswered) {
        (0, _) => None,
        (_, 0) => Some(
            PACKET_LOSS
                .pass(about, "Every packet is answered")
                .observed(format!("{asked} packets, none lost")),
        ),
        _ => {
            let said = servers.iter();
            let said: Vec<_> = said.flat_map(|(server, sums)| sums.said(server)).collect();
            let claim = format!("{unanswered} of {asked} packets got no answer");
            Some(
                PACKET_LOSS
                    .warn(about, claim)
                    .expected("an answer to each packet")
                    .observed(clipped_list(said))
                    .hint(PACKET_LOSS.fix),
            )
        }
    }
}

/// Packets that answer no open question.
pub(super) fn strays(observation: &Observation) -> Option<Finding> {
    let mut seen: BTreeMap<(&str, Stray), u64> = BTreeMap::new();
    for traffic in &observation.traffic {
        for (stray, count) in &traffic.count.strays {
            *seen.entry((&traffic.server, *stray)).or_default() += count;
        }
    }
    seen.retain(|(_, stray), _| *stray != Stray::Different);
    let seen = seen.into_iter();
    let seen =
        seen.map(|((server, stray), count)| format!("{count} {} from {server}", words(stray)));
    let seen: Vec<_> = seen.collect();
    (!seen.is_empty()).then(|| {
        STRAY_PACKETS
            .warn(
                "all resolvers",
                "Packets arrived that answer no open question",
            )
            .expected("no other packet")
            .observed(clipped_list(seen))
            .hint(STRAY_PACKETS.fix)
    })
}

/// A second answer that says something else, by which one of the two is not to be believed.
pub(super) fn second_answers(view: &View<'_>) -> Option<Finding> {
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for traffic in &view.observation.traffic {
        if let Some(count) = traffic.count.strays.get(&Stray::Different) {
            *seen.entry(&traffic.server).or_default() += count;
        }
    }
    let status = match view.settings.same_answer {
        true => Status::Fail,
        false => Status::Warn, // answers may differ
    };
    (!seen.is_empty()).then(|| {
        let claim = "A second, different answer came to the same question: a sign of injection";
        let seen = seen.into_iter();
        let seen = seen.map(|(server, count)| {
            format!("{} from {server}", counted(count as usize, "second answer"))
        });
        SECOND_ANSWER
            .finding(status, "all resolvers", claim)
            .expected("one answer to each question")
            .observed(clipped_list(seen))
            .hint(SECOND_ANSWER.fix)
    })
}

/// What such a packet is, after its count.
pub(super) fn words(stray: Stray) -> &'static str {
    match stray {
        Stray::Late => "late",
        Stray::Duplicate => "repeated",
        Stray::Different => "with a second, different answer",
        Stray::WrongId => "with an unknown id",
        Stray::WrongQuestion => "to another question",
        Stray::NoAnswer => "that are no answers",
        Stray::Garbage => "unreadable",
    }
}
