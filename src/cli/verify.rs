//! `tminus verify`: can this report be believed?

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::checks::REGISTRY;
use crate::model::RunRecord;
use crate::report::audit::{Audit, audit};
use crate::report::{escape, words};
use crate::sign::{self, Trust};

use super::{Failure, exit, files, terminal};

/// Verify a signed report: signature, integrity, and the verdict computed again from the evidence inside
///
/// Exit code 0: the report holds, whatever its verdict is. 1: it does not. 2: it cannot be read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The report, `report.pdf`
    #[arg(value_name = "REPORT.pdf")]
    report: PathBuf,
    /// PEM certificates to one of which the signer must lead
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
    let vouched = match &signature.trust {
        Trust::Trusted { by } => format!("ok  the signer leads to {}, which you trust", by.subject),
        Trust::SelfMade => {
            "--  the fingerprint alone says who signed; --trust FILE asks for more".to_owned()
        }
        Trust::NotAnchored => {
            "--  nobody asked who vouches for the signer; --trust FILE does".to_owned()
        }
    };
    let pages = if audit.pages_redrawn {
        "ok  the pages are those that the record gives".to_owned()
    } else {
        let version = &record.run.tool.version;
        format!("--  the pages were drawn by tminus {version}, which alone can compare them")
    };
    let lines = [
        "ok  the signature covers the whole file".to_owned(),
        format!(
            "    signed {} by {}",
            words::instant(signature.signed_at),
            signature.signer.subject
        ),
        format!("    SHA-256 {}", signature.signer.sha256),
        vouched,
        format!(
            "ok  {} attached pieces of evidence have their recorded digests",
            audit.evidence
        ),
        format!(
            "ok  the statuses of {} checks follow from their observations",
            record.checks.len()
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
