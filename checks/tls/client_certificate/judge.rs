//! What is found of the client's certificate itself.

use super::seen::Own;
use super::usage::faults;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::rules;
use crate::checks::tls::settings::Settings;
use crate::judging::Window;
use crate::judging::text::{beside, clipped, instant, list};
use crate::model::Finding;

/// How findings name it.
const SUBJECT: &str = "the client certificate";

/// All findings; none where the checklist gives no certificate.
pub(crate) fn findings(
    settings: &Settings,
    observation: &Observation,
    window: Window,
) -> Vec<Finding> {
    let Some(file) = &settings.tls.certificate else {
        return Vec::new();
    };
    let file = clipped(file.path());
    let Some(own) = &observation.identity else {
        let claim = format!("The client certificate in {file} was not read");
        return vec![rules::CLIENT_EXPIRY.error(SUBJECT, claim)];
    };
    let mut findings = vec![key(settings, own, &file)];
    let chain = observation.ders(&own.chain);
    let chain = chain.ok_or_else(|| "the record lacks it".to_owned());
    match chain.and_then(|ders| Chain::read(&ders)) {
        Err(error) => {
            let claim = format!("The client certificate in {file} cannot be parsed");
            let finding = rules::CLIENT_EXPIRY.fail(SUBJECT, claim);
            findings.push(
                finding
                    .observed(clipped(&error))
                    .hint("have it reissued by a standard tool"),
            );
        }
        Ok(chain) => {
            findings.push(expiry(&chain, &file, window));
            findings.push(usage(&chain, &file));
        }
    }
    findings
}

/// Whether the key belongs to it.
fn key(settings: &Settings, own: &Own, file: &str) -> Finding {
    let key = settings.tls.key.as_ref();
    let key = key.map_or_else(|| "`tls.key`".to_owned(), |key| clipped(key.path()));
    if own.key_fits {
        let claim = format!("The private key in {key} belongs to the client certificate in {file}");
        return rules::CLIENT_KEY.pass(SUBJECT, claim);
    }
    let claim =
        format!("The private key in {key} does not belong to the client certificate in {file}");
    rules::CLIENT_KEY
        .fail(SUBJECT, claim)
        .observed("so no server was shown a client certificate")
        .hint("give the key with which the certificate was requested, and the client's own certificate first in its file")
}

fn expiry(chain: &Chain<'_>, file: &str, window: Window) -> Finding {
    let members: Vec<_> = chain.reachable().map(|(_, member)| member).collect();
    let leaf = chain.leaf();
    let begins = members.iter().max_by_key(|member| member.not_before);
    let ends = members.iter().min_by_key(|member| member.not_after);
    let (begins, ends) = (
        begins.map_or(leaf, |last| last),
        ends.map_or(leaf, |first| first),
    );
    let Window {
        start, end, name, ..
    } = window;
    let until = format!(
        "\"{}\" expires {}, {}",
        ends.subject,
        instant(ends.not_after),
        beside(ends.not_after, start, name)
    );
    let fail = |claim: String| {
        rules::CLIENT_EXPIRY.fail(SUBJECT, claim).expected(format!(
            "valid from {} until {}",
            instant(start),
            instant(end)
        ))
    };
    let renew = "renew it, and give it to all clients";
    if begins.not_before > start {
        fail(format!(
            "The client certificate in {file} is not yet valid at {name}"
        ))
        .observed(format!(
            "\"{}\" is valid from {}, {}",
            begins.subject,
            instant(begins.not_before),
            beside(begins.not_before, start, name)
        ))
        .hint("use one that is valid before the launch")
    } else if ends.not_after < window.now {
        fail(format!("The client certificate in {file} has expired"))
            .observed(until)
            .hint(renew)
    } else if ends.not_after < start {
        fail(format!(
            "The client certificate in {file} expires before {name}"
        ))
        .observed(until)
        .hint(renew)
    } else if ends.not_after < end {
        fail(format!(
            "The client certificate in {file} expires too soon after {name}"
        ))
        .observed(until)
        .hint(renew)
    } else {
        let claim =
            format!("The client certificate in {file} is valid at {name} and for `cover` after it");
        rules::CLIENT_EXPIRY.pass(SUBJECT, claim).observed(until)
    }
}

fn usage(chain: &Chain<'_>, file: &str) -> Finding {
    let faults = faults(chain);
    if faults.is_empty() {
        let claim = format!("The certificate in {file} may be used by a client");
        return rules::CLIENT_USAGE.pass(SUBJECT, claim);
    }
    let claim = format!("The certificate in {file} is not one for a client that servers accept");
    rules::CLIENT_USAGE
        .fail(SUBJECT, claim)
        .observed(list(faults))
        .hint("have it issued for clients: extended key usage `clientAuth`, key usage `digitalSignature`, an ECDSA P-256 or RSA 2048 key, SHA-256")
}
