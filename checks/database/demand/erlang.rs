//! How long a request waits for a connection: a pool of c connections is a queue with c servers (M/M/c).
//!
//! The share of requests that wait is Erlang's C formula, computed by the recursion of Erlang B, which neither
//! overflows nor loses digits for thousands of connections (Erlang 1917; Cooper, *Introduction to Queueing Theory*,
//! chapter 3). Mean and percentiles of the wait are those of M/M/c, multiplied by (1 + cv2) / 2 where hold times are not
//! exponential (Allen-Cunneen; Allen, *Probability, Statistics and Queueing Theory*, 1990, section 5.2.6). That factor is
//! good to about a quarter, so what is shown has two digits.

/// A pool under load. Times are in units of the mean hold time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    /// Connections of the pool.
    pub(crate) connections: u32,
    /// Offered load in Erlang: requests a second times the seconds that each holds a connection.
    pub(crate) load: f64,
    /// Squared coefficient of variation of the hold time: 0 constant, 1 exponential, above 1 with a long tail.
    pub(crate) variation: f64,
}

/// The most connections that [`Queue::enough`] tries.
const MOST: u32 = 100_000;

impl Queue {
    /// Whether more is asked for than the pool ever serves: the queue grows without end.
    pub(crate) fn never_drains(&self) -> bool {
        self.load >= f64::from(self.connections)
    }

    /// The share of the time that a connection is in use.
    pub(crate) fn use_share(&self) -> f64 {
        self.load / f64::from(self.connections)
    }

    /// The share of requests that find every connection taken. None where the queue never drains.
    pub(crate) fn waiting_share(&self) -> Option<f64> {
        (!self.never_drains()).then(|| erlang_c(self.connections, self.load))
    }

    /// The mean wait of all requests.
    pub(crate) fn mean_wait(&self) -> Option<f64> {
        self.waiting_share().map(|share| share * self.scale())
    }

    /// The wait that a share of requests (0.99) stays below; zero where fewer wait at all.
    pub(crate) fn wait_below(&self, share: f64) -> Option<f64> {
        let waiting = self.waiting_share()?;
        let longer = 1.0 - share;
        let wait = (waiting / longer).ln() * self.scale();
        Some(if waiting > longer { wait } else { 0.0 })
    }

    /// The fewest connections with which `holds` is true, from those of this queue upwards.
    pub(crate) fn enough(&self, holds: impl Fn(&Self) -> bool) -> Option<u32> {
        let queue = |connections| Self {
            connections,
            ..*self
        };
        // All that is asked of a queue gets better with every connection, so the answer can be halved in on.
        let (mut below, mut above) = (self.connections, self.connections.max(1));
        while !holds(&queue(above)) {
            below = above;
            above = above.checked_mul(2).filter(|more| *more <= MOST)?;
        }
        while above - below > 1 {
            let middle = below + (above - below) / 2;
            match holds(&queue(middle)) {
                true => above = middle,
                false => below = middle,
            }
        }
        Some(above)
    }

    /// Mean wait of a request that waits.
    fn scale(&self) -> f64 {
        (1.0 + self.variation) / 2.0 / (f64::from(self.connections) - self.load)
    }
}

/// The share of requests that wait, of `connections` servers at `load` Erlang, which is below `connections`.
fn erlang_c(connections: u32, load: f64) -> f64 {
    let blocked = erlang_b(connections, load);
    let connections = f64::from(connections);
    connections * blocked / (connections - load * (1.0 - blocked))
}

/// The share of requests that are lost where none can wait.
fn erlang_b(connections: u32, load: f64) -> f64 {
    (1..=connections).fold(1.0, |blocked, n| {
        load * blocked / (f64::from(n) + load * blocked)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(connections: u32, load: f64) -> Queue {
        Queue {
            connections,
            load,
            variation: 1.0,
        }
    }

    #[test]
    fn erlang_c_agrees_with_published_values() {
        let known = [
            (1, 0.5, 0.5),
            (20, 16.0, 0.256_077_793_8),
            (24, 20.0, 0.298_072_299_8),
            (100, 80.0, 0.019_646_426_6),
            (2_500, 2_000.0, 2.972_378e-27),
        ];
        for (connections, load, expected) in known {
            let share = queue(connections, load).waiting_share().unwrap();
            let error = (share - expected).abs() / expected;
            assert!(error < 1e-6, "({connections}, {load}): {share}");
            assert!((share - expected).abs() < 1e-9, "({connections}, {load})");
        }
    }

    #[test]
    fn the_recursion_agrees_with_the_sum_of_the_definition() {
        // C = (a^c/c!)(c/(c-a)) / (sum a^k/k! + (a^c/c!)(c/(c-a))), each term from the one before.
        for connections in [1_u32, 2, 7, 40, 150] {
            for share in [0.05, 0.5, 0.8, 0.99] {
                let (c, a) = (f64::from(connections), share * f64::from(connections));
                let (mut term, mut sum) = (1.0, 1.0);
                for k in 1..connections {
                    term *= a / f64::from(k);
                    sum += term;
                }
                let last = term * a / c * c / (c - a);
                let expected = last / (sum + last);
                let got = queue(connections, a).waiting_share().unwrap();
                assert!((got - expected).abs() < 1e-9, "({c}, {a}): {got}");
            }
        }
    }

    #[test]
    fn percentiles_are_those_of_the_exponential_tail() {
        let wait = queue(20, 16.0).wait_below(0.99).unwrap();
        assert!((wait - 0.810_724).abs() < 1e-6, "{wait}");
        // One large pool at the same use: no one waits.
        assert_eq!(queue(2_000, 1_600.0).wait_below(0.99), Some(0.0));
    }

    #[test]
    fn variation_scales_mean_and_percentile() {
        let constant = Queue {
            variation: 0.0,
            ..queue(20, 16.0)
        };
        let half = queue(20, 16.0).mean_wait().unwrap() / 2.0;
        assert!((constant.mean_wait().unwrap() - half).abs() < 1e-12);
    }

    #[test]
    fn a_full_pool_never_drains_and_has_no_number() {
        for load in [20.0, 25.0] {
            assert!(queue(20, load).never_drains());
            assert_eq!(queue(20, load).waiting_share(), None);
            assert_eq!(queue(20, load).wait_below(0.99), None);
        }
        assert!(queue(0, 0.0).never_drains());
    }

    #[test]
    fn enough_is_the_fewest_that_hold() {
        let holds = |queue: &Queue| queue.waiting_share().is_some_and(|share| share <= 0.1);
        let enough = queue(16, 16.0).enough(holds).unwrap();
        assert!(holds(&queue(enough, 16.0)) && !holds(&queue(enough - 1, 16.0)));
        assert_eq!(queue(20, 16.0).enough(|_| false), None);
    }
}
