//! A resolver that limits the rate, or refuses this machine, as opposed to one that is broken or behind a lossy
//! path. Loss on a path strikes anywhere; a limit lets a number of packets through, drops the next ones in a row,
//! and answers again later.

use super::rules::{RATE_LIMIT, REFUSED};
use super::view::View;
use crate::instrument::dns::{Outcome, Reply, Resolver};
use crate::judging::text::clipped_list;
use crate::model::Finding;

/// Packets that must be lost before their pattern says something.
const LEAST_LOST: usize = 5;
/// How far below what chance gives the number of changes between lost and answered must lie, in standard
/// deviations (Wald and Wolfowitz).
const CLUSTERED: f64 = -3.0;
/// The largest data of an answer's records, as text, that surely fits into a datagram.
const SMALL: usize = 400;

/// What one resolver did with the packets of all rounds.
#[derive(Default)]
struct Treated {
    /// Questions asked, over all rounds.
    asked: usize,
    /// Those that ended in REFUSED, and the server's reasons for the first of them.
    refused: usize,
    reasons: Vec<String>,
    /// Questions that got an answer in one round, and REFUSED or SERVFAIL in another.
    refused_at_times: usize,
    servfail_at_times: usize,
    /// Questions answered in one way or another.
    answered: usize,
    /// Truncated answers without a record whose whole fits into a datagram.
    slips: usize,
    /// Answers over UDP that were not truncated.
    whole: usize,
    /// When each datagram left, and whether it was lost.
    packets: Vec<(u64, bool)>,
}

/// The findings on every resolver that shows one of these.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    // Behind the system's resolver are several servers: that they differ is no limit of one of them.
    let resolvers = view.resolvers.iter().enumerate();
    let resolvers =
        resolvers.filter(|(place, _)| view.settings.resolvers[*place] != Resolver::System);
    let findings = resolvers.filter_map(|(place, resolver)| {
        let treated = Treated::by(view, place);
        treated
            .refuses_all(resolver)
            .or_else(|| treated.limits(resolver, view.settings.query.qps))
    });
    findings.collect()
}

impl Treated {
    fn by(view: &View<'_>, resolver: usize) -> Self {
        let mut treated = Self::default();
        for question in 0..view.questions() {
            let (mut answered, mut refused, mut servfail) = (false, false, false);
            for round in 0..view.rounds {
                let Some(entry) = view.entry(round, question, resolver) else {
                    continue;
                };
                treated.asked += 1;
                let mut cut = false;
                for tried in entry.attempts() {
                    if tried.transport.is_datagram() && tried.is_packet() {
                        treated.packets.push((tried.start_us, tried.is_lost()));
                    }
                    let Outcome::Answer(reply) = tried.outcome else {
                        continue;
                    };
                    match &*reply.rcode {
                        _ if reply.tc => cut = reply.records.is_empty(),
                        "NOERROR" | "NXDOMAIN" => {
                            answered = true;
                            treated.answered += 1;
                            treated.slips += usize::from(cut && is_small(reply));
                            treated.whole += usize::from(tried.transport.is_datagram());
                        }
                        "REFUSED" => {
                            refused = true;
                            treated.refused(reply);
                        }
                        "SERVFAIL" => servfail = true,
                        _ => {}
                    }
                }
            }
            treated.refused_at_times += usize::from(answered && refused);
            treated.servfail_at_times += usize::from(answered && servfail);
        }
        treated.packets.sort_unstable();
        treated
    }

    fn refused(&mut self, reply: &Reply) {
        self.refused += 1;
        if self.reasons.is_empty() {
            self.reasons.clone_from(&reply.reasons);
        }
    }

    /// It works, and does not want to: that is no failure of the resolver.
    fn refuses_all(&self, resolver: &str) -> Option<Finding> {
        if self.refused == 0 || self.answered > 0 {
            return None;
        }
        let reasons = match self.reasons.as_slice() {
            [] => String::new(),
            reasons => format!(" ({})", clipped_list(reasons)),
        };
        Some(
            REFUSED
                .error(resolver, format!("{resolver} refuses every question"))
                .expected("answers")
                .observed(format!(
                    "REFUSED to {} of {} questions{reasons}, none answered",
                    self.refused, self.asked
                ))
                .hint(REFUSED.fix),
        )
    }

