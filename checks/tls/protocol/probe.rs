//! Greets a server with what it should refuse, and with what it may know.

use std::net::SocketAddr;

use futures_util::future::{OptionFuture, join3};
use rustls::pki_types::ServerName;

use super::seen::HelloReplies;
use crate::checks::tls::settings::{OldProtocols, PostQuantum, Settings};
use crate::instrument::tls::{Client, Offer, Timeouts};

/// Sends one address all ClientHellos side by side: a firewall that swallows old ones shall cost one timeout and not three.
pub(crate) async fn greet(
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
