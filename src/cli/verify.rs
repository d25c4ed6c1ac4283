//! `tminus verify`: can you rely on this report?
//!
//! Every reason against it is printed, and one last line says what to do with it. The exit code is that of a gate:
//! `tminus verify report.pdf && deploy` deploys only what an intact, trusted, whole report calls GO.

use std::path::PathBuf;

use serde::Serialize;

use crate::checks::REGISTRY;
use crate::instrument::clock::SystemClock;
use crate::model::{Clock as _, Verdict};
use crate::report::audit::{Audit, Pages, audit};
use crate::report::{escape, json, words};
use crate::sign::{self, Trust};

use super::{Failure, bounds, exit, files, output, terminal};

const EXIT_CODES: &str = "\
Exit codes:
  0  GO: the report is intact, its signer is trusted, and its verdict follows
     from its evidence
  1  NO-GO: the report is intact and trusted, and it says NO-GO
  2  the command line is wrong, or the --trust file cannot be read
  3  intact and trusted, but not a GO for the whole launch: UNDETERMINED,
     incomplete, a part of the checklist (--accept-part), or pages or texts of
     another version that cannot be compared (--accept-other-version)
  4  do not rely on it: the report cannot be read, is not intact, or its signer
     is not trusted";

/// Verify a signed report: signature, signer, integrity, and the verdict recomputed from the evidence inside
///
/// The signer is trusted if it is your own identity, if it leads to a certificate in --trust, or if you pass
/// --accept-unknown: then compare the fingerprint that is printed with the one the sender gives you over another
/// channel.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Args {
    /// The report (report.pdf)
    #[arg(value_name = "REPORT.pdf")]
    report: PathBuf,
    /// PEM file of trusted certificates: the signer's CA, or the signer's own certificate
    #[arg(long, value_name = "CA.pem")]
    trust: Option<PathBuf>,
    /// Accept a signer that is neither your own identity nor checked with --trust
    #[arg(long, conflicts_with = "trust")]
    accept_unknown: bool,
    /// Accept a report on a part of its checklist
    #[arg(long)]
    accept_part: bool,
    /// Accept pages and texts of another version of tminus, which this version cannot compare
    #[arg(long)]
    accept_other_version: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, for people and for machines.
#[derive(Debug, Serialize)]
struct Outcome {
    exit_code: u8,
    /// `go`, `no-go`, `not-a-go` or `not-reliable`.
    result: &'static str,
    /// The last line for people.
    conclusion: String,
    /// What holds.
    passed: Vec<String>,
    /// What speaks against the report, all of it.
    failures: Vec<String>,
    /// Why an intact and trusted report is not a GO for the whole launch.
    reservations: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<sign::Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<Trust>,
}

impl Args {
    pub(super) fn execute(self) -> Result<u8, Failure> {
        let trust = match &self.trust {
            Some(path) => sign::certificates_from_pem(path).map_err(Failure::usage)?,
            None => Vec::new(),
        };
        let _bounds = bounds::watch("verify", &self.report)?;
        let outcome = match files::read(&self.report) {
            Ok(file) => self.verify(&file, &trust),
            Err(failure) => self.refused(vec![failure.message]),
        };
        if self.json {
            let json = json::text(&outcome);
            let json = json.map_err(|error| Failure::unwritten(error.to_string()))?;
            terminal::result(&json)?;
        } else {
            terminal::result(&describe(&outcome))?;
        }
        Ok(outcome.exit_code)
    }

    /// The signer first: nothing that a stranger packed is unpacked.
    fn verify(&self, file: &[u8], trust: &[Vec<u8>]) -> Outcome {
        let now = SystemClock.now();
        let signature = match sign::signature_of(file, trust, now) {
            Ok(signature) => signature,
            Err(refusal) => return self.refused(vec![refusal.to_string()]),
        };
        let why = match self.trusted(&signature.signer, &signature.trust) {
            Ok(why) => why,
            Err(why) => {
                return Outcome {
                    signer: Some(signature.signer),
                    trust: Some(signature.trust),
                    ..self.refused(vec![why])
                };
            }
        };
        match audit(file, trust, now, REGISTRY) {
            Ok(audit) => self.judge(&audit, why),
            Err(objections) => self.refused(objections.iter().map(ToString::to_string).collect()),
        }
    }

    fn refused(&self, failures: Vec<String>) -> Outcome {
        Outcome {
            exit_code: exit::UNWRITTEN,
            result: "not-reliable",
            conclusion: format!("NOT VERIFIED: do not rely on {}", self.report.display()),
            passed: Vec::new(),
            failures,
            reservations: Vec::new(),
            run_id: None,
            verdict: None,
            headline: None,
            signer: None,
            trust: None,
        }
    }

