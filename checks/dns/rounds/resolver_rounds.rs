//! What each resolver showed from round to round: times, failures, and the trends of its TTLs.

use std::collections::BTreeMap;

use super::rrsets::{self, Key, Start, Stated};
use super::ttl_trend::{self, Trend, TtlSample};
use crate::checks::dns::observation::AttemptRef;
use crate::checks::dns::reading::Reading;
use crate::checks::dns::view::View;
use crate::instrument::dns::{Outcome, Reply, Transport};

/// One round, or several together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds {
    /// Questions.
    pub asked: usize,
    /// Times to the answer in microseconds, ascending.
    pub latencies: Vec<u64>,
    /// Questions without an answer, by kind.
    pub failures: BTreeMap<&'static str, usize>,
    /// Answers by what they say about the cache.
    pub trends: BTreeMap<Trend, usize>,
    /// Answers of an authority, which has nothing to warm.
    pub of_authority: usize,
}

impl Rounds {
    /// Answers consistent with a warm cache.
    pub(crate) fn warm(&self) -> usize {
        self.count(Trend::Warm) + self.count(Trend::Elsewhere)
    }

    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.latencies.extend(&other.latencies);
        self.of_authority += other.of_authority;
        for (kind, count) in &other.failures {
            *self.failures.entry(kind).or_default() += count;
        }
        for (trend, count) in &other.trends {
            *self.trends.entry(*trend).or_default() += count;
        }
    }

    pub(super) fn count(&self, trend: Trend) -> usize {
        self.trends.get(&trend).copied().unwrap_or(0)
    }
}

/// TTLs that are not the zone's.
#[derive(Clone, Debug, Default)]
pub(super) struct Clamps {
    /// Record sets that were seen.
    pub sets: usize,
    /// Those whose TTL an authority states.
    pub stated: usize,
    /// Those whose TTL was above it.
    pub above: usize,
    /// The highest of these, and what the zone states there.
    pub floor: Option<(u32, u32)>,
    /// What all longer TTLs are cut to, and two of these.
    pub cap: Option<(u32, u32, u32)>,
    /// A TTL above which none was seen, which record sets all begin at, how many do, and what they should start from:
    /// they were fetched at one moment, or are cut to it. Nothing decides that.
    pub cut_or_old: Option<(u32, usize, u32)>,
    /// The highest TTL that was seen.
    pub highest: u32,
    /// TTLs below the zone's that do not fall, and how often.
    pub pinned: BTreeMap<u32, usize>,
    /// Answers that say they are stale.
    pub said_stale: usize,
    /// Answers that look stale.
    pub looks_stale: usize,
}

/// One resolver in all rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResolverRounds {
    /// Each round.
    pub rounds: Vec<Rounds>,
    /// All but the first.
    pub later: Rounds,
    /// Record sets that ran out earlier by a later answer.
    pub(super) back: usize,
    pub(super) clamps: Clamps,
}

/// Looks at every resolver in all rounds.
pub(crate) fn of(view: &View<'_>) -> Vec<ResolverRounds> {
    let stated = Stated::new(view.settings, view.observation);
    let resolver_rounds = ResolverRounds {
        rounds: vec![Rounds::default(); view.rounds as usize],
        ..ResolverRounds::default()
    };
    let mut resolvers: Vec<ResolverRounds> = vec![resolver_rounds; view.resolvers.len()];
    let mut bounds: Vec<Bounds> = resolvers.iter().map(|_| Bounds::default()).collect();
    for question in 0..view.questions() {
        let starts = stated.starts(view, question);
        for (resolver, bounds) in bounds.iter_mut().enumerate() {
            bounds.look(&seen(view, question, resolver), &starts);
        }
    }
    for (resolver_rounds, bounds) in resolvers.iter_mut().zip(bounds) {
        resolver_rounds.clamps = bounds.clamps();
    }
    for question in 0..view.questions() {
        let starts = stated.starts(view, question);
        for (resolver, resolver_rounds) in resolvers.iter_mut().enumerate() {
            resolver_rounds.times(view, question, resolver);
            resolver_rounds.trends(&seen(view, question, resolver), &starts);
        }
    }
    for resolver_rounds in &mut resolvers {
        for round in &mut resolver_rounds.rounds {
            round.latencies.sort_unstable();
        }
        for round in resolver_rounds.rounds.iter().skip(1) {
            resolver_rounds.later.add(round);
        }
        resolver_rounds.later.latencies.sort_unstable();
    }
    resolvers
}

