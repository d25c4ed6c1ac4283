//! `tminus demo`: a first look at a whole run, against servers embedded in the program.
#![allow(clippy::disallowed_methods, reason = "the demo makes its folder")]

use std::fs;
use std::path::Path;

use crate::instrument::clock::SystemClock;
use crate::lab::{Condition, Lab};
use crate::model::Clock as _;

use super::checklist_args::{self, Variables};
use super::output::Output;
use super::run_options::RunOptions;
use super::{Failure, sign_off, signals, terminal};

/// Where `--keep` leaves the checklist.
const KEPT: &str = "tminus-demo";

/// Run a whole checklist against servers embedded in tminus, for a first look
///
/// Starts DNS servers and TLS endpoints on loopback, with certificates from a new private CA, runs a real checklist
/// against them, and writes the reports to tminus-report.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Break some of the servers, so that the run ends NO-GO and explains each failure
    #[arg(long)]
    broken: bool,
    /// Keep the servers running until Ctrl-C, so that you can run the checklist in tminus-demo yourself
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn execute(self, no_color: bool) -> Result<u8, Failure> {
        let output = self.output.prepare()?;
        if self.keep {
            fs::create_dir_all(KEPT)
                .map_err(|error| Failure::unwritten(format!("cannot create {KEPT}: {error}")))?;
            let lab = start(Path::new(KEPT), self.broken)?;
            let code = run(&lab, output, no_color)?;
            stay(&lab)?;
            Ok(code)
        } else {
            let folder = tempfile::Builder::new().prefix("tminus-demo-").tempdir();
            let folder = folder.map_err(|error| {
                Failure::unwritten(format!("cannot create a temporary folder: {error}"))
            })?;
            run(&start(folder.path(), self.broken)?, output, no_color)
        }
    }
}

fn start(folder: &Path, broken: bool) -> Result<Lab, Failure> {
    let condition = if broken {
        Condition::Broken
    } else {
        Condition::Healthy
    };
    Lab::start(folder, condition, SystemClock.now()).map_err(Failure::unwritten)
}

fn run(lab: &Lab, output: super::output::Prepared, no_color: bool) -> Result<u8, Failure> {
    let checklist = checklist_args::load(lab.checklist(), Variables::default(), no_color)?;
    let dossier = RunOptions::default().run(&checklist, sign_off::Answers::new(), no_color)?;
    Ok(output.finish(&dossier, no_color))
}

/// Keeps the servers up until Ctrl-C.
fn stay(lab: &Lab) -> Result<(), Failure> {
    let path = lab.checklist().display();
    terminal::message(&format!(
        "the servers run until Ctrl-C; in another terminal, try: tminus run {path}"
    ));
    signals::wait().map_err(|error| Failure::unwritten(format!("cannot wait for Ctrl-C: {error}")))
}
