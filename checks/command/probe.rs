//! Runs the program and writes down what it prints, while it prints it.

use std::path::PathBuf;

use super::{Observation, Obstacle, Outcome, Settings};
use crate::instrument::excerpt::Excerpt;
use crate::instrument::process::{self, Ended, ProcessError, Program, Strike};
use crate::model::{Context, Notebook, ProbeError, Secret};

pub(super) async fn probe(
    settings: &Settings,
    context: &Context,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let _evidence = Evidence(notes);
    let secrets = || settings.env.values().map(Secret::expose);
    let strike = || {
        Strike::new(secrets()).map_err(|_| {
            ProbeError::new("a value of `env` is too long to be struck from the program's output")
                .hint("hand it over in a file and name the file in `plain-env`")
        })
    };
    let (mut stdout, mut stderr) = (strike()?, strike()?);

    let ended = process::run(
        &program(settings, context),
        |bytes| add(notes, |seen| &mut seen.stdout, &stdout.pass(bytes)),
        |bytes| add(notes, |seen| &mut seen.stderr, &stderr.pass(bytes)),
    )
    .await;
    add(notes, |seen| &mut seen.stdout, &stdout.rest());
    add(notes, |seen| &mut seen.stderr, &stderr.rest());
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

fn add(
    notes: &Notebook<Observation>,
    stream: impl FnOnce(&mut Observation) -> &mut Excerpt,
    bytes: &[u8],
) {
    notes.note(|seen| stream(seen).push(bytes));
}

impl From<Result<Ended, ProcessError>> for Outcome {
    fn from(result: Result<Ended, ProcessError>) -> Self {
        match result {
            Ok(ended) => Self::Ended {
                exit: ended.exit,
                duration_ms: ended.duration.as_millis().try_into().unwrap_or(u64::MAX),
                output_held: ended.output_held,
                output_held_on: ended.output_held_on,
            },
            Err(error) => Self::NotRun {
                obstacle: match error {
                    ProcessError::NotFound { .. } => Obstacle::NotFound,
                    ProcessError::NotExecutable { .. } => Obstacle::NotExecutable,
                    ProcessError::Folder { .. } => Obstacle::Folder,
                    ProcessError::System { .. } => Obstacle::System,
                },
                message: error.to_string(),
            },
        }
    }
}

/// Keeps the output as evidence when the probe ends, at its deadline too: then it is dropped with the probe.
struct Evidence<'a>(&'a Notebook<Observation>);

impl Drop for Evidence<'_> {
    fn drop(&mut self) {
        let mut streams = Vec::new();
        self.0.note(|seen| {
            streams = vec![
                ("stdout.txt", seen.stdout.bytes()),
                ("stderr.txt", seen.stderr.bytes()),
            ];
        });
        for (name, bytes) in streams {
            if !bytes.is_empty() {
                self.0.evidence(name, "text/plain", bytes);
            }
        }
    }
}
