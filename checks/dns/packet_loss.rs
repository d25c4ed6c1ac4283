//! What became of packets: lost ones, and ones that nobody asked for.

use super::reading::join;
use super::view::View;
use crate::instrument::dns::Stray;
use crate::model::Finding;

/// A question that was answered at a later try has lost a packet on the way.
pub(super) fn losses(view: &View<'_>) -> Option<Finding> {
    let by_resolver = view.resolvers.iter().enumerate().map(|(place, resolver)| {
        let entries = (0..view.rounds).flat_map(|round| view.entries(round, place));
        let (sent, lost) = entries
            .map(|(_, entry)| entry.packets())
            .fold((0, 0), |sum, (sent, lost)| (sum.0 + sent, sum.1 + lost));
        (resolver, sent, lost)
    });
    let by_resolver: Vec<_> = by_resolver.collect();
    let sums = by_resolver.iter();
    let (sent, lost) = sums.fold((0, 0), |sum, (_, sent, lost)| (sum.0 + sent, sum.1 + lost));
    let claim = "Every packet is answered";
    if sent == 0 {
        return None; // the system resolver's packets are not visible; others without packets are errors above
    }
    let lossy = by_resolver.iter().filter(|(_, _, lost)| *lost > 0);
    let lossy = lossy.map(|(resolver, sent, lost)| format!("{lost} of {sent} lost at {resolver}"));
    let observed = join(&lossy.collect::<Vec<_>>());
    Some(match lost {
        0 => Finding::pass(claim).observed(format!("{sent} packets, none lost")),
        _ => Finding::warn(claim)
            .expected(format!("an answer to each of {sent} packets"))
            .observed(observed)
            .hint("clients wait seconds for every lost packet: look at the way to the resolver, its load and its rate limit"),
    })
}

/// Packets that nobody asked for.
pub(super) fn strays(view: &View<'_>) -> Option<Finding> {
    let mut seen = Vec::new();
    for notes in &view.observation.resolvers {
        for (stray, count) in &notes.strays {
            seen.push(format!(
                "{count} {} from {}",
                describe(*stray),
                notes.resolver
            ));
        }
    }
    (!seen.is_empty()).then(|| {
        Finding::warn("Nothing but answers to open questions arrives")
            .expected("no other packet")
            .observed(join(&seen))
            .hint("late and repeated answers come from slow or doubled paths; foreign ids and questions from a broken server or an attempt at forgery")
    })
}

fn describe(stray: Stray) -> &'static str {
    match stray {
        Stray::Late => "late",
        Stray::Duplicate => "repeated",
        Stray::WrongId => "with a foreign id",
        Stray::WrongQuestion => "to another question",
        Stray::Garbage => "unreadable",
    }
}
