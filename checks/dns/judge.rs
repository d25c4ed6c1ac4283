//! Decides what the exchanges mean for a launch.

use std::collections::BTreeSet;
use std::time::Duration;

use super::probe::Observation;
use super::reading::{Reading, canonical, join};
use super::settings::Settings;
use super::view::{Row, View};
use super::worst::{EACH, WORST, Worst};
use super::{
    absent, extended, figures, limits, machine, reachable, region, rules, sessions, source, warm,
};
use crate::instrument::dns::Stray;
use crate::model::units::Period;
use crate::model::{Finding, Judgement, Status};

/// The findings, then numbers and pictures.
pub(super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let view = View::new(settings, observation);
    let courses = warm::of(&view);
    let mut findings = view.resolve();
    if settings.same_answer && settings.resolvers.len() > 1 {
        findings.extend(view.same_answers());
    }
    findings.extend(rules::judge(&view));
    findings.extend(absent::judge(settings, observation));
    findings.extend(region::judge(settings, observation));
    findings.extend(reachable::judge(&view));
    findings.extend(view.ttls());
    findings.extend(source::judge(settings, observation));
    findings.extend(warm::judge(&view, &courses));
    findings.extend(machine::judge(&view));
    findings.extend(view.latencies());
    findings.extend(view.losses());
    findings.extend(limits::judge(&view));
    findings.extend(extended::judge(&view));
    findings.extend(sessions::judge(settings, observation));
    findings.extend(view.strays());
    let mut measures = figures::measures(&view, &courses);
    measures.extend(reachable::measures(observation));
    let mut exhibits = figures::exhibits(&view, &courses);
    exhibits.extend(extended::exhibit(&view));
    exhibits.extend(region::exhibit(observation));
    exhibits.extend(source::exhibit(observation));
    Judgement {
        findings,
        measures,
        exhibits,
    }
}

