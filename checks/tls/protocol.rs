//! Old protocols that a server should refuse, and the post-quantum key exchange that it may know. Each is asked by
//! a greeting of its own, since no TLS library offers the old ones any more and ours not yet the new one.

use std::net::SocketAddr;

use futures_util::future::{OptionFuture, join3};
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::endpoint::Endpoint;
use super::observation::Session;
use super::words::bounded;
use crate::instrument::tls::{Client, HelloReply, Offer, Timeouts};
use crate::model::{Finding, Status};

/// What is found of servers that still speak TLS 1.0 or 1.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OldProtocols {
    /// They fail.
    Refuse,
    /// They are worth a word: no client of today is hurt, and content delivery networks allow them by default.
    #[default]
    Warn,
    /// Nobody looks.
    Allow,
}

/// Whether servers must know a post-quantum key exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PostQuantum {
    /// Those that do not fail.
    Require,
    /// It is noted.
    #[default]
    Note,
    /// Nobody looks.
    Off,
}

/// What became of the greetings at one address; none where it was not greeted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct HelloReplies {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tls_1_0: Option<HelloReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tls_1_1: Option<HelloReply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) post_quantum: Option<HelloReply>,
}

/// How many greetings each address gets.
pub(super) fn load(settings: &Settings) -> usize {
    let old = if settings.old_protocols == OldProtocols::Allow {
        0
    } else {
        2
    };
    old + usize::from(settings.post_quantum != PostQuantum::Off)
}

/// Greets one address, side by side: a firewall that swallows old greetings shall cost one timeout and not three.
pub(super) async fn greet(
    settings: &Settings,
    client: &Client,
    address: SocketAddr,
    name: &ServerName<'_>,
    timeouts: Timeouts,
) -> HelloReplies {
    let ask = |offer, wanted: bool| {
        OptionFuture::from(wanted.then(|| client.greet(address, name, offer, timeouts)))
    };
    let old = settings.old_protocols != OldProtocols::Allow;
    let (tls_1_0, tls_1_1, post_quantum) = join3(
        ask(Offer::Tls10, old),
        ask(Offer::Tls11, old),
        ask(
            Offer::PostQuantum,
            settings.post_quantum != PostQuantum::Off,
        ),
    )
    .await;
    HelloReplies {
        tls_1_0,
        tls_1_1,
        post_quantum,
    }
}

/// What is found at each address, by claim.
pub(super) fn claims(
    settings: &Settings,
    endpoint: &Endpoint,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Vec<(SocketAddrs, Finding)>> {
    let each = |find: &dyn Fn(&HelloReplies) -> Finding| {
        let found = sessions.iter();
        found
            .map(|(address, session)| (vec![*address], find(&session.greetings)))
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

impl HelloReplies {
    /// The post-quantum key exchange that the server knows, for the table: its name, `no`, or `-` where it is not
    /// known.
    pub(super) fn post_quantum(&self) -> &str {
        match &self.post_quantum {
            Some(HelloReply::Agreed {
                group: Some(group), ..
            }) => group,
            Some(HelloReply::Unheard { .. }) | None => "-",
            Some(_) => "no",
        }
    }
}
