//! `tminus verify`: can you rely on this report?

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::checks::REGISTRY;
use crate::model::RunRecord;
use crate::report::audit::{Audit, audit};
use crate::report::{escape, words};
use crate::sign::{self, Trust};

use super::{Failure, exit, files, terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0  verified: the file is intact, and its verdict, whatever it is, follows from its evidence
  1  not verified: do not rely on the report
  2  the command line is wrong, or a file cannot be read";

/// Verify a signed report: signature, integrity, and the verdict recomputed from the evidence inside
///
/// Run it with `--trust CA.pem` to check who signed the report. Without it, anyone could have signed the report: compare
/// the fingerprint that is printed with the one the sender gives you over another channel.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Args {
    /// The report (report.pdf)
    #[arg(value_name = "REPORT.pdf")]
    report: PathBuf,
    /// PEM file of trusted certificates: the signer's CA, or the signer's own certificate
    #[arg(long, value_name = "CA.pem")]
    trust: Option<PathBuf>,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let trust = match &self.trust {
            Some(path) => sign::certificates_from_pem(path).map_err(Failure::usage)?,
            None => Vec::new(),
        };
        let file = files::read(&self.report)?;
        match audit(&file, &trust, REGISTRY) {
            Ok(audit) => {
                terminal::result(&describe(&audit));
                Ok(exit::GO)
            }
            Err(objections) => {
                let mut text = String::new();
                for objection in objections {
                    let _ = writeln!(text, "FAILED  {}", escape::text(&objection.to_string()));
                }
                let _ = writeln!(
                    text,
                    "NOT VERIFIED: do not rely on {}",
                    self.report.display()
                );
                terminal::result(&text);
                Ok(exit::NO_GO)
            }
        }
    }
}

fn describe(audit: &Audit<'_>) -> String {
    let Audit {
        record, signature, ..
    } = audit;
    let trust = match &signature.trust {
        Trust::Trusted { by } => format!("ok  the signer is trusted: {}", by.subject),
        Trust::SelfMade => {
            "--  the signer's certificate is self-signed; compare its fingerprint with the sender's, or pass --trust FILE"
                .to_owned()
        }
        Trust::NotAnchored => {
            "--  the signer was not checked against a CA; pass --trust FILE to do so".to_owned()
        }
    };
    let pages = if audit.pages_redrawn {
        "ok  the pages show exactly what the record says".to_owned()
    } else {
        let version = &record.run.tool.version;
        format!(
            "--  the pages were not compared with the record; tminus {version}, which drew them, can do so"
        )
    };
    let lines = [
        "ok  the signature covers the whole file".to_owned(),
        format!(
            "    signed {} by {}",
            words::instant(signature.signed_at),
            signature.signer.subject
        ),
        format!("    SHA-256 {}", signature.signer.sha256),
        trust,
        format!(
            "ok  {} match the recorded digests",
            words::count(audit.evidence, "attached evidence file")
        ),
        format!(
            "ok  judging the recorded observations again gives the same result for {}",
            words::count(record.checks.len(), "check")
        ),
        pages,
        verified(record),
    ];
    lines
        .iter()
        .map(|line| format!("{}\n", escape::text(line)))
        .collect()
}

fn verified(record: &RunRecord) -> String {
    let incomplete = if record.run.complete {
        ""
    } else {
        " (incomplete run)"
    };
    format!(
        "VERIFIED: {} for {}{incomplete}, run {}",
        record.verdict,
        words::launch(&record.launch),
        words::instant(record.run.started_at),
    )
}