    /// Some questions are answered and others, at other times, are not.
    fn limits(&self, resolver: &str, qps: u32) -> Option<Finding> {
        let mut said = Vec::new();
        if self.refused_at_times > 0 {
            said.push(format!(
                "{} questions REFUSED at one time and answered at another",
                self.refused_at_times
            ));
        }
        if self.servfail_at_times > 0 {
            said.push(format!(
                "{} questions with SERVFAIL at one time and an answer at another: it may limit its own questions to the \
                 zone's servers, or did not reach them",
                self.servfail_at_times
            ));
        }
        // Who truncates every answer wants TCP, and limits nothing by it.
        if self.slips > 0 && self.whole > 0 {
            said.push(format!(
                "{} small answers truncated, so that they are asked for over TCP, as response rate limiting does",
                self.slips
            ));
        }
        said.extend(self.drops());
        if said.is_empty() {
            return None;
        }
        Some(
            RATE_LIMIT
                .warn(
                    resolver,
                    format!("{resolver} does not keep up with this rate"),
                )
                .expected(format!("an answer to every packet at up to {qps} a second"))
                .observed(said.join("; "))
                .hint(RATE_LIMIT.fix),
        )
    }

    /// Losses in a row, where answers come before and after.
    fn drops(&self) -> Option<String> {
        let lost = self.packets.iter().filter(|(_, lost)| *lost).count();
        let answered = self.packets.len() - lost;
        if lost < LEAST_LOST || answered == 0 {
            return None;
        }
        let changes = self.packets.windows(2).filter(|two| two[0].1 != two[1].1);
        let runs = 1 + changes.count();
        if clustering(answered, lost, runs) > CLUSTERED {
            return None;
        }
        let runs = self.packets.chunk_by(|one, two| one.1 == two.1);
        let longest = runs.filter(|run| run[0].1).map(<[_]>::len).max()?;
        let first = self.packets.iter().take_while(|(_, lost)| !lost).count();
        let last = self.packets.iter().rposition(|(_, lost)| !lost)?;
        let since = self.packets.len() - 1 - last;
        let after = match since >= LEAST_LOST && since >= lost / 2 {
            true => format!(
                "nothing answered among the last {since}: it may have ended, or locked this machine out"
            ),
            false => "answers came again later".to_owned(),
        };
        Some(format!(
            "{first} packets answered, then losses in a row, up to {longest} and {lost} of {} in all, unlike loss on the network path; {after}",
            self.packets.len()
        ))
    }
}

fn is_small(reply: &Reply) -> bool {
    let sizes = reply.records.iter().map(|record| record.data.len() + 32);
    sizes.sum::<usize>() <= SMALL
}

/// How many standard deviations the number of runs lies from what chance gives.
fn clustering(answered: usize, lost: usize, runs: usize) -> f64 {
    let (answered, lost, runs) = (answered as f64, lost as f64, runs as f64);
    let all = answered + lost;
    let pairs = 2.0 * answered * lost;
    let expected = pairs / all + 1.0;
    let variance = pairs * (pairs - all) / (all * all * (all - 1.0));
    match variance > 0.0 {
        true => (runs - expected) / variance.sqrt(),
        false => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treated(pattern: &str) -> Treated {
        let packets = pattern.chars().enumerate();
        Treated {
            packets: packets.map(|(at, sign)| (at as u64, sign == 'x')).collect(),
            ..Treated::default()
        }
    }

    #[test]
    fn a_limit_drops_in_a_row_and_a_path_anywhere() {
        let limit =
            "....................xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx....................".to_owned();
        let text = treated(&limit).drops().unwrap();
        assert!(
            text.starts_with("20 packets answered, then losses in a row, up to 30 and 30 of 70"),
            "{text}"
        );
        assert!(text.ends_with("answers came again later"), "{text}");
        // One in ten slips through.
        let leaky =
            "..........xxxxxxxxx.xxxxxxxxx.xxxxxxxxx.xxxxxxxxx...........xxxxxxxxx.xxxxxxxxx"
                .to_owned();
        assert!(treated(&leaky).drops().is_some());
        let locked_out = ".".repeat(30) + &"x".repeat(30);
        let text = treated(&locked_out).drops().unwrap();
        assert!(
            text.contains("nothing answered among the last 30"),
            "{text}"
        );
        for path in [
            "..x.".repeat(50),
            ".......x....x..x........x...x.......x..x".repeat(4),
            ".xx..x.xxx...x..xx.x".repeat(5),
            ".".repeat(200),
            "x".repeat(200),
            "....xxxx".to_owned(), // too few
        ] {
            assert_eq!(treated(&path).drops(), None, "{path}");
        }
    }
}