/// An answer: round, reply, and the packet it came by.
type Answered<'a> = (u32, &'a Reply, AttemptRef<'a>);

fn seen<'a>(view: &View<'a>, question: usize, resolver: usize) -> Vec<Answered<'a>> {
    let rounds = (0..view.rounds).filter_map(|round| {
        let tried = view.entry(round, question, resolver)?.attempts().last()?;
        match tried.outcome {
            Outcome::Answer(reply) if !reply.tc && !reply.records.is_empty() => {
                Some((round, reply, tried))
            }
            _ => None,
        }
    });
    rounds.collect()
}

fn says_stale(reply: &Reply) -> bool {
    reply
        .reasons
        .iter()
        .any(|reason| reason.starts_with("stale"))
}

fn sample(reply: &Reply, tried: AttemptRef<'_>, ttl: u32) -> TtlSample {
    TtlSample {
        from_us: tried.start_us,
        to_us: tried.start_us + tried.duration_us,
        ttl,
        stale: says_stale(reply),
    }
}

/// The samples of one record set with their rounds, in order.
fn samples(answers: &[Answered<'_>], key: Key<'_>) -> Vec<(u32, TtlSample)> {
    let samples = answers.iter().filter_map(|(round, reply, tried)| {
        let sets = rrsets::of(reply, *tried);
        let (_, ttl) = sets.into_iter().find(|(met, _)| *met == key)?;
        Some((*round, sample(reply, *tried, ttl)))
    });
    samples.collect()
}

/// Collects what shows bounds on TTLs.
#[derive(Default)]
struct Bounds {
    clamps: Clamps,
    /// Of the sets that never showed their start: the highest TTL shown, the starts, and how many there are of each.
    short: BTreeMap<u32, BTreeMap<u32, usize>>,
}

impl Bounds {
    fn look(&mut self, answers: &[Answered<'_>], starts: &[(Key<'_>, Start)]) {
        if answers.iter().all(|(_, reply, _)| reply.aa) {
            return;
        }
        for (key, start) in starts {
            let samples = samples(answers, *key);
            let samples: Vec<_> = samples.into_iter().map(|(_, sample)| sample).collect();
            let trend = |place: usize| {
                ttl_trend::next(&samples[..place], samples[place], start.ttl(), u32::MAX)
            };
            let fresh = (0..samples.len()).filter(|place| trend(*place) != Trend::Stale);
            let Some(shown) = fresh.map(|place| samples[place].ttl).max() else {
                continue;
            };
            self.clamps.sets += 1;
            self.clamps.highest = self.clamps.highest.max(shown);
            if let Start::Stated(stated) = *start {
                self.clamps.stated += 1;
                if shown > stated {
                    self.clamps.above += 1;
                    let floor = self.clamps.floor.get_or_insert((shown, stated));
                    *floor = (*floor).max((shown, stated));
                }
            }
            if shown.saturating_add(1) < start.ttl() {
                let starts = self.short.entry(shown).or_default();
                *starts.entry(start.ttl()).or_default() += 1;
            }
        }
    }

    /// A cap shows itself where sets that start from different TTLs all begin at the same one. One cache that was
    /// filled earlier would have left different rests of them. Where they start from one TTL, both look the same.
    fn clamps(mut self) -> Clamps {
        let highest = self.clamps.highest;
        let near = highest.saturating_sub(1)..=highest;
        let mut starts: BTreeMap<u32, usize> = BTreeMap::new();
        for (start, sets) in self.short.range(near).flat_map(|(_, starts)| starts) {
            *starts.entry(*start).or_default() += sets;
        }
        let ends = (starts.first_key_value(), starts.last_key_value());
        if let (Some((one, sets)), Some((two, _))) = ends {
            if one != two {
                self.clamps.cap = Some((highest, *one, *two));
            } else if !self.has_rest_of_another(*one, *one - highest) {
                self.clamps.cut_or_old = Some((highest, *sets, *one));
            }
        }
        self.clamps
    }

    /// Whether a set that starts from another TTL is as old: what one cache fetched at one moment.
    fn has_rest_of_another(&self, start: u32, age: u32) -> bool {
        let sets = self.short.iter();
        let mut sets =
            sets.flat_map(|(shown, starts)| starts.keys().map(move |s| (*s, *s - shown)));
        sets.any(|(other, other_age)| other != start && other_age.abs_diff(age) <= 2)
    }
}