impl View<'_> {
    /// Whether every question is answered as it should be. A long list gets a summary and its worst.
    fn resolve(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.unknown_expectations().into_iter().collect();
        let all = self.questions();
        if all <= EACH {
            findings.extend(self.rows().map(|row| self.resolves(&row).1));
            return findings;
        }
        let mut wrong = Worst::default();
        for row in self.rows() {
            let (kind, finding) = self.resolves(&row);
            if finding.status != Status::Pass {
                wrong.add(kind, finding);
            }
        }
        let (status, counts) = wrong.summary();
        let right = all - wrong.total();
        let claim = format!("All {all} questions are answered at {}", self.everywhere());
        let mut finding = Finding::new(status, claim)
            .expected("an answer to each, and the expected one where one is given");
        finding = match wrong.total() {
            0 => finding.observed(format!("{right} of {all}")),
            _ => finding
                .observed(format!("{right} of {all}; {counts}"))
                .hint(format!(
                    "the {WORST} worst follow; the evidence tells of the others"
                )),
        };
        findings.push(finding);
        findings.extend(wrong.findings());
        findings
    }

    /// Expectations of names that nobody asks for: with a file of names, only its contents tell.
    fn unknown_expectations(&self) -> Option<Finding> {
        self.settings.names_file.as_ref()?;
        let listed = self.observation.listed_names().iter();
        let asked: BTreeSet<_> = listed.chain(&self.settings.names).collect();
        let expected = self.settings.expect.keys();
        let unknown = expected.filter(|name| !asked.contains(name));
        let unknown: Vec<_> = unknown.map(ToString::to_string).collect();
        (!unknown.is_empty()).then(|| {
            Finding::error("Every name with expected answers is asked for")
                .expected("each name of `expect` among the names")
                .observed(format!("not listed: {}", join(&unknown)))
                .hint("add them to the file, or mend their spelling in `expect`")
        })
    }

    /// One question at all resolvers, and the word under which it is counted.
    fn resolves(&self, row: &Row<'_>) -> (&'static str, Finding) {
        let wanted: BTreeSet<String> = self
            .settings
            .expected(row.name, row.kind)
            .into_iter()
            .map(|value| canonical(row.kind, value))
            .collect();
        let mut status = Status::Pass;
        let mut kind = "answered";
        let mut hints = BTreeSet::new();
        let mut seen = Groups::default();
        for (resolver, cell) in self.resolvers.iter().zip(&row.cells) {
            let (mut of_cell, mut word) = (cell.reading.status(), cell.reading.word());
            hints.extend(cell.reading.hint().map(str::to_owned));
            if let Reading::Answer(answer) = &cell.reading
                && !wanted.is_empty()
                && answer.data != wanted
            {
                (of_cell, word) = (Status::Fail, "other records than expected");
                hints.insert(difference(&wanted, &answer.data));
            }
            seen.add(cell.reading.text(), resolver);
            let worst = Status::worst([status, of_cell]);
            if worst != status {
                (status, kind) = (worst, word);
            }
        }
        let claim = format!(
            "{} {} {} at {}",
            row.name,
            row.kind,
            match wanted.is_empty() {
                true => "resolves",
                false => "resolves as expected",
            },
            self.everywhere()
        );
        let expected = match wanted.is_empty() {
            true => "an answer".to_owned(),
            false => join(&wanted),
        };
        let finding = Finding::new(status, claim)
            .expected(expected)
            .observed(seen.text());
        let finding = match hints.is_empty() {
            true => finding,
            false => finding.hint(hints.into_iter().collect::<Vec<_>>().join("; ")),
        };
        (kind, finding)
    }

    fn everywhere(&self) -> String {
        match self.resolvers.as_slice() {
            [one] => one.clone(),
            all => format!("all {} resolvers", all.len()),
        }
    }

    fn same_answers(&self) -> Vec<Finding> {
        let mut different = Worst::default();
        let mut compared = 0;
        let mut open = Vec::new();
        for row in self.rows() {
            let mut seen = Groups::default();
            let mut answers = BTreeSet::new();
            let mut count = 0;
            for (resolver, cell) in self.resolvers.iter().zip(&row.cells) {
                if let Reading::Answer(answer) = &cell.reading {
                    answers.insert(&answer.data);
                    seen.add(cell.reading.text(), resolver);
                    count += 1;
                }
            }
            match (answers.len(), count) {
                (2.., _) => different.add(
                    "questions answered differently",
                    Finding::fail(format!("{} {} is the same at every resolver", row.name, row.kind))
                        .expected("one set of records")
                        .observed(seen.text())
                        .hint("a change still spreads (wait out the old TTL), the resolvers see different views of the \
                               zone, or one holds a forged answer; where answers differ by design, set `same-answer = false`"),
                ),
                (_, 2..) => compared += 1,
                _ => open.push(format!("{} {}", row.name, row.kind)),
            }
        }
        let claim = "Resolvers that answer give the same answer";
        let all = self.questions();
        let mut findings = different.into_findings(claim, all);
        if !open.is_empty() {
            findings.push(
                Finding::error(claim)
                    .expected("two answers or more to compare")
                    .observed(format!("fewer for {}", join(&open)))
                    .hint("see why the resolvers give no answer"),
            );
        } else if findings.is_empty() {
            let observed = format!("{compared} of {all} questions answered alike");
            findings.push(
                Finding::pass(claim)
                    .expected("one set of records for each question")
                    .observed(observed),
            );
        }
        findings
    }

    fn ttls(&self) -> Vec<Finding> {
        let bounds = [
            // At the source the zone's own TTL is seen, and what caches have left of it says nothing more.
            self.settings
                .ttl_min
                .filter(|_| !self.settings.authoritative)
                .map(|bound| (bound, false)),
            self.settings.ttl_max.map(|bound| (bound, true)),
        ];
        bounds
            .into_iter()
            .flatten()
            .flat_map(|(bound, longest)| self.ttl(bound, longest))
            .collect()
    }

    /// Whether TTLs keep a bound, above which (`longest`) or below which none may lie.
    fn ttl(&self, bound: Period, longest: bool) -> Vec<Finding> {
        let (word, expected) = match longest {
            true => ("above", format!("at most {bound}")),
            false => ("below", format!("at least {bound}")),
        };
        let mut broken = Worst::default();
        let mut seen: Option<(u32, u32)> = None;
        for row in self.rows() {
            let mut status = Status::Pass;
            let mut outside = Groups::default();
            for (resolver, cell) in self.resolvers.iter().zip(&row.cells) {
                let Reading::Answer(answer) = &cell.reading else {
                    continue;
                };
                let Some((least, most)) = answer.ttl else {
                    continue;
                };
                let (low, high) = seen.unwrap_or((least, most));
                seen = Some((low.min(least), high.max(most)));
                let ttl = if longest { most } else { least };
                let exact = Duration::from_secs(ttl.into());
                let wrong = if longest {
                    exact > bound.0
                } else {
                    exact < bound.0
                };
                if wrong {
                    // A cache's TTL counts down: below the bound it proves nothing about the zone.
                    let proved = longest || answer.aa;
                    let of_cell = if proved { Status::Fail } else { Status::Error };
                    status = Status::worst([status, of_cell]);
                    outside.add(
                        format!("{ttl} s{}", if proved { "" } else { " left in a cache" }),
                        resolver,
                    );
                }
            }
            if status != Status::Pass {
                let claim = format!("{} {} has no TTL {word} {bound}", row.name, row.kind);
                let hint = match (status, longest) {
                    (Status::Error, _) => {
                        "caches count TTLs down: ask an authoritative server for `ttl-min`"
                    }
                    (_, true) => {
                        "lower the TTL in the zone, then wait until the old one has run out everywhere"
                    }
                    (_, false) => "raise the TTL in the zone",
                };
                broken.add(
                    format!("questions with a TTL {word} {bound}"),
                    Finding::new(status, claim)
                        .expected(&*expected)
                        .observed(outside.text())
                        .hint(hint),
                );
            }
        }
        let claim = format!("No TTL is {word} {bound}");
        let mut findings = broken.into_findings(&claim, self.questions());
        match seen {
            None => findings.push(
                Finding::error(claim)
                    .expected(expected)
                    .observed("no TTL was seen"),
            ),
            Some((low, high)) if findings.is_empty() => {
                let observed = format!("{low} s to {high} s, as handed out");
                findings.push(Finding::pass(claim).expected(expected).observed(observed));
            }
            Some(_) => {}
        }
        findings
    }

    /// The rounds whose times count: the first one warms the caches, unless it is the only one.
    fn timed_rounds(&self) -> std::ops::Range<u32> {
        u32::from(self.rounds > 1)..self.rounds
    }

    fn latencies(&self) -> Vec<Finding> {
        let Some(limit) = self.settings.latency_max else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        let mut slowest: Option<(u64, String)> = None;
        for (place, resolver) in self.resolvers.iter().enumerate() {
            let claim = format!("{resolver} answers within {limit}");
            let expected = format!("at most {limit} for each answer");
            let timed = self.timed_rounds().flat_map(|round| {
                let entries = self.entries(round, place);
                entries.filter_map(|(question, entry)| Some((entry.latency_us()?, question)))
            });
            let timed: Vec<_> = timed.collect();
            let Some((worst, question)) = timed.iter().max_by_key(|(latency, _)| *latency) else {
                findings.push(
                    Finding::error(claim)
                        .expected(expected)
                        .observed("no answer to time"),
                );
                continue;
            };
            let asked = self.asked(*question);
            let text = format!("{} for {} {}", millis(*worst), asked.name, asked.kind);
            let slow = timed
                .iter()
                .filter(|(latency, _)| Duration::from_micros(*latency) > limit.0)
                .count();
            if slow > 0 {
                findings.push(
                    Finding::fail(claim)
                        .expected(expected)
                        .observed(format!("{slow} of {} answers took longer, the slowest {text}", timed.len()))
                        .hint("warm the resolver's cache by asking again; if it stays slow, look at its load and the way to it"),
                );
            }
            if slowest.as_ref().is_none_or(|(most, _)| worst > most) {
                slowest = Some((*worst, format!("slowest {text} at {resolver}")));
            }
        }
        if let (true, Some((_, text))) = (findings.is_empty(), slowest) {
            let claim = format!("Every answer comes within {limit}");
            findings.push(
                Finding::pass(claim)
                    .expected(format!("at most {limit}"))
                    .observed(text),
            );
        }
        findings
    }

    /// A question that was answered at a later try has lost a packet on the way.
    fn losses(&self) -> Option<Finding> {
        let by_resolver = self.resolvers.iter().enumerate().map(|(place, resolver)| {
            let entries = (0..self.rounds).flat_map(|round| self.entries(round, place));
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
        let lossy =
            lossy.map(|(resolver, sent, lost)| format!("{lost} of {sent} lost at {resolver}"));
        let observed = join(&lossy.collect::<Vec<_>>());
        Some(match lost {
            0 => Finding::pass(claim).observed(format!("{sent} packets, none lost")),
            _ => Finding::warn(claim)
                .expected(format!("an answer to each of {sent} packets"))
                .observed(observed)
                .hint("clients wait seconds for every lost packet: look at the way to the resolver, its load and its rate limit"),
        })
    }

    fn strays(&self) -> Option<Finding> {
        let mut seen = Vec::new();
        for notes in &self.observation.resolvers {
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

fn difference(wanted: &BTreeSet<String>, got: &BTreeSet<String>) -> String {
    let missing: Vec<_> = wanted.difference(got).cloned().collect();
    let surplus: Vec<_> = got.difference(wanted).cloned().collect();
    let parts = [("missing", missing), ("not expected", surplus)];
    let parts = parts.iter().filter(|(_, list)| !list.is_empty());
    let parts = parts.map(|(word, list)| format!("{word}: {}", join(list)));
    format!(
        "mend the zone or the expectation ({})",
        parts.collect::<Vec<_>>().join("; ")
    )
}

/// Microseconds as shown.
fn millis(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1000.0)
}

/// What was seen, with the resolvers that showed it, in the order of their first.
#[derive(Default)]
pub(super) struct Groups<'a>(Vec<(String, Vec<&'a str>)>);

impl<'a> Groups<'a> {
    pub(super) fn add(&mut self, text: String, resolver: &'a str) {
        match self.0.iter_mut().find(|(met, _)| *met == text) {
            Some((_, resolvers)) => resolvers.push(resolver),
            None => self.0.push((text, vec![resolver])),
        }
    }

    /// How many different things were seen.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn text(&self) -> String {
        let groups = self.0.iter();
        let groups = groups.map(|(text, resolvers)| format!("{text} ({})", resolvers.join(", ")));
        groups.collect::<Vec<_>>().join("; ")
    }
}
