//! Findings on warmth, and on TTLs that are not the zone's.

use super::resolver_rounds::{Clamps, ResolverRounds, Rounds};
use super::ttl_trend::Trend;
use crate::checks::dns::numbers::{self, millis_beside, percent};
use crate::checks::dns::rules::{COLD_AND_WARM, STALE_ANSWERS, WARM_SHARE, WARM_TIME, ZONE_TTL};
use crate::checks::dns::settings::Settings;
use crate::checks::dns::view::View;
use crate::judging::text::counted;
use crate::model::stats::percentile;
use crate::model::units::{Period, Share};
use crate::model::{Finding, Status};

/// The findings of every resolver.
pub(crate) fn judge(view: &View<'_>, all_rounds: &[ResolverRounds]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (resolver, rounds) in view.resolvers.iter().zip(all_rounds) {
        if let Some(settings) = &view.settings.warm {
            findings.push(measured(resolver, rounds));
            findings.extend(settings.min.map(|least| warm(resolver, rounds, least)));
            let bound = settings.p95_max;
            findings.extend(bound.map(|bound| fast(resolver, &rounds.later, *bound)));
        }
        findings.extend(clamped(view.settings, resolver, &rounds.clamps));
        findings.extend(stale(resolver, &rounds.clamps));
    }
    findings
}

fn p95(rounds: &Rounds) -> Option<u64> {
    percentile(&rounds.latencies, 0.95)
}

fn millis(us: Option<u64>) -> String {
    us.map_or_else(|| "no answer".to_owned(), numbers::millis)
}

