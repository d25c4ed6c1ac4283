//! `tminus keys`: the identities that sign reports.

use std::path::PathBuf;

use clap::Subcommand;

use crate::instrument::clock::SystemClock;
use crate::model::{Clock as _, escape};
use crate::sign::{Description, FILE_NAME, Identity};

use super::output::{self, Signing};
use super::{Failure, core_dumps, exit, terminal};

/// Create and show signing identities
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an identity: a P-256 key and a self-signed certificate, in one PEM file with mode 0600
    New {
        /// The name in the certificate [default: the user and the host]
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// The file to write; never overwrites one [default: the default identity]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show the identity that signs reports: subject, fingerprint, validity
    Show {
        /// Show the identity in `pem:CERTIFICATES[,KEY]`, as `run --sign` takes it, instead of the default identity
        #[arg(long, value_name = "SPEC")]
        sign: Option<String>,
        /// Print the certificate as PEM, for the people who verify your reports
        #[arg(long)]
        pem: bool,
    },
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        match self.command {
            Command::New { name, out } => {
                core_dumps::turn_off();
                let path = match out {
                    Some(path) => path,
                    None => output::folder()?.join(FILE_NAME),
                };
                let name = name.unwrap_or_else(output::own_name);
                let identity =
                    Identity::create(&name, SystemClock.now()).map_err(Failure::unwritten)?;
                identity.save_new(&path).map_err(Failure::unwritten)?;
                terminal::result(&describe(&identity.describe()))?;
                terminal::message(&format!("wrote {}", path.display()));
            }
            Command::Show { sign, pem } => {
                let unsigned = false;
                let identity = Signing { sign, unsigned }
                    .identity()?
                    .ok_or_else(|| Failure::usage("there is no identity to show"))?;
                let text = if pem {
                    identity.certificate_pem()
                } else {
                    describe(&identity.describe())
                };
                terminal::result(&text)?;
            }
        }
        Ok(exit::GO)
    }
}

fn describe(certificate: &Description) -> String {
    let Description {
        subject,
        issuer,
        serial,
        sha256,
        not_before,
        not_after,
        algorithm,
    } = certificate;
    let (subject, issuer) = (escape::text(subject), escape::text(issuer));
    format!(
        "subject    {subject}\nissuer     {issuer}\nserial     {serial}\nvalid      {not_before} to {not_after}\n\
         algorithm  {algorithm}\nSHA-256    {sha256}\n"
    )
}
