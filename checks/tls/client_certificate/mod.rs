//! The certificate with which the launch's clients show who they are, and what servers do with it. It expires like any
//! other, and when it does, every server that asks for it turns the clients away.
//!
//! A server may refuse it in three places: in the handshake; in TLS 1.3 also right after it, since a client is done
//! before the server has looked; or, as nginx does, by the answer to the first request of HTTP. So the probe listens for
//! a moment after the handshake, and asks for one page where a server asks for a certificate and speaks HTTP.

mod accepted;
mod judge;
mod probe;
mod seen;
mod usage;

pub(super) use accepted::findings as accepted;
pub(super) use judge::findings;
pub(super) use probe::{identify, visit};
#[cfg(test)]
pub(super) use seen::Page;
pub(super) use seen::{Own, Request};

use super::settings::Settings;

/// What is asked beside the handshakes, for the plan.
pub(super) fn load(settings: &Settings) -> &'static str {
    match settings.starttls {
        None => {
            "; one GET of `/` where a server asks for a client certificate and selects HTTP/1.1"
        }
        Some(_) => "",
    }
}
