//! Which reports to write, where, and who signs them. Checked before anything is contacted: you should learn that a
//! report cannot be written before the run, not after it.
#![allow(
    clippy::disallowed_methods,
    reason = "the identity's folder follows the environment"
)]

use std::path::PathBuf;

use crate::instrument::clock::SystemClock;
use crate::model::Clock as _;
use crate::model::record::Dossier;
use crate::report::claim::Claim;
use crate::report::{self, Format, RenderContext, console, write};
use crate::sign::{Description, FILE_NAME, Identity};

use super::{Failure, core_dumps, exit, signals, terminal};

/// Arguments of commands that write reports.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct Output {
    /// Write the reports to this folder
    #[arg(long, value_name = "DIR", default_value = "tminus-report")]
    pub out: PathBuf,
    /// Reports to write: pdf, json, junit, openmetrics
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "pdf,json"
    )]
    pub format: Vec<String>,
    #[command(flatten)]
    pub signing: Signing,
}

/// Who signs the PDF.
#[derive(Debug, clap::Args)]
pub(super) struct Signing {
    /// Sign with `pem:CERTIFICATES[,KEY]` instead of the default identity, which is created on first use
    #[arg(long, value_name = "SPEC", conflicts_with = "unsigned")]
    pub sign: Option<String>,
    /// Do not sign the PDF
    #[arg(long)]
    pub unsigned: bool,
}

/// Reports that can be written.
#[derive(Debug)]
pub(super) struct Prepared {
    claim: Claim,
    formats: Vec<&'static Format>,
    identity: Option<Identity>,
}

impl Output {
    /// Claims the folder, and resolves the formats and the identity. The folder comes first: whatever goes wrong
    /// later, no report of an earlier run is left in it.
    pub(super) fn prepare(self) -> Result<Prepared, Failure> {
        let claim = Claim::take(&self.out).map_err(Failure::unwritten)?;
        let mut formats: Vec<&'static Format> = Vec::new();
        for name in self
            .format
            .iter()
            .map(|name| name.trim())
            .filter(|name| !name.is_empty())
        {
            let format = report::format(name).ok_or_else(|| unknown_format(name))?;
            if formats.iter().all(|listed| listed.name != format.name) {
                formats.push(format);
            }
        }
        if formats.is_empty() {
            return Err(
                Failure::usage("--format names no report").hint("for example: --format pdf,json")
            );
        }
        let signs = formats.iter().any(|format| format.name == "pdf");
        let identity = if signs {
            self.signing.identity()?
        } else {
            None
        };
        write::prepare(claim.folder()).map_err(Failure::unwritten)?;
        Ok(Prepared {
            claim,
            formats,
            identity,
        })
    }
}

impl Signing {
    /// The identity to sign with; the default one is created on first use.
    pub(super) fn identity(&self) -> Result<Option<Identity>, Failure> {
        if !self.unsigned {
            core_dumps::turn_off(); // a private key is about to be read
        }
        match &self.sign {
            _ if self.unsigned => Ok(None),
            Some(spec) => from_spec(spec).map(Some),
            None => {
                let folder = folder()?;
                let loaded = Identity::load_or_create(&folder, &own_name(), SystemClock.now());
                let (identity, created) = loaded.map_err(|error| {
                    Failure::unwritten(error).hint("sign with --sign pem:FILE, or pass --unsigned")
                })?;
                if created {
                    terminal::message(&format!(
                        "created a signing identity for {} in {}",
                        identity.describe().subject,
                        folder.join(FILE_NAME).display()
                    ));
                }
                Ok(Some(identity))
            }
        }
    }
}

impl Prepared {
    /// Writes the reports, prints the summary and the paths of the reports, and returns the exit code.
    pub(super) fn finish(self, dossier: &Dossier, no_color: bool) -> u8 {
        let context = RenderContext {
            identity: self.identity,
            signed_at: SystemClock.now(),
        };
        let written = write::write(self.claim.folder(), &self.formats, dossier, &context);
        let summary = console::summary(&dossier.record, terminal::style(no_color));
        let mut complete = true;
        if let Err(lost) = terminal::result(&summary) {
            complete = false;
            terminal::failure(&lost);
        }
        terminal::message(&format!("run {}", dossier.record.run.id));
        for report in &written {
            match &report.outcome {
                Ok(_) => terminal::message(&format!("wrote {}", report.path.display())),
                Err(error) => {
                    complete = false;
                    terminal::message(&format!("error: {error}"));
                }
            }
        }
        match signals::received() {
            Some(signal) => exit::of_signal(signal),
            None => exit::of(&dossier.record, complete),
        }
    }
}

/// The identity named by a `--sign` argument.
pub(super) fn from_spec(spec: &str) -> Result<Identity, Failure> {
    let files = spec.strip_prefix("pem:").ok_or_else(|| {
        // No more than the kind: a password may follow.
        let kind = match spec.split_once(':') {
            Some((kind, _)) => format!("`{kind}:`"),
            None => "this".to_owned(),
        };
        Failure::usage(format!("--sign: {kind} is not a known kind of identity"))
            .hint("expected pem:CERTIFICATES or pem:CERTIFICATES,KEY, where both are PEM files")
    })?;
    let (certificates, key) = match files.split_once(',') {
        Some((certificates, key)) => (certificates, Some(key)),
        None => (files, None),
    };
    Identity::from_pem(certificates.as_ref(), key.map(AsRef::as_ref)).map_err(Failure::usage)
}

/// The default identity, where there is one: a report that it signed is one's own.
pub(super) fn own_identity() -> Option<Description> {
    core_dumps::turn_off(); // its private key is in the same file
    Some(Identity::existing(&folder().ok()?)?.describe())
}

/// What a new default identity is called: the user and the host, at most 64 characters (RFC 5280 ub-common-name).
pub(super) fn own_name() -> String {
    let user = ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    let user = user.filter(|user| !user.trim().is_empty());
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    let name = format!("{user}@{host} (tminus)");
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(64)
        .collect()
}

/// The user's configuration folder for tminus (XDG Base Directory Specification).
pub(super) fn folder() -> Result<PathBuf, Failure> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CONFIG_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".config")))
        .map(|folder| folder.join("tminus"))
        .ok_or_else(|| {
            Failure::unwritten(
                "no folder for the signing identity: neither XDG_CONFIG_HOME nor HOME is set",
            )
            .hint("set one of them, sign with --sign pem:FILE, or pass --unsigned")
        })
}

fn unknown_format(name: &str) -> Failure {
    let known: Vec<_> = report::FORMATS.iter().map(|format| format.name).collect();
    Failure::usage(format!("--format {name}: unknown report format"))
        .hint(format!("expected: {}", known.join(", ")))
}
