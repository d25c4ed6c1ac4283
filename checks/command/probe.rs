//! Runs the program and writes down what it prints, while it prints it.

use std::path::PathBuf;

use super::output::{Matched, Stream, matched_line, shortened};
use super::{Observation, Obstacle, Outcome, Settings};
use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::{self, Ended, ProcessError, Program, Strike};
use crate::model::digest::sha256_hex;
use crate::model::{Context, Notebook, ProbeError, Redactor};

pub(super) async fn probe(
    settings: &Settings,
    context: &Context,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let stream = |stream| Output {
        stream,
        settings,
        redactor: &context.redactor,
        notes,
        strike: Strike::new(&context.redactor),
        printed: Excerpt::default(),
        ended: false,
    };
    // Dropped in reverse, so that the evidence of stdout comes first.
    let (mut stderr, mut stdout) = (stream(Stream::Stderr), stream(Stream::Stdout));
    let ended = process::run(
        &program(settings, context),
        |bytes| stdout.add(bytes),
        |bytes| stderr.add(bytes),
    )
    .await;
    stdout.ended = true;
    stderr.ended = true;
    notes.note(|seen| seen.outcome = Some(ended.into()));
    Ok(())
}

fn program<'a>(settings: &'a Settings, context: &Context) -> Program<'a> {
    let secret = settings
        .env
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()));
    let plain = settings
        .plain_env
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let folder = match &settings.cwd {
        Some(cwd) => context.folder.join(cwd),
        None => context.folder.clone(),
    };
    Program {
        run: &settings.run,
        // The folder of a checklist that was named without one is the empty path.
        folder: if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        },
        clear_environment: settings.clear_env,
        environment: secret.chain(plain).collect(),
    }
}

impl From<Result<Ended, ProcessError>> for Outcome {
    fn from(result: Result<Ended, ProcessError>) -> Self {
        match result {
            Ok(ended) => Self::Ended {
                exit: ended.exit,
                duration_ms: ended.duration.as_millis().try_into().unwrap_or(u64::MAX),
                output_held: ended.output_held,
                output_held_on: ended.output_held_on,
                carriage_return: ended.carriage_return,
            },
            Err(error) => Self::NotRun {
                obstacle: match error {
                    ProcessError::NotFound { .. } => Obstacle::NotFound,
                    ProcessError::NoInterpreter { .. } => Obstacle::NoInterpreter,
                    ProcessError::NotExecutable { .. } => Obstacle::NotExecutable,
                    ProcessError::Folder { .. } => Obstacle::Folder,
                    ProcessError::System { .. } => Obstacle::System,
                },
                message: error.to_string(),
            },
        }
    }
}

/// One stream of the program's output, written down as it comes.
///
/// Secrets are struck from what is written down. Patterns are looked for in what was printed, because the judge can
/// no longer do that where something was struck: when the probe ends, at its deadline too (then this is dropped with
/// it), what they matched is written down beside the output.
struct Output<'a> {
    stream: Stream,
    settings: &'a Settings,
    redactor: &'a Redactor,
    notes: &'a Notebook<Observation>,
    strike: Strike,
    /// With secrets. It never leaves this room.
    printed: Excerpt,
    /// Whether all has come. If not, what may be the beginning of a secret stays here.
    ended: bool,
}

impl Output<'_> {
    fn add(&mut self, bytes: &[u8]) {
        self.printed.push(bytes);
        let shown = self.strike.pass(bytes);
        self.note(&shown);
    }

    fn note(&self, bytes: &[u8]) {
        self.notes
            .note(|seen| self.stream.of_mut(seen).text.push(bytes));
    }

    /// A line without secrets, and without the halves of those that are cut off where the kept output ends.
    fn shown(&self, mut line: String) -> String {
        let cut_short = self.printed.omitted() > 0 && {
            let pieces = self.printed.pieces();
            let first_end = pieces.first().and_then(|piece| piece.lines().last());
            let last_start = pieces.last().and_then(|piece| piece.lines().next());
            first_end == Some(&line) || last_start == Some(&line)
        };
        if cut_short {
            return "(a line that was cut off)".to_owned();
        }
        if !self.ended {
            let whole = line.len() - self.redactor.begun(line.as_bytes());
            line.truncate(line.floor_char_boundary(whole));
        }
        self.redactor.text(line)
    }

    /// What each pattern matches in what was printed.
    fn matches(&self) -> Vec<Matched> {
        let patterns = self.stream.patterns(self.settings);
        let matched = patterns.into_iter().flatten().map(|pattern| {
            let line = matched_line(&self.printed, pattern, |_, _| true);
            Matched {
                pattern_sha256: sha256_hex(pattern.as_str().as_bytes()),
                line: line.map(|line| shortened(&self.shown(line))),
            }
        });
        matched.collect()
    }
}

impl Drop for Output<'_> {
    fn drop(&mut self) {
        if self.ended {
            let rest = self.strike.rest();
            self.note(&rest);
        }
        let bytes = self.notes.see(|seen| self.stream.of(seen).text.bytes());
        if bytes != self.printed.bytes() {
            let matches = self.matches();
            self.notes.note(|seen| {
                let printed = self.stream.of_mut(seen);
                printed.struck = true;
                printed.matches = matches;
            });
        }
        if !bytes.is_empty() {
            let name = format!("{}.txt", self.stream.name());
            self.notes.evidence(name, "text/plain", bytes);
        }
    }
}