/// What the first round and the later ones show. It is a finding even without a bound: who asks in rounds wants
/// to see it.
fn measured(resolver: &str, rounds: &ResolverRounds) -> Finding {
    let (cold, later) = (rounds.cold(), &rounds.later);
    let mut observed = format!(
        "95th percentile {} cold and {} warm; {}",
        millis(p95(cold)),
        millis(p95(later)),
        shown(rounds),
    );
    let lost = |rounds: &Rounds| rounds.failures.values().sum::<usize>();
    if lost(cold) + lost(later) > 0 {
        observed += &format!(
            "; without answer {} of {} cold and {} of {} warm",
            lost(cold),
            cold.asked,
            lost(later),
            later.asked,
        );
    }
    let finding = match (p95(cold), p95(later)) {
        (_, None) => COLD_AND_WARM
            .error(
                resolver,
                format!("{resolver} gave no answer after the first round"),
            )
            .hint("find out why the later rounds got no answer"),
        _ => COLD_AND_WARM.pass(
            resolver,
            format!("Cold and warm answers of {resolver} are measured"),
        ),
    };
    let finding = finding
        .expected("times and TTLs of the first round and the later ones")
        .observed(observed);
    match hint(rounds) {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// The share of later answers that are consistent with a warm cache, what the others are, and how that is known.
fn shown(rounds: &ResolverRounds) -> String {
    let later = &rounds.later;
    if later.of_authority > 0 && later.of_authority == later.latencies.len() {
        return "every later answer comes from an authority (AA), which has no cache to warm"
            .into();
    }
    let mut text = format!(
        "{} of {} later questions ({}) have answers consistent with a warm cache",
        later.warm(),
        later.asked,
        percent(later.warm(), later.asked),
    );
    let others = [
        (Trend::RanOut, "fetched again after the TTL had run out"),
        (Trend::Again, "at the full TTL again before it had run out"),
        (Trend::Pinned, "at a TTL that does not fall"),
        (Trend::Stale, "stale"),
        (
            Trend::Renewed,
            "fetched again shortly before they ran out, as caches with prefetch do",
        ),
        (Trend::Unclear, "too soon to tell"),
    ];
    for (trend, words) in others {
        if later.count(trend) > 0 {
            text += &format!(", {} {words}", later.count(trend));
        }
    }
    if later.of_authority > 0 {
        text += &format!(", {} by an authority", later.of_authority);
    }
    let clamps = &rounds.clamps;
    text += match clamps.stated {
        0 => "; by the fall of TTLs against the highest one seen",
        stated if stated == clamps.sets => {
            "; by the fall of TTLs against those that the zone states"
        }
        _ => {
            "; by the fall of TTLs, against the zone's where it was asked and the highest seen elsewhere"
        }
    };
    let before = rounds.cold().warm();
    if let Some((highest, sets, start)) = clamps.cut_or_old {
        text += &format!(
            "; whether it was warm before the first round is not known: {} at {highest} s at most, not {start} s",
            counted(sets, "record set")
        );
    } else if before > 0 {
        let least = if clamps.stated == clamps.sets {
            ""
        } else {
            "at least "
        };
        text += &format!(
            "; warm before the first round: {least}{}",
            percent(before, rounds.cold().asked)
        );
    }
    if rounds.back > 0 {
        text += &format!(
            "; {} answers run out earlier than earlier ones: several caches behind this address",
            rounds.back
        );
    }
    text
}

fn hint(rounds: &ResolverRounds) -> Option<String> {
    let later = &rounds.later;
    let again = later.count(Trend::Again);
    let all: usize = later.trends.values().sum();
    let hint = if rounds.back > 0 {
        "TTLs that jump up and down come from several caches behind one address: each has to be warmed: ask in more rounds"
    } else if again > 0 && again < all && again * 20 > all {
        "some are fetched again each time: several caches behind this address, or one too small for these names"
    } else if again * 2 > all {
        "the TTL does not fall: this resolver keeps nothing, rewrites TTLs, or there are several caches behind it"
    } else if later.count(Trend::RanOut) > 0 {
        "these TTLs ran out between two rounds, so the rounds do not show whether a cache keeps such names: set `warm.pause` to less than the shortest TTL"
    } else if later.count(Trend::Renewed) > 0 {
        "a cache with prefetch looks like this, and so does one that fetches again: set `warm.pause` to less than nine tenths of the shortest TTL, or ask in more rounds"
    } else if later.count(Trend::Unclear) > 0 {
        "set `warm.pause` to 2s or more: TTLs count in whole seconds"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// The share keeps its bound. What is unknown decides nothing.
fn warm(resolver: &str, rounds: &ResolverRounds, least: Share) -> Finding {
    let later = &rounds.later;
    let asked = later.asked.max(1) as f64;
    // What ran out in the meantime would have been fetched again by any cache.
    let unknown = later.count(Trend::Unclear)
        + later.count(Trend::Renewed)
        + later.count(Trend::RanOut)
        + later.of_authority
        + later.failures.get("not observed").copied().unwrap_or(0);
    let share = format!("{} of {}", later.warm(), later.asked);
    let finding = if later.asked > 0 && later.warm() as f64 / asked >= least.0 {
        let claim = format!("Answers of {resolver} are consistent with a warm cache");
        WARM_SHARE.pass(resolver, claim)
    } else if (later.warm() + unknown) as f64 / asked < least.0 {
        let hint = hint(rounds);
        let hint = hint.unwrap_or_else(|| "find out why the later rounds got no answer".into());
        let claim = format!(
            "Only {share} later answers of {resolver} are consistent with a warm cache, at least {least} required"
        );
        WARM_SHARE.fail(resolver, claim).hint(hint)
    } else {
        let claim = format!("Too few later answers of {resolver} show whether its cache is warm");
        WARM_SHARE
            .error(resolver, claim)
            .hint(match later.of_authority {
                0 if later.count(Trend::RanOut) + later.count(Trend::Renewed) > 0 => {
                    "set `warm.pause` to 2s or more, and to less than nine tenths of the shortest TTL"
                }
                0 => "ask in more rounds, with a `warm.pause` of 2s or more",
                _ => "leave authoritative servers out of the `resolvers` that are to be warmed",
            })
    };
    finding
        .expected(format!("at least {least} of the later questions"))
        .observed(shown(rounds))
}

/// The later rounds are fast enough.
fn fast(resolver: &str, later: &Rounds, bound: Period) -> Finding {
    let answers = later.latencies.len();
    let finding = match p95(later) {
        None => WARM_TIME
            .error(
                resolver,
                format!("{resolver} gave no warm answer that could be timed"),
            )
            .observed("no answer to time"),
        Some(us) => {
            let shown = millis_beside(us, bound);
            let finding = match u128::from(us) > bound.0.as_micros() {
                false => {
                    let claim = format!("Warm answers of {resolver} arrive within {bound}");
                    WARM_TIME.pass(resolver, claim)
                }
                true => {
                    let claim = format!(
                        "Warm answers of {resolver} take {shown} at the 95th percentile, at most {bound} allowed"
                    );
                    WARM_TIME.fail(resolver, claim).hint(WARM_TIME.fix)
                }
            };
            finding.observed(format!("{shown} of {answers} answers"))
        }
    };
    finding.expected(format!("95th percentile of at most {bound}"))
}

/// Whether TTLs are those of the zone.
fn clamped(settings: &Settings, resolver: &str, clamps: &Clamps) -> Option<Finding> {
    let Clamps {
        sets,
        stated,
        above,
        floor,
        cap,
        ref pinned,
        ..
    } = *clamps;
    let mut said = Vec::new();
    if let Some((highest, zone)) = floor {
        said.push(format!(
            "{above} of {stated} record sets above the zone's TTL, up to {highest} s where it states {zone} s: \
             consistent with a lower bound on TTLs (`cache-min-ttl`)"
        ));
    }
    if let Some((highest, one, two)) = cap {
        said.push(format!(
            "none above {highest} s, with {one} s and {two} s cut to it alike: consistent with an upper bound on TTLs \
             (`cache-max-ttl`)"
        ));
    }
    let often = pinned.iter().max_by_key(|(_, count)| **count);
    if let Some((ttl, count)) = often {
        said.push(format!(
            "{count} answers at {ttl} s that do not fall: consistent with an upper bound on TTLs, or with stale answers"
        ));
    }
    let finding = match (said.is_empty(), stated) {
        (false, _) => ZONE_TTL
            .warn(
                resolver,
                format!("{resolver} hands out other TTLs than the zone's"),
            )
            .observed(said.join("; "))
            .hint(ZONE_TTL.fix),
        (true, 0) => return None, // nothing to compare them with
        (true, _) if let Some((highest, sets, start)) = clamps.cut_or_old => {
            settings.warm.as_ref()?;
            let claim = format!("Whether {resolver} hands out the zone's own TTLs is not known");
            let observed = format!(
                "{} at {highest} s at most where the zone states {start} s: fetched at one moment before this check, or \
                 cut by an upper bound on TTLs (`cache-max-ttl`)",
                counted(sets, "record set")
            );
            ZONE_TTL
                .finding(Status::Skipped, resolver, claim)
                .observed(observed)
                .hint("ask again once these TTLs have run out, or also for a name whose TTL is different")
        }
        (true, _) if settings.warm.is_some() => ZONE_TTL
            .pass(
                resolver,
                format!("{resolver} hands out the zone's own TTLs"),
            )
            .observed(format!(
                "{stated} of {sets} record sets compared with the zone"
            )),
        (true, _) => return None, // one round sees no TTL fall
    };
    Some(finding.expected("TTLs that start from the zone's and fall"))
}

/// Whether the resolver serves expired records.
fn stale(resolver: &str, clamps: &Clamps) -> Option<Finding> {
    let (said, looks) = (clamps.said_stale, clamps.looks_stale);
    let observed = match (said, looks) {
        (0, 0) => return None,
        (0, _) => format!(
            "{looks} answers with a TTL of 30 s or 0 s after theirs had run out: consistent with RFC 8767"
        ),
        (_, 0) => format!("{said} answers say so themselves (RFC 8914 section 4.4)"),
        _ => format!(
            "{said} answers say so themselves (RFC 8914 section 4.4), {looks} more look like it"
        ),
    };
    Some(
        STALE_ANSWERS
            .warn(resolver, format!("{resolver} serves stale answers"))
            .expected("records whose TTL has not run out")
            .observed(observed)
            .hint(STALE_ANSWERS.fix),
    )
}
