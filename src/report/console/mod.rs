//! What a run prints on the terminal: a short list of the checks, what was waived or skipped, then what went wrong with
//! its evidence, and the verdict as the very last line.
//!
//! Words and symbols carry the meaning; colour only repeats it.

mod page;
mod status_style;

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Effects};
use unicode_width::UnicodeWidthStr as _;

use self::page::{Page, pad, wrap};
use self::status_style::symbol;
use super::{escape, words};
use crate::model::{CheckRecord, Finding, RunRecord, Severity, Status, Verdict};

pub use self::status_style::{paint, status_style, word};

/// How to lay the summary out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Columns. Only a word that is longer goes beyond.
    pub width: usize,
}

/// Most findings shown of one check; the reports hold them all.
const MOST_FINDINGS: usize = 12;
/// Most lines shown of one expected, observed or hint.
const MOST_LINES: usize = 12;
/// Widest id that the columns of the short list make room for.
const WIDEST_ID: usize = 26;
/// Narrowest column for a title beside its id; below, the title goes under it.
const NARROWEST_TITLE: usize = 24;

/// The summary of a run, ready to print.
pub fn summary(record: &RunRecord, style: Style) -> String {
    let mut page = Page {
        text: String::new(),
        style,
    };
    page.head(record);
    let selected: Vec<_> = record
        .checks
        .iter()
        .filter(|check| check.is_selected())
        .collect();
    page.short_list(&selected);
    page.group(record, "Warnings", |check| check.status == Status::Warn);
    page.waivers(record);
    page.not_looked_at(record);
    page.group(record, "Failed, advisory", |check| {
        is_open(check) && check.severity == Severity::Advisory
    });
    page.group(record, "Could not be determined", |check| {
        is_open(check) && check.severity == Severity::Blocker && check.status == Status::Error
    });
    page.group(record, "Failed", |check| {
        is_open(check) && check.severity == Severity::Blocker && check.status == Status::Fail
    });
    page.foot(record);
    page.text
}

fn is_open(check: &CheckRecord) -> bool {
    check.waiver.is_none() && matches!(check.status, Status::Fail | Status::Error)
}

impl Page {
    fn head(&mut self, record: &RunRecord) {
        let mut head = words::launch(&record.launch);
        if let Some(at) = record.launch.at {
            let _ = write!(head, ", T-0 {}", words::instant(at));
        }
        self.wrapped("", "", &head, anstyle::Style::new().bold());
    }

    /// One line for each check where the width allows it.
    fn short_list(&mut self, checks: &[&CheckRecord]) {
        self.blank();
        let ids = checks.iter().map(|check| escape::text(&check.id).width());
        let widest = ids.max().unwrap_or(0).min(WIDEST_ID);
        for check in checks {
            let id = escape::text(&check.id);
            let took = match check.attempts.len() {
                0 => String::new(),
                _ => words::duration(Duration::from_millis(check.duration_ms)),
            };
            let mark = self.mark(check);
            let room = self.style.width.saturating_sub(9 + took.width() + 2);
            let title = if check.title == check.id {
                ""
            } else {
                &check.title
            };
            let beside = room.saturating_sub(widest + 2);
            let column = wrap(title, beside);
            let fits = beside >= NARROWEST_TITLE
                && id.width() <= widest
                && column.iter().all(|line| line.width() <= beside);
            let (first, indent, rest) = if fits {
                let mut lines = column.into_iter();
                let first = lines.next().unwrap_or_default();
                (
                    format!("{id}{}  {first}", pad(&id, widest)),
                    widest + 2,
                    lines.collect(),
                )
            } else {
                let mut lines = wrap(&check.id, room).into_iter();
                let first = lines.next().unwrap_or_default();
                let under = wrap(title, self.style.width.saturating_sub(9));
                (first, 0, lines.chain(under).collect::<Vec<_>>())
            };
            let gap = pad(&first, (room + 2).max(first.width() + 1));
            let line = format!("{mark} {first}{gap}{took}");
            let _ = writeln!(self.text, "{}", line.trim_end());
            for line in rest.iter().filter(|line| !line.is_empty()) {
                let _ = writeln!(self.text, "{}{line}", " ".repeat(9 + indent));
            }
        }
    }

    /// Checks of one kind with their open findings.
    fn group(&mut self, record: &RunRecord, heading: &str, belongs: impl Fn(&CheckRecord) -> bool) {
        let checks: Vec<_> = record
            .checks
            .iter()
            .filter(|check| belongs(check))
            .collect();
        if !checks.is_empty() {
            self.heading(&format!("{heading} ({})", checks.len()));
        }
        for (number, check) in checks.into_iter().enumerate() {
            if number > 0 {
                self.blank();
            }
            self.check(record, check);
        }
    }

