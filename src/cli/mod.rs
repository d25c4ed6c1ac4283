//! The command line: one file for each subcommand, and the few things they share.

mod bounds;
mod checklist_args;
mod completions;
mod concurrency;
mod core_dumps;
mod demo;
pub mod documentation;
pub mod exit;
mod explain;
mod failure;
mod files;
mod init;
mod judge;
mod keys;
mod man;
mod modules;
mod output;
mod plan;
pub mod progress;
mod run;
mod run_options;
mod schema;
mod settings_table;
mod sign_off;
mod signals;
mod terminal;
mod verify;

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use self::failure::Failure;
use crate::instrument::process::guard;

const EXIT_CODES: &str = "\
Exit codes:
  0    GO
  1    NO-GO: a blocker failed, and no waiver accepts it
  2    the command line or the checklist is wrong; nothing was contacted
  3    UNDETERMINED: no blocker failed, but one could not be determined
  4    a report could not be written, signed or read
  130  interrupted by Ctrl-C (143: by SIGTERM, 129: by SIGHUP); what was
       observed is written, marked incomplete";

/// GO or NO-GO before a launch, with proof
///
/// Run `tminus demo` for a first look. `tminus init` writes a starter checklist, `tminus plan` lists what a run would
/// contact, and `tminus run` probes those systems in parallel, prints the verdict and writes a signed PDF with the
/// evidence for every pass and fail. Anyone who receives the PDF can recompute the verdict with `tminus verify`.
#[derive(Debug, Parser)]
#[command(name = "tminus", version, after_help = EXIT_CODES, propagate_version = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Disable colour (as does setting NO_COLOR)
    #[arg(long, global = true)]
    no_color: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Plan(plan::Args),
    Judge(judge::Args),
    Verify(verify::Args),
    Demo(demo::Args),
    Init(init::Args),
    Modules(modules::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Keys(keys::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    fn execute(self, no_color: bool) -> Result<u8, Failure> {
        match self {
            Self::Run(args) => args.execute(no_color),
            Self::Plan(args) => args.execute(no_color),
            Self::Judge(args) => args.execute(no_color),
            Self::Verify(args) => args.execute(),
            Self::Demo(args) => args.execute(no_color),
            Self::Init(args) => args.execute(),
            Self::Modules(args) => args.execute(),
            Self::Explain(args) => args.execute(),
            Self::Schema(args) => args.execute(),
            Self::Keys(args) => args.execute(),
            Self::Completions(args) => args.execute(),
            Self::Man(args) => args.execute(),
        }
    }
}

/// The command as clap knows it, for completions, manual pages and generated documents.
pub fn command() -> clap::Command {
    Cli::command()
}

/// This program. On Linux by a name that leads to it even when an upgrade has replaced the file.
#[allow(
    clippy::disallowed_methods,
    reason = "looks for the running program where Linux keeps it"
)]
fn itself() -> PathBuf {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() {
        return running;
    }
    // Without /proc (a chroot, a bare container) only the caller knows where it is.
    std::env::current_exe().unwrap_or_else(|_| {
        let called = std::env::args_os().next().map(PathBuf::from);
        let called = called.unwrap_or_else(|| PathBuf::from("tminus"));
        match called.components().count() {
            0 | 1 => called, // looked for in PATH, as it was before
            _ => std::path::absolute(&called).unwrap_or(called),
        }
    })
}

/// Runs the program.
pub fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == guard::ARGUMENT)
    {
        guard::stand();
        return ExitCode::SUCCESS;
    }
    guard::enable(itself());
    signals::survive_the_limit_of_file_sizes();
    run_options::silence_probes();
    let code = panic::catch_unwind(AssertUnwindSafe(|| {
        let cli = match Cli::try_parse() {
            Ok(cli) => cli,
            Err(error) => return terminal::command_line(error),
        };
        cli.command.execute(cli.no_color).unwrap_or_else(|failure| {
            terminal::failure(&failure);
            failure.code
        })
    }));
    // The panic hook has printed what happened. After a bug nothing is determined.
    ExitCode::from(code.unwrap_or(exit::UNDETERMINED))
}
