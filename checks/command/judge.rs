//! Exit code and output against what was expected of them.

use super::rules::{
    DURATION, ENDED, EXIT_CODE, LEFT_RUNNING, OUTPUT_LACKS, OUTPUT_MATCHES, STARTED,
};
use super::{Observation, Obstacle, Outcome, Settings, shown};
use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::Exit;
use crate::model::pattern::Pattern;
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
        }) => {
            findings.push(ended(settings, exit, seen));
            if *output_held {
                findings.push(held(settings, *output_held_on));
            }
            let seconds = *duration_ms as f64 / 1000.0;
            judgement.measures.push(DURATION.measure(seconds, []));
        }
    }
    let finished = seen.outcome.is_some();
    for (name, output, wanted, unwanted) in [
        (
            "stdout",
            &seen.stdout,
            &settings.stdout_matches,
            &settings.stdout_lacks,
        ),
        (
            "stderr",
            &seen.stderr,
            &settings.stderr_matches,
            &settings.stderr_lacks,
        ),
    ] {
        let stream = Stream {
            name,
            output,
            finished,
        };
        findings.extend(wanted.iter().map(|pattern| stream.matches(pattern)));
        findings.extend(unwanted.iter().map(|pattern| stream.lacks(pattern)));
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
            "install it, or name it by its path, which counts from the working folder; a script also needs the interpreter in its first line"
        }
        Obstacle::NotExecutable => {
            "make it executable (chmod +x) for the user who runs tminus; a script must begin with `#!`"
        }
        Obstacle::Folder => "correct `cwd`; a relative path counts from the checklist's folder",
        Obstacle::System => {
            "the system may be short of processes, files or memory; its message says what is missing"
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

fn ended(settings: &Settings, exit: &Exit, seen: &Observation) -> Finding {
    let expected = i32::from(settings.exit_code);
    let (subject, line) = (program(settings), shown(&settings.run));
    match exit {
        Exit::Code(code) if *code == expected => EXIT_CODE
            .pass(subject, format!("{line} ended with exit code {code}"))
            .observed(format!("exit code {code}")),
        Exit::Code(code) => EXIT_CODE
            .fail(
                subject,
                format!("{line} ended with exit code {code}, expected {expected}"),
            )
            .expected(format!("exit code {expected}"))
            .observed(format!("exit code {code}; {}", last_words(seen)))
            .hint("run it by hand in the same folder; the report keeps its output as evidence"),
        Exit::Signal(signal) => EXIT_CODE
            .fail(subject, format!("{line} was killed by signal {signal}"))
            .expected(format!("exit code {expected}"))
            .observed(format!("killed by signal {signal}; {}", last_words(seen)))
            .hint(
                "it crashed, or something killed it; the kernel's log shows kills for lack of memory",
            ),
    }
}

fn held(settings: &Settings, on: bool) -> Finding {
    let fate = if on {
        "it is not in the program's process group, so it was not killed and may still be running"
    } else {
        "killing the program's process group closed it"
    };
    LEFT_RUNNING
        .warn(
            program(settings),
            format!("{} left a process running", shown(&settings.run)),
        )
        .observed(format!(
            "a process that it had started still held its output when it ended; {fate}"
        ))
        .hint("let the program wait for its children, or start what should stay with `setsid` and its output redirected")
}

const UNREAD: &str = "make the program print less and end in time";

/// One output stream of the program.
struct Stream<'a> {
    name: &'static str,
    output: &'a Excerpt,
    finished: bool,
}

impl Stream<'_> {
    fn subject(&self, pattern: &Pattern) -> String {
        format!("{} `{pattern}`", self.name)
    }

    fn matches(&self, pattern: &Pattern) -> Finding {
        let (subject, name) = (self.subject(pattern), self.name);
        match (self.found(pattern), self.missing()) {
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
                    format!("{name} was not read to its end, no match of `{pattern}` so far"),
                )
                .expected(format!("a match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint(UNREAD),
        }
    }

    fn lacks(&self, pattern: &Pattern) -> Finding {
        let (subject, name) = (self.subject(pattern), self.name);
        match (self.found(pattern), self.missing()) {
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
                    format!("{name} was not read to its end, no match of `{pattern}` so far"),
                )
                .expected(format!("no match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint(UNREAD),
        }
    }

    /// The line in which a match begins.
    fn found(&self, pattern: &Pattern) -> Option<String> {
        self.output.pieces().iter().find_map(|text| {
            let start = pattern.find(text)?.start();
            let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
            let line = text[begin..].lines().next().unwrap_or_default();
            Some(format!("\"{}\"", shortened(line)))
        })
    }

    /// What of the output was not seen.
    fn missing(&self) -> Option<String> {
        match (self.finished, self.output.omitted()) {
            (true, 0) => None,
            (true, bytes) => Some(format!("{bytes} bytes in the middle were not kept")),
            (false, _) => Some("the program was still running".to_owned()),
        }
    }

    fn ending(&self) -> String {
        match ending(self.output) {
            Some(text) => format!("no match; {} ends with \"{text}\"", self.name),
            None => format!("{} is empty", self.name),
        }
    }
}

/// The end of what the program printed: of its errors, or of its output where there are none.
fn last_words(seen: &Observation) -> String {
    let stream =
        |name: &str, output| ending(output).map(|text| format!("{name} ends with \"{text}\""));
    stream("stderr", &seen.stderr)
        .or_else(|| stream("stdout", &seen.stdout))
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

fn shortened(line: &str) -> String {
    const LONGEST: usize = 200;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
