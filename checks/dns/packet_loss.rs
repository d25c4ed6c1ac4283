//! What became of packets: lost ones, and ones that answer no open question.

use super::rules::{PACKET_LOSS, SECOND_ANSWER, STRAY_PACKETS};
use super::view::View;
use crate::instrument::dns::Stray;
use crate::judging::text::{clipped_list, counted};
use crate::model::{Finding, Status};

/// A question that was answered at a later try has lost a packet on the way.
pub(super) fn losses(view: &View<'_>) -> Option<Finding> {
    let by_resolver = (0..view.resolvers.len()).map(|place| view.packets(0..view.rounds, place));
    let by_resolver: Vec<_> = by_resolver.collect();
    let sums = by_resolver.iter();
    let (sent, lost) = sums.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let lossy = view.resolvers.iter().zip(&by_resolver);
    let lossy = lossy.filter(|(_, (_, lost))| *lost > 0);
    let lossy =
        lossy.map(|(resolver, (sent, lost))| format!("{lost} of {sent} lost at {resolver}"));
    let about = "all resolvers";
    match (sent, lost) {
        // Where no packet went out, that is an error above.
        (0, _) => None,
        (_, 0) => Some(
            PACKET_LOSS
                .pass(about, "Every packet is answered")
                .observed(format!("{sent} packets, none lost")),
        ),
        _ => Some(
            PACKET_LOSS
                .warn(about, format!("{lost} of {sent} packets got no answer"))
                .expected("an answer to each packet")
                .observed(clipped_list(lossy))
                .hint(PACKET_LOSS.fix),
        ),
    }
}

/// Packets that answer no open question.
pub(super) fn strays(view: &View<'_>) -> Option<Finding> {
    let notes = view.observation.resolvers.iter();
    let seen = notes.flat_map(|notes| {
        let strays = notes.strays.iter();
        let strays = strays.filter(|(stray, _)| **stray != Stray::Different);
        strays.map(|(stray, count)| format!("{count} {} from {}", words(*stray), notes.resolver))
    });
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
    let notes = view.observation.resolvers.iter();
    let seen = notes.filter_map(|notes| {
        let count = notes.strays.get(&Stray::Different)?;
        Some(format!(
            "{} from {}",
            counted(*count as usize, "second answer"),
            notes.resolver
        ))
    });
    let seen: Vec<_> = seen.collect();
    let status = match view.settings.same_answer {
        true => Status::Fail,
        false => Status::Warn, // answers may differ
    };
    (!seen.is_empty()).then(|| {
        let claim = "A second, different answer came to the same question: a sign of injection";
        SECOND_ANSWER
            .finding(status, "all resolvers", claim)
            .expected("one answer to each question")
            .observed(clipped_list(seen))
            .hint(SECOND_ANSWER.fix)
    })
}

fn words(stray: Stray) -> &'static str {
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