impl ResolverRounds {
    /// The first round.
    pub(crate) fn cold(&self) -> &Rounds {
        &self.rounds[0]
    }

    fn times(&mut self, view: &View<'_>, question: usize, resolver: usize) {
        for round in 0..view.rounds {
            let cell = view.cell(round, question, resolver);
            let rounds = &mut self.rounds[round as usize];
            rounds.asked += 1;
            match &cell.reading {
                Reading::Answer(_) => {
                    let latency = cell.exchange.and_then(|exchange| exchange.latency_us());
                    rounds.latencies.extend(latency);
                }
                failure => *rounds.failures.entry(failure.word()).or_default() += 1,
            }
        }
    }

    fn trends(&mut self, answers: &[Answered<'_>], starts: &[(Key<'_>, Start)]) {
        for (place, (round, reply, tried)) in answers.iter().enumerate() {
            if reply.aa {
                self.rounds[*round as usize].of_authority += 1;
                continue;
            }
            let mut worst = None;
            let mut back = false;
            // Neither the hosts file nor getaddrinfo has TTLs.
            let counts = !matches!(tried.transport, Transport::Hosts | Transport::System);
            for (key, ttl) in rrsets::of(reply, *tried).into_iter().filter(|_| counts) {
                let start = starts.iter().find(|(met, _)| *met == key);
                let start = self.clamped(start.map_or(ttl, |(_, start)| start.ttl()));
                let highest = self.clamps.highest;
                let sample = sample(reply, *tried, ttl);
                let earlier = samples(&answers[..place], key);
                let earlier: Vec<_> = earlier.into_iter().map(|(_, sample)| sample).collect();
                let trend = match self.clamps.cut_or_old {
                    // The rest of an old TTL, or a new one that is cut to this.
                    Some(_) if earlier.is_empty() && (ttl + 1..start).contains(&(highest + 1)) => {
                        Trend::Unclear
                    }
                    _ => ttl_trend::next(&earlier, sample, start, highest),
                };
                back |= ttl_trend::goes_back(&earlier, sample);
                if trend == Trend::Pinned {
                    *self.clamps.pinned.entry(ttl).or_default() += 1;
                }
                worst = worst.max(Some(trend));
            }
            let trend = worst.unwrap_or(Trend::Unclear);
            if trend == Trend::Stale {
                match says_stale(reply) {
                    true => self.clamps.said_stale += 1,
                    false => self.clamps.looks_stale += 1,
                }
            }
            self.back += usize::from(back);
            *self.rounds[*round as usize]
                .trends
                .entry(trend)
                .or_default() += 1;
        }
    }

    /// The TTL that a fetch would give at this resolver.
    fn clamped(&self, start: u32) -> u32 {
        let floor = self.clamps.floor.map_or(0, |(floor, _)| floor);
        let cap = self.clamps.cap.map_or(u32::MAX, |(cap, ..)| cap);
        start.max(floor).min(cap)
    }
}
