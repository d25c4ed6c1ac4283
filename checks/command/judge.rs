//! Exit code and output against what was expected of them.

use super::{Observation, Obstacle, Outcome, Settings, shown};
use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::Exit;
use crate::model::pattern::Pattern;
use crate::model::{Finding, Judgement, Measure};

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
                findings.push(held(*output_held_on));
            }
            let seconds = *duration_ms as f64 / 1000.0;
            judgement.measures.push(Measure::new(
                "command_duration_seconds",
                seconds,
                "seconds",
                [],
            ));
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

fn not_run(settings: &Settings, obstacle: Obstacle, message: &str) -> Finding {
    let hint = match obstacle {
        Obstacle::NotFound => {
            "install it, or name it with its path; a path counts from the working folder, and a script also needs the interpreter of its first line"
        }
        Obstacle::NotExecutable => {
            "make it executable (chmod +x) for the user who runs tminus, and let a script begin with `#!`"
        }
        Obstacle::Folder => "mend `cwd`; a relative path counts from the checklist's folder",
        Obstacle::System => {
            "see what the system says; it may be short of processes, files or memory"
        }
    };
    Finding::error(format!("{} could be run", shown(&settings.run)))
        .observed(message)
        .hint(hint)
}

fn not_ended(settings: &Settings, seen: &Observation) -> Finding {
    Finding::error(format!("{} ended", shown(&settings.run)))
        .expected(format!("exit code {}", settings.exit_code))
        .observed(format!("no end was seen; {}", last_words(seen)))
        .hint(
            "raise the check's `timeout`, or find out what the program waits for: it gets no input",
        )
}

fn ended(settings: &Settings, exit: &Exit, seen: &Observation) -> Finding {
    let expected = i32::from(settings.exit_code);
    let claim = format!("{} ends with exit code {expected}", shown(&settings.run));
    match exit {
        Exit::Code(code) if *code == expected => {
            Finding::pass(claim).observed(format!("exit code {code}"))
        }
        Exit::Code(code) => Finding::fail(claim)
            .expected(format!("exit code {expected}"))
            .observed(format!("exit code {code}; {}", last_words(seen)))
            .hint("run it by hand in the same folder; its whole output is kept as evidence"),
        Exit::Signal(signal) => Finding::fail(claim)
            .expected(format!("exit code {expected}"))
            .observed(format!("killed by signal {signal}; {}", last_words(seen)))
            .hint("it crashed, or somebody else ended it; out of memory shows in the kernel's log"),
    }
}

fn held(on: bool) -> Finding {
    let fate = if on {
        "that process is not in the program's process group, so it was not killed and may still be running"
    } else {
        "killing the program's process group closed it"
    };
    Finding::warn("it leaves nothing running")
        .observed(format!(
            "it ended while a process that it had started still held its output; {fate}"
        ))
        .hint("let the program wait for its children, or start what shall stay with `setsid` and its output redirected")
}

/// One output stream of the program.
struct Stream<'a> {
    name: &'static str,
    output: &'a Excerpt,
    finished: bool,
}

impl Stream<'_> {
    fn matches(&self, pattern: &Pattern) -> Finding {
        let claim = format!("{} matches `{pattern}`", self.name);
        match (self.found(pattern), self.missing()) {
            (Some(line), _) => Finding::pass(claim).observed(line),
            (None, None) => Finding::fail(claim)
                .expected(format!("a match of `{pattern}`"))
                .observed(self.ending()),
            (None, Some(missing)) => Finding::error(claim)
                .expected(format!("a match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint("let the program print less and end in time"),
        }
    }

    fn lacks(&self, pattern: &Pattern) -> Finding {
        let claim = format!("{} holds nothing that matches `{pattern}`", self.name);
        match (self.found(pattern), self.missing()) {
            (Some(line), _) => Finding::fail(claim)
                .expected(format!("no match of `{pattern}`"))
                .observed(line),
            (None, None) => Finding::pass(claim),
            (None, Some(missing)) => Finding::error(claim)
                .expected(format!("no match of `{pattern}`"))
                .observed(format!("no match, but {missing}"))
                .hint("let the program print less and end in time"),
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

    /// What of the output nobody has seen.
    fn missing(&self) -> Option<String> {
        match (self.finished, self.output.omitted()) {
            (true, 0) => None,
            (true, bytes) => Some(format!("{bytes} bytes in the middle were not kept")),
            (false, _) => Some("the program had not ended".to_owned()),
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
