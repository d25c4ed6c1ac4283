//! How the TTL of one record set goes on at one resolver. In a cache it falls by the time that passes, so the
//! instant at which the set runs out stays where it is; every answer from there lies on that line. What lies
//! elsewhere was fetched again, comes from another cache, or was changed on its way out.

/// One sample of a record set.
#[derive(Clone, Copy, Debug)]
pub(super) struct TtlSample {
    /// Between these two instants the resolver answered, in microseconds.
    pub from_us: u64,
    pub to_us: u64,
    /// Seconds left.
    pub ttl: u32,
    /// The resolver says itself that the answer is stale (RFC 8914 section 4.4).
    pub stale: bool,
}

/// What a sample says about the cache that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trend {
    /// The TTL fell by the time that passed, or began below where it starts: consistent with a warm cache.
    Warm,
    /// On another line than before, below where it starts: consistent with another, warm cache behind the address.
    Elsewhere,
    /// Too little time has passed, or there is nothing to compare with.
    Unclear,
    /// The full TTL again shortly before the old one ran out: fetched again, or kept fresh by a cache that prefetches.
    Renewed,
    /// The TTL ran out since, and begins again.
    RanOut,
    /// The full TTL again before the old one ran out: fetched again.
    Again,
    /// A TTL below where it starts that does not fall.
    Pinned,
    /// The data had run out and is served nevertheless (RFC 8767).
    Stale,
}

/// The TTLs that RFC 8767 section 5.2 recommends for stale answers, and what some caches give instead.
const STALE: [u32; 2] = [30, 0];

const SECOND: u64 = 1_000_000;
/// Caches that prefetch do it in the last tenth of a TTL (unbound, CoreDNS), or in its last seconds (BIND, Knot
/// Resolver).
const PREFETCHED: (u32, u64) = (10, 3 * SECOND);

impl TtlSample {
    /// When the set runs out by this sample: between these two instants, since TTLs are cut to whole seconds.
    fn end(self) -> (u64, u64) {
        let ttl = u64::from(self.ttl) * SECOND;
        (self.from_us + ttl, self.to_us + ttl + SECOND)
    }

    fn is_on_line_of(self, other: Self) -> bool {
        let (mine, others) = (self.end(), other.end());
        mine.0 < others.1 && others.0 < mine.1
    }

    /// Whether the set runs out earlier by this sample, though it was taken later: one cache cannot do that.
    fn is_below(self, other: Self) -> bool {
        self.end().1 <= other.end().0
    }

    fn had_run_out_by(self, later: Self) -> bool {
        self.end().1 <= later.from_us + SECOND
    }

    /// Whether little was left of it by then, of a TTL that starts from `start`.
    fn was_about_to_run_out_by(self, later: Self, start: u32) -> bool {
        let (share, least) = PREFETCHED;
        let last = (u64::from(start / share) * SECOND).max(least);
        self.end().1 <= later.from_us + last
    }

    /// Whether it may have been fetched after another sample was taken, if its TTL starts from `start`.
    fn may_be_younger_than(self, other: Self, start: u32) -> bool {
        let age = u64::from(start.saturating_sub(self.ttl)) * SECOND;
        self.to_us + SECOND >= other.from_us + age
    }
}

/// Reads the first sample: only a TTL below where it starts says something.
pub(super) fn first(sample: TtlSample, start: u32) -> Trend {
    match sample.ttl {
        _ if sample.stale => Trend::Stale,
        // The second in which it was fetched may be over before the answer is on its way.
        ttl if ttl.saturating_add(1) < start => Trend::Warm,
        _ => Trend::Again,
    }
}

/// Reads a sample by the earlier ones, the last of them at the end. `start` is the TTL that a fetch would give by all
/// that is known, and `highest` the highest one that this resolver showed of anything.
pub(super) fn next(earlier: &[TtlSample], sample: TtlSample, start: u32, highest: u32) -> Trend {
    let Some(before) = earlier.last().copied() else {
        return first(sample, start);
    };
    let same = |seen: &&TtlSample| sample.is_on_line_of(**seen);
    if sample.stale {
        return Trend::Stale;
    }
    if earlier
        .iter()
        .filter(same)
        .any(|seen| sample.ttl < seen.ttl)
    {
        return Trend::Warm;
    }
    if before.had_run_out_by(sample) {
        return after_the_end(before, sample, start, highest);
    }
    if earlier.iter().any(|seen| sample.is_on_line_of(*seen)) {
        return Trend::Unclear;
    }
    match sample.ttl {
        _ if sample.is_below(before) => Trend::Elsewhere,
        ttl if ttl >= start && before.was_about_to_run_out_by(sample, start) => Trend::Renewed,
        ttl if ttl >= start => Trend::Again,
        ttl if ttl == before.ttl => Trend::Pinned,
        // Fetched again for someone else a moment ago, or another cache.
        _ => Trend::Elsewhere,
    }
}

