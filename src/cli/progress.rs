//! The live console: the engine's events, shown on stderr as they happen.
//!
//! [`Board`] is the state, and pure. [`watch`] feeds it and draws: on a terminal a bar with the running checks,
//! elsewhere a line for each finished check.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::engine::event::Event;
use crate::instrument::clock;
use crate::model::Status;
use crate::model::units::Period;
use crate::report::console::{paint, status_style, word};
use crate::report::{escape, words};

use super::terminal;

/// A check as the console names it, in the order of the run's list of checks.
#[derive(Clone, Debug)]
pub struct Line {
    /// Unique name.
    pub id: String,
    /// What it assures, in words.
    pub title: String,
}

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A bar and the running checks, for a terminal.
    Live,
    /// A line for each finished check, for logs.
    Plain,
    /// Nothing.
    Quiet,
}

/// Most running checks to list under the bar.
const MOST_RUNNING: usize = 6;
/// How often the bar is redrawn when nothing happens.
const BEAT: Duration = Duration::from_millis(200);
/// Most events taken at a time.
const BATCH: usize = 1024;

/// Shows the events on stderr until the engine closes its end.
pub async fn watch(
    mut events: UnboundedReceiver<Event>,
    checks: Vec<Line>,
    mode: Mode,
    color: bool,
) {
    let mut board = Board::new(checks, mode, color);
    let bar = match mode {
        Mode::Live => terminal::bar(),
        Mode::Plain | Mode::Quiet => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("[{bar:24}] {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            taken = events.recv_many(&mut batch, BATCH) => if taken == 0 { break },
            _ = beat.tick() => {}
        }
        let lines: Vec<_> = batch
            .drain(..)
            .filter_map(|event| board.note(event, clock::instant()))
            .collect();
        match mode {
            Mode::Quiet => {}
            Mode::Plain => show(&lines),
            Mode::Live => {
                show(&lines);
                bar.set_length(board.checks.len() as u64);
                bar.set_position(board.finished as u64);
                let running = board.running(clock::instant(), terminal::columns());
                terminal::beside_the_bar(&bar, &running);
            }
        }
    }
    terminal::take_bar_away();
}

fn show(lines: &[String]) {
    if !lines.is_empty() {
        terminal::lines(&lines.join("\n"));
    }
}

/// The state of the run, from the events so far.
#[derive(Debug)]
struct Board {
    checks: Vec<Line>,
    mode: Mode,
    color: bool,
    running: BTreeMap<usize, (Instant, u32)>,
    finished: usize,
    began: Option<Instant>,
    stopping: bool,
}

impl Board {
    fn new(checks: Vec<Line>, mode: Mode, color: bool) -> Self {
        Self {
            checks,
            mode,
            color,
            running: BTreeMap::new(),
            finished: 0,
            began: None,
            stopping: false,
        }
    }

    /// Takes an event in, and returns the line to print for it, if any.
    fn note(&mut self, event: Event, now: Instant) -> Option<String> {
        match event {
            Event::RunStarted { .. } => {
                self.began = Some(now);
                None
            }
            Event::AttemptStarted { check, number } => {
                let (_, attempt) = self.running.entry(check).or_insert((now, number));
                *attempt = number;
                None
            }
            Event::AttemptFailed {
                check,
                number,
                status,
                saw,
                pause,
            } => {
                let saw = saw.map_or_else(String::new, |saw| format!(": {saw}"));
                let said = format!(
                    "attempt {number}: {status}, retrying in {}{saw}",
                    words::duration(pause)
                );
                let said = escape::text(&said);
                Some(self.line("RETRY", anstyle::Style::new(), check, &said))
            }
            Event::CheckFinished {
                check,
                status,
                waived,
                duration,
            } => {
                self.running.remove(&check);
                self.finished += 1;
                let shown = self.mode == Mode::Plain || status != Status::Pass;
                shown.then(|| {
                    let took = words::duration(duration);
                    self.line(
                        word(status, waived),
                        status_style(status, waived),
                        check,
                        &took,
                    )
                })
            }
            Event::Stopping => {
                self.stopping = true;
                None // the signal has been answered where it came in
            }
            Event::RunFinished { .. } => None,
        }
    }

    fn line(&self, word: &str, look: anstyle::Style, check: usize, said: &str) -> String {
        let word = paint(&format!("{word:<6}"), look, self.color);
        format!("{word} {} {said}", self.name(check))
    }

    fn name(&self, check: usize) -> String {
        self.checks.get(check).map_or_else(
            || format!("#{check}"),
            |line| escape::text(&line.id).into_owned(),
        )
    }

