//! Axes: round numbers for their marks, and instants that people count in.

use jiff::{SignedDuration, Timestamp};

/// A range of values and the round numbers in it.
#[derive(Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// An axis that holds `low` to `high` with about `count` marks, its ends on marks.
    pub(super) fn around(low: f64, high: f64, count: usize) -> Self {
        let (low, high) = match (low.is_finite(), high.is_finite()) {
            (true, true) if low < high => (low, high),
            (true, _) => (low, low + if low == 0.0 { 1.0 } else { low.abs() }),
            _ => (0.0, 1.0),
        };
        // Halves, so that the difference of two huge numbers is still a number.
        let step = round_up((high / 2.0 - low / 2.0) / count.max(1) as f64 * 2.0);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let marks = (last - first).clamp(1.0, 4.0 * count as f64) as u32;
        Self {
            from: first * step,
            to: (first + f64::from(marks)) * step,
            ticks: (0..=marks)
                .map(|mark| (first + f64::from(mark)) * step)
                .collect(),
        }
    }

    /// The position of a value on it, 0 to 1.
    pub(super) fn share(&self, value: f64) -> f32 {
        let share = (value - self.from) / (self.to - self.from);
        if share.is_nan() {
            0.0
        } else {
            share.clamp(0.0, 1.0) as f32
        }
    }
}

/// The next of 1, 2, 5, 10, 20, 50...
fn round_up(step: f64) -> f64 {
    if !step.is_normal() || step <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// A span of time and the round instants in it.
#[derive(Debug, PartialEq)]
pub(super) struct TimeAxis {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) ticks: Vec<Timestamp>,
    /// How an instant is written under its mark, for `strftime`.
    pub(super) format: &'static str,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Seconds between marks that people count in.
const STEPS: [i64; 17] = [
    1,
    5,
    15,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

impl TimeAxis {
    /// An axis that holds `first` to `last` with some air at both ends and at most `count` marks.
    pub(super) fn around(first: Timestamp, last: Timestamp, count: i64) -> Self {
        let length = (last.as_second() - first.as_second()).max(1);
        let air = SignedDuration::from_secs((length / 30).max(1));
        let from = first.saturating_sub(air).unwrap_or(first);
        let to = last.saturating_add(air).unwrap_or(last);
        let length = to.as_second() - from.as_second();
        let fitting = STEPS.into_iter().find(|step| length / step < count);
        let step = fitting.unwrap_or_else(|| (length / count / DAY + 1) * DAY);
        let first_tick = from.as_second().div_euclid(step) + 1;
        let ticks = (first_tick..=to.as_second().div_euclid(step))
            .filter_map(|tick| Timestamp::from_second(tick * step).ok())
            .collect();
        let one_day = from.as_second().div_euclid(DAY) == to.as_second().div_euclid(DAY);
        let format = match step {
            ..MINUTE => "%H:%M:%S",
            _ if step < DAY && one_day => "%H:%M",
            _ if step < DAY => "%m-%d %H:%M",
            _ => "%Y-%m-%d",
        };
        Self {
            from,
            to,
            ticks,
            format,
        }
    }

    /// The position of an instant on it, 0 to 1.
    pub(super) fn share(&self, instant: Timestamp) -> f32 {
        let length = (self.to - self.from)
            .total(jiff::Unit::Second)
            .unwrap_or(1.0);
        let since = (instant - self.from)
            .total(jiff::Unit::Second)
            .unwrap_or(0.0);
        (since / length).clamp(0.0, 1.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_hold_every_value() {
        let axis = Axis::around(0.0, 186.0, 5);
        assert_eq!((axis.from, axis.to), (0.0, 200.0));
        assert_eq!(axis.ticks, [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(axis.share(100.0), 0.5);
        for (low, high) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (-3.0, 7.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (0.0, 1e-12),
            (-1e300, 1e300),
            (f64::MIN, f64::MAX),
            (1e16, 1e16 + 2.0),
        ] {
            let axis = Axis::around(low, high, 5);
            assert!(axis.ticks.len() <= 22, "{axis:?}");
            assert!((0.0..=1.0).contains(&axis.share(high)), "{axis:?}");
        }
    }

    #[test]
    fn instants_are_those_people_count_in() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let axis = TimeAxis::around(at("2026-11-24T00:50:00Z"), at("2026-11-24T05:10:00Z"), 6);
        let shown: Vec<_> = axis
            .ticks
            .iter()
            .map(|tick| tick.strftime(axis.format).to_string())
            .collect();
        assert_eq!(shown, ["01:00", "02:00", "03:00", "04:00", "05:00"]);
        let instant = at("2026-11-24T00:00:00Z");
        assert!(TimeAxis::around(instant, instant, 6).ticks.len() <= 6);
        let all = TimeAxis::around(Timestamp::MIN, Timestamp::MAX, 6);
        assert!((1..=7).contains(&all.ticks.len()), "{all:?}");
    }
}
