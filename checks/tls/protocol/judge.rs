//! Whether servers refuse old protocols, and know a post-quantum key exchange where they must.

use std::net::SocketAddr;

use super::seen::HelloReplies;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Session;
use crate::checks::tls::settings::{OldProtocols, PostQuantum, Settings};
use crate::checks::tls::words::bounded;
use crate::instrument::tls::HelloReply;
use crate::model::{Finding, Status};

/// What is found at each address, by claim.
pub(crate) fn claims(
    settings: &Settings,
    endpoint: &Endpoint,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Vec<(SocketAddrs, Finding)>> {
    let each = |find: &dyn Fn(&HelloReplies) -> Finding| {
        let found = sessions.iter();
        found
            .map(|(address, session)| (vec![*address], find(&session.hello_replies)))
            .collect::<Vec<_>>()
    };
    let mut claims = Vec::new();
    let weight = match settings.old_protocols {
        OldProtocols::Refuse => Some((Status::Fail, Status::Error)),
        OldProtocols::Warn => Some((Status::Warn, Status::Warn)),
        OldProtocols::Allow => None,
    };
    if let Some((accepted, unheard)) = weight {
        claims.push(each(&|greetings| {
            old(endpoint, greetings, accepted, unheard)
        }));
    }
    if settings.post_quantum == PostQuantum::Require {
        claims.push(each(&|greetings| post_quantum(endpoint, greetings)));
    }
    claims
}

/// The addresses for which a finding holds.
type SocketAddrs = Vec<SocketAddr>;

fn old(
    endpoint: &Endpoint,
    greetings: &HelloReplies,
    accepted: Status,
    unheard: Status,
) -> Finding {
    let claim = format!("{endpoint} refuses TLS 1.0 and TLS 1.1");
    let (mut accepts, mut refuses, mut silent) = (Vec::new(), Vec::new(), Vec::new());
    for (name, greeting) in [
        ("TLS 1.0", &greetings.tls_1_0),
        ("TLS 1.1", &greetings.tls_1_1),
    ] {
        match greeting {
            // A server may answer a greeting with an older protocol than it offers.
            Some(HelloReply::Agreed {
                version, cipher, ..
            }) => {
                accepts.push(format!("{} with {}", bounded(version), bounded(cipher)));
            }
            Some(HelloReply::Alert { description }) => {
                refuses.push(format!("{name} by the alert {}", bounded(description)));
            }
            Some(HelloReply::HungUp { .. }) => {
                refuses.push(format!("{name} by ending the connection"));
            }
            Some(HelloReply::Unheard { failure }) => {
                silent.push(format!(
                    "offered {name}, it {}",
                    bounded(&failure.to_string())
                ));
            }
            None => silent.push(format!("the probe ended before it was offered {name}")),
        }
    }
    accepts.dedup();
    if !accepts.is_empty() {
        Finding::new(accepted, claim)
            .observed(format!("it accepts {}", accepts.join(", and ")))
            .hint("set the lowest protocol to TLS 1.2, for nginx `ssl_protocols TLSv1.2 TLSv1.3`; where old clients need it, set `old-protocols = \"allow\"`")
    } else if !silent.is_empty() {
        Finding::new(unheard, claim)
            .observed(silent.join("; "))
            .hint("something between here and the server may swallow old protocols: look from another place, or raise the check's `timeout`")
    } else {
        Finding::pass(claim).observed(format!("it refuses {}", refuses.join(", and ")))
    }
}

fn post_quantum(endpoint: &Endpoint, greetings: &HelloReplies) -> Finding {
    let claim = format!("{endpoint} knows a post-quantum key exchange");
    let fail = Finding::fail(claim.clone())
        .expected("X25519MLKEM768, SecP256r1MLKEM768 or SecP384r1MLKEM1024")
        .hint("OpenSSL knows it from 3.5 on, Go from 1.24 on; or set `post-quantum = \"note\"`");
    match &greetings.post_quantum {
        Some(HelloReply::Agreed {
            group: Some(group), ..
        }) => Finding::pass(claim).observed(bounded(group)),
        Some(HelloReply::Agreed { version, .. }) => {
            fail.observed(format!("it answers with {}", bounded(version)))
        }
        Some(HelloReply::Alert { description }) => {
            fail.observed(format!("it refuses by the alert {}", bounded(description)))
        }
        Some(HelloReply::HungUp { .. }) => fail.observed("it refuses by ending the connection"),
        Some(HelloReply::Unheard { failure }) => Finding::error(claim)
            .observed(format!("offered it, it {}", bounded(&failure.to_string()))),
        None => Finding::error(claim).observed("the probe ended before it was offered"),
    }
}
