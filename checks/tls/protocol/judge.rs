//! Whether servers refuse old protocols, and support a post-quantum key exchange where they must.

use std::net::SocketAddr;

use super::seen::HelloReplies;
use crate::checks::tls::case::Case;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::Session;
use crate::checks::tls::rules;
use crate::checks::tls::settings::{OldProtocols, PostQuantum};
use crate::instrument::alert::spelled;
use crate::instrument::tls::HelloReply;
use crate::judging::text::clipped;
use crate::model::{Finding, Status};

/// What is found at each address.
pub(crate) fn findings(case: &Case<'_>, sessions: &[(SocketAddr, &Session)]) -> Vec<Located> {
    let replies = || {
        let each = sessions.iter();
        each.map(|(address, session)| (vec![*address], &session.hello_replies))
    };
    let mut findings: Vec<Located> = Vec::new();
    let weight = match case.settings.old_protocols {
        OldProtocols::Refuse => Some((Status::Fail, Status::Error)),
        OldProtocols::Warn => Some((Status::Warn, Status::Warn)),
        OldProtocols::Allow => None,
    };
    if let Some(weight) = weight {
        findings.extend(replies().map(|(at, replies)| (at, old(case, replies, weight))));
    }
    if case.settings.post_quantum == PostQuantum::Require {
        findings.extend(replies().map(|(at, replies)| (at, post_quantum(case, replies))));
    }
    findings
}

fn old(case: &Case<'_>, replies: &HelloReplies, (accepted, unheard): (Status, Status)) -> Finding {
    let (mut accepts, mut refuses, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for (name, reply) in [("TLS 1.0", &replies.tls_1_0), ("TLS 1.1", &replies.tls_1_1)] {
        match reply {
            // A server may answer a hello with an older protocol than it offers.
            Some(HelloReply::Agreed {
                version, cipher, ..
            }) => {
                accepts.push(format!("{} with {}", clipped(version), clipped(cipher)));
            }
            Some(HelloReply::Alert { description }) => {
                refuses.push(format!(
                    "{name} with the alert {}",
                    clipped(&spelled(description))
                ));
            }
            Some(HelloReply::HungUp { .. }) => {
                refuses.push(format!("{name} by closing the connection"));
            }
            Some(HelloReply::Unheard { failure }) => {
                silent.push(format!(
                    "offered {name}, it {}",
                    clipped(&failure.to_string())
                ));
            }
            None => silent.push(format!("the probe ended before it offered {name}")),
        }
    }
    accepts.dedup();
    let finding = |status, verb: &str| {
        let claim = format!("{} {verb}", case.endpoint);
        rules::OLD_PROTOCOLS.finding(status, case.subject, claim)
    };
    if !accepts.is_empty() {
        finding(accepted, "accepts old protocols")
            .expected("TLS 1.2 or later only")
            .observed(format!("it accepts {}", accepts.join(" and ")))
            .hint("set the lowest protocol to TLS 1.2, for nginx `ssl_protocols TLSv1.2 TLSv1.3`; where old clients need it, set `old-protocols = \"allow\"`")
    } else if !silent.is_empty() {
        finding(unheard, "does not say whether it accepts old protocols")
            .observed(silent.join("; "))
            .hint("something on the path may drop old protocols: check from another place, or raise the check's `timeout`")
    } else {
        finding(Status::Pass, "refuses TLS 1.0 and TLS 1.1")
            .observed(format!("it refuses {}", refuses.join(" and ")))
    }
}

fn post_quantum(case: &Case<'_>, replies: &HelloReplies) -> Finding {
    let finding = |status, verb: &str| {
        let claim = format!("{} {verb}", case.endpoint);
        rules::POST_QUANTUM.finding(status, case.subject, claim)
    };
    let error = |observed: String| {
        finding(
            Status::Error,
            "does not say whether it supports a post-quantum key exchange",
        )
        .observed(observed)
    };
    let observed = match &replies.post_quantum {
        Some(HelloReply::Agreed {
            group: Some(group), ..
        }) => {
            return finding(Status::Pass, "supports a post-quantum key exchange")
                .observed(clipped(group));
        }
        Some(HelloReply::Unheard { failure }) => {
            return error(format!("offered it, it {}", clipped(&failure.to_string())));
        }
        None => return error("the probe ended before it offered it".to_owned()),
        Some(HelloReply::Agreed { version, .. }) => format!("it answers with {}", clipped(version)),
        Some(HelloReply::Alert { description }) => {
            format!(
                "it refuses with the alert {}",
                clipped(&spelled(description))
            )
        }
        Some(HelloReply::HungUp { .. }) => "it refuses by closing the connection".to_owned(),
    };
    finding(Status::Fail, "supports no post-quantum key exchange")
        .expected("X25519MLKEM768, SecP256r1MLKEM768 or SecP384r1MLKEM1024")
        .observed(observed)
        .hint("OpenSSL supports it from 3.5 on, Go from 1.24 on; or set `post-quantum = \"note\"`")
}
