//! Statistics over measured values.

/// The value at a share (0 to 1) of values in ascending order, by the nearest-rank method: a value that was measured,
/// never one between two. `None` for no values.
pub fn percentile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    // A hair less than the product, so that 0.95 * 20 is rank 19 however it is rounded.
    let rank = (share * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<u64> = (1..=20).collect();
        for (share, value) in [(0.5, 10), (0.95, 19), (1.0, 20), (0.01, 1), (0.0, 1)] {
            assert_eq!(percentile(&times, share), Some(value));
        }
        assert_eq!(percentile(&[7], 0.95), Some(7));
        assert_eq!(percentile::<u64>(&[], 0.5), None);
    }
}
