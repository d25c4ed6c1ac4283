//! Whether the certificate with which clients show who they are is good for a launch: for any module whose clients
//! have one.

use jiff::Timestamp;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Window;
use super::text::{beside, clipped, instant};

/// What is wrong with a client's certificate in this time, given all of its file, DER: it and its issuers end, or are not
/// valid yet, or it is not for clients.
///
/// # Errors
/// When it cannot be read.
pub fn faults(file: &[&[u8]], window: Window) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for der in file {
        let read = X509Certificate::from_der(der);
        let (_, certificate) = read.map_err(|_| "a certificate in it cannot be parsed")?;
        all.push(certificate);
    }
    let leaf = all.first().ok_or("it holds no certificate")?;
    let mut faults = Vec::new();
    for member in path(&all) {
        let name = clipped(&member.subject().to_string());
        let Window {
            start,
            end,
            name: begin,
            ..
        } = window;
        let [from, until] = [
            member.validity().not_before.timestamp(),
            member.validity().not_after.timestamp(),
        ]
        .map(timestamp);
        if from > start {
            let (at, beside) = (instant(from), beside(from, start, begin));
            faults.push(format!("\"{name}\" is valid from {at}, {beside}"));
        }
        if until < end {
            let (at, beside) = (instant(until), beside(until, start, begin));
            faults.push(format!("\"{name}\" expires {at}, {beside}"));
        }
    }
    if !for_clients(leaf) {
        faults.push("its extended key usage lacks clientAuth".to_owned());
    }
    let usage = leaf.key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.digital_signature()) {
        faults.push("its key usage lacks digitalSignature".to_owned());
    }
    Ok(faults)
}

/// Whether its extended key usage, where it has one, names clients or any purpose (RFC 5280 section 4.2.1.12).
pub fn for_clients(certificate: &X509Certificate<'_>) -> bool {
    match certificate.extended_key_usage() {
        Ok(Some(usage)) => usage.value.client_auth || usage.value.any,
        Ok(None) => true,
        Err(_) => false,
    }
}

/// The first certificate, its issuer, and so on; what else is in the file does not concern it.
fn path<'c, 'a>(all: &'c [X509Certificate<'a>]) -> Vec<&'c X509Certificate<'a>> {
    let mut path: Vec<_> = all.first().into_iter().collect();
    while path.len() < all.len() {
        let Some(last) = path.last() else { break };
        let issuer = last.issuer().as_raw();
        let next = all.iter().skip(1).find(|one| {
            one.subject().as_raw() == issuer && !path.iter().any(|known| std::ptr::eq(*known, *one))
        });
        match next {
            Some(next) => path.push(next),
            None => break,
        }
    }
    path
}

/// Certificates may end in the year 9999, beyond what a timestamp can tell.
fn timestamp(seconds: i64) -> Timestamp {
    let edge = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(edge)
}