    /// What an intact report is worth.
    fn judge(&self, audit: &Audit<'_>, trusted: String) -> Outcome {
        let Audit {
            record, signature, ..
        } = audit;
        let mut outcome = self.refused(Vec::new());
        outcome.run_id = Some(record.run.id.clone());
        outcome.verdict = Some(record.verdict);
        outcome.headline = Some(record.headline.clone());
        outcome.signer = Some(signature.signer.clone());
        outcome.trust = Some(signature.trust.clone());
        outcome.passed = passed(audit);
        outcome.passed.push(trusted);
        if record.verdict == Verdict::Undetermined {
            let why = format!("the verdict is UNDETERMINED: {}", words::because(record));
            outcome.reservations.push(why);
        }
        if !record.run.complete {
            let why = "the run was interrupted: the report is incomplete";
            outcome.reservations.push(why.to_owned());
        }
        if record.is_part() && !self.accept_part {
            let why = format!(
                "the report is on a part of its checklist: {}",
                record.headline
            );
            outcome.reservations.push(why);
        }
        if let Pages::NotCompared { drawn_by } = &audit.pages
            && !self.accept_other_version
        {
            let why = format!("pages not compared: drawn by {drawn_by}");
            outcome.reservations.push(why);
        }
        if audit.reworded && audit.pages == Pages::Same && !self.accept_other_version {
            let why = format!(
                "texts not compared: written by {}, and this version words them otherwise",
                record.run.tool.version
            );
            outcome.reservations.push(why);
        }
        let about = format!(
            "{} for {}, run {}",
            record.headline,
            words::launch(&record.launch),
            words::instant(record.run.started_at),
        );
        (outcome.exit_code, outcome.result, outcome.conclusion) = if record.verdict == Verdict::NoGo
        {
            (exit::NO_GO, "no-go", format!("VERIFIED: {about}"))
        } else if let Some(why) = outcome.reservations.last() {
            (
                exit::UNDETERMINED,
                "not-a-go",
                format!("VERIFIED, but not a GO for the whole launch: {about}; {why}"),
            )
        } else {
            (exit::GO, "go", format!("VERIFIED: {about}"))
        };
        outcome
    }

    /// Whether the signer is trusted, and by what.
    fn trusted(&self, signer: &sign::Description, trust: &Trust) -> Result<String, String> {
        let own = || output::own_identity().is_some_and(|own| own.sha256 == signer.sha256);
        match trust {
            Trust::Trusted { by } => Ok(format!("the signer is trusted: {}", by.subject)),
            Trust::SelfMade | Trust::NotAnchored if own() => {
                Ok("the signer is your own identity".to_owned())
            }
            Trust::SelfMade | Trust::NotAnchored if self.accept_unknown => Ok(
                "the signer is accepted without proof (--accept-unknown); compare the fingerprint with the sender's"
                    .to_owned(),
            ),
            Trust::SelfMade | Trust::NotAnchored => Err(format!(
                "the signer {} is unknown: pass --trust FILE with its certificate or its CA, or compare the fingerprint \
                 and pass --accept-unknown",
                signer.subject
            )),
        }
    }
}

/// What was proven, a line each.
fn passed(audit: &Audit<'_>) -> Vec<String> {
    let Audit {
        record, signature, ..
    } = audit;
    let mut passed = vec![
        "the signature covers the whole file".to_owned(),
        format!(
            "signed {} by {}, certificate SHA-256 {}",
            words::instant(signature.signed_at),
            signature.signer.subject,
            signature.signer.sha256,
        ),
        format!(
            "{} match the recorded digests",
            words::count(audit.evidence, "attached evidence file")
        ),
        format!(
            "judging the recorded observations again gives the same result for {}",
            words::count(record.checks.len(), "check")
        ),
    ];
    if audit.pages == Pages::Same && !audit.reworded {
        passed.push("the pages show exactly what the record says".to_owned());
    }
    passed
}

fn describe(outcome: &Outcome) -> String {
    let lines = |mark: &'static str, lines: &[String]| {
        let line = |line: &String| format!("{mark}{}\n", escape::text(line));
        lines.iter().map(line).collect::<String>()
    };
    [
        lines("ok      ", &outcome.passed),
        lines("--      ", &outcome.reservations),
        lines("FAILED  ", &outcome.failures),
        format!("{}\n", escape::text(&outcome.conclusion)),
    ]
    .concat()
}
