//! Exit code and output against what was expected of them.

use std::ops::Range;

use super::output::{Matched, Printed, Stream, matched_line, shortened};
use super::rules::{
    DURATION, ENDED, EXIT_CODE, LEFT_RUNNING, OUTPUT_LACKS, OUTPUT_MATCHES, STARTED,
};
use super::{Observation, Obstacle, Outcome, Settings, shown};
use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::Exit;
use crate::model::digest::sha256_hex;
use crate::model::pattern::Pattern;
use crate::model::secret::MASK;
use crate::model::{Finding, Judgement};

pub(super) fn judge(settings: &Settings, seen: &Observation) -> Judgement {
    let mut judgement = Judgement::default();
    let findings = &mut judgement.findings;
    match &seen.outcome {
        Some(Outcome::NotRun { obstacle, message }) => {
            findings.push(not_run(settings, *obstacle, message));
            return judgement;
        }
        None => findings.push(not_ended(settings, seen)),
        Some(Outcome::Ended {
            exit,
            duration_ms,
            output_held,
            output_held_on,
            carriage_return,
        }) => {
            findings.push(ended(settings, exit, carriage_return.as_deref(), seen));
            if *output_held {
                findings.push(held(settings, *output_held_on));
            }
            let seconds = *duration_ms as f64 / 1000.0;
            judgement.measures.push(DURATION.measure(seconds, []));
        }
    }
    let finished = seen.outcome.is_some();
    for stream in [Stream::Stdout, Stream::Stderr] {
        let printed = stream.of(seen);
        let output = Output {
            name: stream.name(),
            printed,
            finished,
        };
        let [wanted, unwanted] = stream.patterns(settings);
        findings.extend(wanted.iter().map(|pattern| output.matches(pattern)));
        findings.extend(unwanted.iter().map(|pattern| output.lacks(pattern)));
    }
    judgement
}

/// What findings about the program itself are about.
fn program(settings: &Settings) -> &str {
    settings.run.first().map_or("", String::as_str)
}

fn not_run(settings: &Settings, obstacle: Obstacle, message: &str) -> Finding {
    let hint = match obstacle {
        Obstacle::NotFound => {
            "install it, or name it by its path, which counts from the working folder"
        }
        Obstacle::NoInterpreter => {
            "correct the first line of the script, install what it names, or save the script with LF line ends"
        }
        Obstacle::NotExecutable => {
            "make it executable for the user who runs tminus (`chmod +x`), and check the folders on the way and a `noexec` mount; a script must begin with `#!`"
        }
        Obstacle::Folder => "correct `cwd`; a relative path counts from the checklist's folder",
        Obstacle::System => {
            "fix what the message says: the system may be short of processes, files or memory"
        }
    };
    STARTED
        .error(
            program(settings),
            format!("{} could not be started", shown(&settings.run)),
        )
        .observed(message)
        .hint(hint)
}

fn not_ended(settings: &Settings, seen: &Observation) -> Finding {
    ENDED
        .error(
            program(settings),
            format!("{} did not end in time", shown(&settings.run)),
        )
        .expected(format!("exit code {}", settings.exit_code))
        .observed(format!("no exit code yet; {}", last_words(seen)))
        .hint(
            "find out what the program waits for, it gets no input; or raise the check's `timeout`",
        )
}

fn ended(
    settings: &Settings,
    exit: &Exit,
    carriage_return: Option<&str>,
    seen: &Observation,
) -> Finding {
    let expected = i32::from(settings.exit_code);
    let (subject, line) = (program(settings), shown(&settings.run));
    match exit {
        Exit::Code(code) if *code == expected => EXIT_CODE
            .pass(subject, format!("{line} ended with exit code {code}"))
            .observed(format!("exit code {code}")),
        Exit::Code(code) => {
            let (cause, hint) = match carriage_return {
                Some(name) => (
                    format!(
                        "its first line names the interpreter `{name}` and a carriage return, which `env` does not find; "
                    ),
                    "save the script with LF line ends, not CRLF as on Windows",
                ),
                None => (
                    String::new(),
                    "run it by hand in the same folder; the report keeps its output as evidence",
                ),
            };
            EXIT_CODE
                .fail(
                    subject,
                    format!("{line} ended with exit code {code}, expected {expected}"),
                )
                .expected(format!("exit code {expected}"))
                .observed(format!("exit code {code}; {cause}{}", last_words(seen)))
                .hint(hint)
        }
        Exit::Signal(signal) => EXIT_CODE
            .fail(subject, format!("{line} was killed by signal {signal}"))
            .expected(format!("exit code {expected}"))
            .observed(format!("killed by signal {signal}; {}", last_words(seen)))
            .hint(
                "find out whether it crashed or was killed; the kernel's log shows kills for lack of memory",
            ),
    }
}

