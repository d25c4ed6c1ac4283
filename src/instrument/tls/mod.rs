//! TLS as a client sees it: one connection to one address, one handshake, and everything the server showed
//! on the way, whether or not anyone should trust it.
//!
//! [`Client`] decides nothing: an expired certificate, a wrong name or an unknown issuer is recorded whole.
//! [`Trust`] is for probes that talk on: it verifies, and goes no further with a server that it refuses. What a
//! server sends is bounded in bytes and in time at every step.

mod answer;
mod client;
mod client_kind;
mod client_tls;
mod connection;
mod decrypt;
mod der;
mod distinguished;
mod failure;
mod flight;
mod hello;
mod hello_reply;
mod identity;
mod offering;
mod pem;
mod pem_file;
mod recorder;
mod records;
mod resume;
mod roots;
mod shake;
mod starttls;
mod tap;
mod trusted;
mod words;

pub use super::timeouts::Timeouts;
pub use client::{Client, Handshake, Unfinished};
pub use client_kind::ClientKind;
pub use client_tls::ClientTls;
pub use connection::Connection;
pub use der::{Der, contents, sequence};
pub use distinguished::Distinguished;
pub use failure::Failure;
pub use flight::{Flight, FlightRequest};
pub use hello::Offer;
pub use hello_reply::HelloReply;
pub use identity::{CertificateRequest, Identity, IdentityError, Verdict};
pub use pem::pem;
pub use pem_file::{PemFile, PemKey};
pub use recorder::Proof;
pub use resume::{HandshakeKind, SessionCache};
pub use roots::{Anchor, Origin, RootSet, Roots, RootsError};
pub use starttls::StartTls;
pub use tap::Tapped;
pub use trusted::{RecordingVerifier, Refusal, Shown, Trust, Trusted};
pub use words::of_path as path_error;