    /// The text beside the bar and the lines under it: the checks that have been running longest.
    fn running(&self, now: Instant, columns: usize) -> String {
        let since = |begin: Instant| elapsed(now.saturating_duration_since(begin));
        let mut text = format!("{}/{} checks", self.finished, self.checks.len());
        if let Some(began) = self.began {
            text.push_str(&format!(", {}", since(began)));
        }
        if self.stopping {
            text.push_str(", stopping");
        }
        let mut running: Vec<_> = self.running.iter().collect();
        running.sort_by_key(|(check, (begin, _))| (*begin, **check));
        for (check, (begin, attempt)) in running.iter().take(MOST_RUNNING) {
            let mut line = format!("  {:>8}  {}", since(*begin), self.name(**check));
            if *attempt > 1 {
                line.push_str(&format!(" (attempt {attempt})"));
            }
            if let Some(check) = self
                .checks
                .get(**check)
                .filter(|check| check.title != check.id)
            {
                line.push_str(&format!("  {}", escape::text(&check.title)));
            }
            text.push('\n');
            text.push_str(&cut(&line, columns.saturating_sub(1)));
        }
        if running.len() > MOST_RUNNING {
            text.push_str(&format!("\n  and {} more", running.len() - MOST_RUNNING));
        }
        text
    }
}

/// Whole seconds: what changes faster cannot be read.
fn elapsed(length: Duration) -> String {
    Period(Duration::from_secs(length.as_secs())).to_string()
}

/// The line cut to a width, so that the terminal does not break it.
fn cut(line: &str, columns: usize) -> String {
    if line.width() <= columns {
        return line.to_owned();
    }
    let mut used = 1; // the ellipsis
    let fits = line.chars().take_while(|character| {
        used += character.width().unwrap_or_default();
        used <= columns
    });
    fits.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(mode: Mode) -> Board {
        let line = |id: &str, title: &str| Line {
            id: id.into(),
            title: title.into(),
        };
        let checks = vec![
            line("login-names", "Login names resolve everywhere"),
            line("evil\u{1b}[2J", "evil"),
            line(
                "网关证书",
                "网关证书在发布窗口内有效,并且所有接入点都提供同一张证书",
            ),
        ];
        Board::new(checks, mode, false)
    }

    fn finished(check: usize, status: Status, waived: bool) -> Event {
        Event::CheckFinished {
            check,
            status,
            waived,
            duration: Duration::from_millis(240),
        }
    }

    #[test]
    fn plain_lines_report_every_check_and_every_retry() {
        let mut board = board(Mode::Plain);
        let now = clock::instant();
        let retry = Event::AttemptFailed {
            check: 0,
            number: 1,
            status: Status::Error,
            saw: Some("no answer".to_owned()),
            pause: Duration::from_millis(500),
        };
        let lines: Vec<_> = [
            Event::RunStarted { checks: 3 },
            Event::AttemptStarted {
                check: 0,
                number: 1,
            },
            retry,
            finished(0, Status::Pass, false),
            finished(1, Status::Fail, false),
            Event::Stopping,
            finished(2, Status::Fail, true),
        ]
        .into_iter()
        .filter_map(|event| board.note(event, now))
        .collect();
        assert_eq!(
            lines,
            [
                "RETRY  login-names attempt 1: error, retrying in 0.5 s: no answer",
                "PASS   login-names 0.2 s",
                "FAIL   evil\\u{1b}[2J 0.2 s",
                "WAIVED 网关证书 0.2 s",
            ]
        );
    }

    #[test]
    fn a_live_console_prints_what_did_not_pass_and_lists_what_runs() {
        let mut board = board(Mode::Live);
        let now = clock::instant();
        for (check, number) in [(0, 1), (1, 1), (2, 1), (2, 2)] {
            assert_eq!(
                board.note(Event::AttemptStarted { check, number }, now),
                None
            );
        }
        assert_eq!(board.note(finished(0, Status::Pass, false), now), None);
        let later = now + Duration::from_secs(61);
        let text = board.running(later, 40);
        insta::assert_snapshot!(text, @r"
        1/3 checks
          1 min 1 s  evil\u{1b}[2J  evil
          1 min 1 s  网关证书 (attempt 2)  网…
        ");
        assert!(text.lines().all(|line| line.width() < 40));
        assert!(board.note(finished(1, Status::Error, false), now).is_some());
    }

    #[test]
    fn a_crowd_is_counted_rather_than_listed() {
        let mut board = board(Mode::Live);
        let now = clock::instant();
        for check in 0..100 {
            board.note(Event::AttemptStarted { check, number: 1 }, now);
        }
        let text = board.running(now, 80);
        assert_eq!(text.lines().count(), MOST_RUNNING + 2);
        assert!(text.ends_with("and 94 more"), "{text}");
    }
}