fn held(settings: &Settings, on: bool) -> Finding {
    let fate = if on {
        "that process left the program's process group, so it was not killed and may still be running"
    } else {
        "killing the program's process group closed it"
    };
    LEFT_RUNNING
        .warn(
            program(settings),
            format!("{} left a process running", shown(&settings.run)),
        )
        .observed(format!(
            "when it ended, a process that it had started still held its output; {fate}"
        ))
        .hint("let the program wait for its children, or start what should stay with `setsid` and its output redirected")
}

const UNREAD: &str = "make the program print less and end in time";

/// One output stream of the program.
struct Output<'a> {
    name: &'static str,
    printed: &'a Printed,
    finished: bool,
}

impl Output<'_> {
    fn subject(&self, pattern: &Pattern) -> String {
        format!("{} `{pattern}`", self.name)
    }

    fn matches(&self, pattern: &Pattern) -> Finding {
        let (subject, name) = (self.subject(pattern), self.name);
        match (self.found(pattern), self.missing(pattern)) {
            (Some(line), _) => OUTPUT_MATCHES
                .pass(subject, format!("{name} matches `{pattern}`"))
                .observed(line),
            (None, None) => OUTPUT_MATCHES
                .fail(subject, format!("{name} does not match `{pattern}`"))
                .expected(format!("a match of `{pattern}`"))
                .observed(self.ending()),
            (None, Some(missing)) => OUTPUT_MATCHES
                .error(
                    subject,
                    format!("{name} was not seen whole, no match of `{pattern}` so far"),
                )
                .expected(format!("a match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint(self.unread()),
        }
    }

    fn lacks(&self, pattern: &Pattern) -> Finding {
        let (subject, name) = (self.subject(pattern), self.name);
        match (self.found(pattern), self.missing(pattern)) {
            (Some(line), _) => OUTPUT_LACKS
                .fail(
                    subject,
                    format!("{name} matches `{pattern}`, which is ruled out"),
                )
                .expected(format!("no match of `{pattern}`"))
                .observed(line),
            (None, None) => {
                OUTPUT_LACKS.pass(subject, format!("{name} has no match of `{pattern}`"))
            }
            (None, Some(missing)) => OUTPUT_LACKS
                .error(
                    subject,
                    format!("{name} was not seen whole, no match of `{pattern}` so far"),
                )
                .expected(format!("no match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint(self.unread()),
        }
    }

    /// What the probe recorded of a pattern, where it looked for it before secrets were struck.
    fn recorded(&self, pattern: &Pattern) -> Option<&Matched> {
        let digest = sha256_hex(pattern.as_str().as_bytes());
        let mut matches = self.printed.matches.iter();
        matches.find(|matched| matched.pattern_sha256 == digest)
    }

    /// The line in which a match begins.
    fn found(&self, pattern: &Pattern) -> Option<String> {
        let line = match self.recorded(pattern) {
            Some(matched) => matched.line.clone(),
            None if self.printed.struck => matched_line(&self.printed.text, pattern, is_whole),
            None => matched_line(&self.printed.text, pattern, |_, _| true),
        };
        line.map(|line| format!("\"{}\"", shortened(&line)))
    }

    /// What of the output was not seen.
    fn missing(&self, pattern: &Pattern) -> Option<String> {
        match (self.finished, self.printed.text.omitted()) {
            (true, 0) if self.printed.struck && self.recorded(pattern).is_none() => Some(
                "secrets were struck from the output, and this pattern was not looked for before"
                    .to_owned(),
            ),
            (true, 0) => None,
            (true, bytes) => Some(format!("{bytes} bytes in the middle were not kept")),
            (false, _) => Some("the program was still running".to_owned()),
        }
    }

    /// How to see what was not seen.
    fn unread(&self) -> &'static str {
        match (self.finished, self.printed.text.omitted()) {
            (true, 0) => "run the check again with this pattern",
            _ => UNREAD,
        }
    }

    fn ending(&self) -> String {
        match ending(&self.printed.text) {
            Some(text) => format!("no match; {} ends with \"{text}\"", self.name),
            None => format!("{} is empty", self.name),
        }
    }
}

/// The end of what the program printed: of its errors, or of its output where there are none.
fn last_words(seen: &Observation) -> String {
    let stream =
        |name: &str, output| ending(output).map(|text| format!("{name} ends with \"{text}\""));
    stream("stderr", &seen.stderr.text)
        .or_else(|| stream("stdout", &seen.stdout.text))
        .unwrap_or_else(|| "it printed nothing".to_owned())
}

/// The last lines that say something, in one line.
fn ending(output: &Excerpt) -> Option<String> {
    const LINES: usize = 3;
    let pieces = output.pieces();
    let text = pieces.last()?.trim_end();
    let lines: Vec<_> = text.lines().rev().take(LINES).map(shortened).collect();
    let lines: Vec<_> = lines.into_iter().rev().collect();
    (!text.is_empty()).then(|| lines.join(" / "))
}

/// Whether a match neither holds nor touches a place where a secret was struck.
fn is_whole(text: &str, found: Range<usize>) -> bool {
    let struck = text.match_indices(MASK);
    let touches = |(at, mask): (usize, &str)| at <= found.end && found.start <= at + mask.len();
    !struck.into_iter().any(touches)
}