    fn check(&mut self, record: &RunRecord, check: &CheckRecord) {
        let mut name = check.id.clone();
        if check.title != check.id {
            let _ = write!(name, ": {}", check.title);
        }
        let mark = self.mark(check);
        self.hang(&mark, 8, &name, anstyle::Style::new().bold());
        self.wrapped("  ", "  ", &about(check), anstyle::Style::new().dimmed());
        for waiver in record
            .expired_waivers
            .iter()
            .filter(|waiver| waiver.check == check.id)
        {
            let expired = format!(
                "{}'s waiver expired on {}",
                waiver.approved_by,
                words::instant(waiver.expires)
            );
            self.wrapped("  ", "  ", &expired, anstyle::Style::new());
        }
        let open = words::open_findings(check);
        for finding in open.iter().take(MOST_FINDINGS) {
            self.finding(finding);
        }
        if open.len() > MOST_FINDINGS {
            let more = words::count(open.len() - MOST_FINDINGS, "more finding");
            self.wrapped(
                "  ",
                "  ",
                &format!("and {more}, see the report"),
                anstyle::Style::new(),
            );
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let waived = finding.waived_by.is_some();
        let mark = paint(
            symbol(finding.status, waived),
            status_style(finding.status, waived),
            self.style.color,
        );
        self.hang(
            &format!("  {mark}"),
            3,
            &words::claim(finding),
            anstyle::Style::new(),
        );
        for (part, said) in [
            ("expected", &finding.expected),
            ("observed", &finding.observed),
            ("hint", &finding.hint),
        ] {
            let Some(said) = said else { continue };
            let room = self.style.width.saturating_sub(14);
            let lines: Vec<String> = said.lines().flat_map(|line| wrap(line, room)).collect();
            for (number, line) in lines.iter().take(MOST_LINES).enumerate() {
                let part = if number == 0 { part } else { "" };
                let part = paint(
                    &format!("{part:<8}"),
                    anstyle::Style::new().dimmed(),
                    self.style.color,
                );
                let _ = writeln!(self.text, "    {part}  {line}");
            }
            if lines.len() > MOST_LINES {
                let more = words::count(lines.len() - MOST_LINES, "more line");
                let _ = writeln!(self.text, "{}({more}, see the report)", " ".repeat(14));
            }
        }
    }

    fn waivers(&mut self, record: &RunRecord) {
        let waived: Vec<_> = record
            .checks
            .iter()
            .filter(|check| check.is_waived())
            .collect();
        if !waived.is_empty() {
            self.heading("Waived");
        }
        for check in waived {
            let mark = self.mark(check);
            self.hang(&mark, 8, &check.id, anstyle::Style::new().bold());
            for waiver in check.waivers() {
                self.wrapped("  ", "  ", &words::waiver(waiver), anstyle::Style::new());
            }
            for finding in words::open_findings(check).iter().take(MOST_FINDINGS) {
                self.finding(finding);
            }
        }
        self.expired(record);
        if !record.warnings.is_empty() {
            self.heading("Warnings about the run");
        }
        for warning in record.warnings.iter().take(MOST_FINDINGS) {
            self.finding(warning);
        }
    }

    /// Waivers that have expired, unless the check they were for says so itself.
    fn expired(&mut self, record: &RunRecord) {
        let failed = |id: &str| {
            record
                .checks
                .iter()
                .any(|check| check.id == id && is_open(check))
        };
        let stale: Vec<_> = record
            .expired_waivers
            .iter()
            .filter(|waiver| !failed(&waiver.check))
            .collect();
        if !stale.is_empty() {
            self.heading("Expired waivers");
        }
        for waiver in stale {
            let text = format!(
                "{}: approved by {}, expired on {}; remove it from the checklist",
                waiver.check,
                waiver.approved_by,
                words::instant(waiver.expires)
            );
            self.wrapped("  ", "    ", &text, anstyle::Style::new());
        }
    }

    fn not_looked_at(&mut self, record: &RunRecord) {
        let skipped = |check: &&CheckRecord| check.status == Status::Skipped && !check.is_waived();
        let skipped: Vec<_> = record.checks.iter().filter(skipped).collect();
        if !skipped.is_empty() {
            self.heading(&format!("Skipped ({})", skipped.len()));
        }
        for check in skipped {
            let mark = self.mark(check);
            self.hang(&mark, 8, &check.id, anstyle::Style::new().bold());
            for finding in words::open_findings(check).iter().take(MOST_FINDINGS) {
                self.finding(finding);
            }
        }
    }

    fn foot(&mut self, record: &RunRecord) {
        self.blank();
        let name = words::launch(&record.launch);
        let checks = words::count(record.checks.len(), "check");
        let counts = words::counts(record).into_iter();
        let counts: String = counts
            .map(|(_, number, word)| format!(", {number} {word}"))
            .collect();
        let counts = format!("{name}: {checks}{counts}");
        self.wrapped("", "", &counts, anstyle::Style::new());
        if !record.run.complete {
            let by = record
                .run
                .interrupted_by
                .as_deref()
                .map(|signal| format!(" by {signal}"));
            let text = format!(
                "INCOMPLETE: the run was interrupted{}",
                by.unwrap_or_default()
            );
            self.wrapped("", "", &text, AnsiColor::Yellow.on_default());
        }
        let (look, symbol) = match record.verdict {
            Verdict::Go => (AnsiColor::Green.on_default(), "✓"),
            Verdict::NoGo => (AnsiColor::Red.on_default(), "✗"),
            Verdict::Undetermined => (AnsiColor::Magenta.on_default(), "?"),
        };
        // The word is bold; what it is limited to goes with the reason, which may wrap.
        let word = record.verdict.headline();
        let part = record.headline.strip_prefix(word).unwrap_or_default();
        let because = words::because(record);
        let (headline, because) = match part.trim() {
            "" => (format!("{symbol} {word}:"), because),
            part => (format!("{symbol} {word}"), format!("{part}: {because}")),
        };
        let mark = paint(&headline, look | Effects::BOLD, self.style.color);
        self.hang(&mark, headline.width(), &because, anstyle::Style::new());
    }
}

/// What a failed check is, beside its name.
fn about(check: &CheckRecord) -> String {
    let mut about = format!("{}, module {}", check.severity, check.module);
    if let Some(owner) = &check.owner {
        let _ = write!(about, ", owner {owner}");
    }
    if let Some(phase) = &check.phase {
        let _ = write!(about, ", phase {phase}");
    }
    if check.attempts.len() > 1 {
        let _ = write!(about, ", {} attempts", check.attempts.len());
    }
    about
}