/// Reads a sample of a set that ran out since the one before. Where it begins from the start, this question may have
/// made the cache fetch it; below the start it was there already, kept fresh by a cache that prefetches or for others.
fn after_the_end(before: TtlSample, sample: TtlSample, start: u32, highest: u32) -> Trend {
    let looks_stale = STALE.contains(&sample.ttl);
    if sample.ttl > start && looks_stale {
        return Trend::Stale;
    }
    // Perhaps the start is cut, to the highest TTL that was seen.
    let like_the_highest = highest.saturating_sub(1)..=highest;
    if sample.ttl.saturating_add(1) >= start || like_the_highest.contains(&sample.ttl) {
        return Trend::RanOut;
    }
    match (looks_stale, sample.may_be_younger_than(before, start)) {
        (false, _) => Trend::Elsewhere,
        (true, true) => Trend::Unclear,
        (true, false) => Trend::Stale,
    }
}

/// Whether one cache cannot have shown these: the set runs out earlier by a later sample.
pub(super) fn goes_back(earlier: &[TtlSample], sample: TtlSample) -> bool {
    let fresh = |seen: &&TtlSample| !seen.stale && !seen.had_run_out_by(sample);
    !sample.stale
        && earlier
            .iter()
            .filter(fresh)
            .any(|seen| sample.is_below(*seen))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since the start, and TTL; every answer takes 10 ms.
    fn sample((at, ttl): (f64, u32)) -> TtlSample {
        let from_us = (at * 1e6) as u64;
        TtlSample {
            from_us,
            to_us: from_us + 10_000,
            ttl,
            stale: false,
        }
    }

    #[test]
    fn each_course_of_a_ttl_has_its_sign() {
        for (start, course, trend) in [
            (300, &[(0.0, 300), (2.0, 298)][..], Trend::Warm),
            // Whole seconds: between 1 and 3 may show after 2.
            (300, &[(0.0, 300), (2.0, 299)], Trend::Warm),
            (300, &[(0.9, 300), (2.1, 298)], Trend::Warm),
            (300, &[(0.0, 120), (2.0, 118)], Trend::Warm),
            (300, &[(0.0, 300), (2.0, 300)], Trend::Again),
            (300, &[(0.0, 300), (0.3, 300)], Trend::Unclear),
            // Fallen further than time passed, and less far.
            (300, &[(0.0, 300), (2.0, 200)], Trend::Elsewhere),
            (300, &[(0.0, 200), (2.0, 250)], Trend::Elsewhere),
            // The line of the round before the last.
            (300, &[(0.0, 200), (2.0, 290), (4.0, 196)], Trend::Warm),
            (5, &[(0.0, 5), (8.0, 5)], Trend::RanOut),
            (5, &[(0.0, 5), (8.0, 4)], Trend::RanOut),
            (300, &[(0.0, 5), (8.0, 30)], Trend::Stale),
            (5, &[(0.0, 5), (8.0, 30)], Trend::Stale),
            (300, &[(0.0, 5), (8.0, 0)], Trend::Stale),
            // Where the zone's TTL is 30 it is no trend.
            (30, &[(0.0, 30), (40.0, 30)], Trend::RanOut),
            (300, &[(0.0, 60), (2.0, 60)], Trend::Pinned),
            // A cache that prefetches: fetched again by itself before this question came, or perhaps just now.
            (10, &[(0.0, 10), (9.5, 1), (19.0, 1)], Trend::Elsewhere),
            (10, &[(0.0, 10), (10.0, 0), (12.0, 8)], Trend::Elsewhere),
            (5, &[(0.0, 5), (8.0, 3)], Trend::Elsewhere),
            (2, &[(0.0, 2), (2.0, 0), (4.0, 0)], Trend::Unclear),
            (100, &[(0.0, 100), (92.0, 100)], Trend::Renewed),
            (100, &[(0.0, 100), (80.0, 100)], Trend::Again),
            (5, &[(0.0, 5), (2.0, 5)], Trend::Again),
            (300, &[(0.0, 298)], Trend::Warm),
            (300, &[(0.0, 299)], Trend::Again),
        ] {
            let samples: Vec<_> = course.iter().copied().map(sample).collect();
            let (last, earlier) = samples.split_last().unwrap();
            let read = next(earlier, *last, start, u32::MAX);
            assert_eq!(read, trend, "{start} {course:?}");
        }
    }

    #[test]
    fn a_slow_answer_widens_its_line_and_makes_no_fetch_a_cache() {
        let slow = TtlSample {
            to_us: 2_500_000,
            ..sample((0.0, 300))
        };
        assert_eq!(next(&[slow], sample((3.0, 300)), 300, 300), Trend::Unclear);
        assert_eq!(next(&[slow], sample((3.0, 299)), 300, 300), Trend::Warm);
        assert_eq!(next(&[slow], sample((5.0, 300)), 300, 300), Trend::Again);
    }

    #[test]
    fn only_an_earlier_end_is_a_second_cache() {
        let (old, young) = (sample((0.0, 200)), sample((2.0, 290)));
        assert!(!goes_back(&[old], young), "it may have been fetched again");
        assert!(goes_back(&[old, young], sample((4.0, 196))));
        assert!(!goes_back(&[young], sample((4.0, 288))));
        let ran_out = sample((0.0, 5));
        assert!(!goes_back(&[ran_out], sample((8.0, 1))));
        let stale = TtlSample {
            stale: true,
            ..sample((4.0, 30))
        };
        assert!(!goes_back(&[young], stale));
    }
}
