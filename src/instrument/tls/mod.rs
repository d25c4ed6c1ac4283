//! TLS as a client meets it: one connection to one address, one handshake, and everything the server showed
//! on the way, whether or not anyone should trust it.
//!
//! [`Client`] decides nothing: an expired certificate, a wrong name or an unknown issuer is recorded whole.
//! [`Trust`] is for probes that talk on: it verifies, and goes no further with a server that it refuses. What a
//! server sends is bounded in bytes and in time at every step.

mod answer;
mod client;
mod der;
mod failure;
mod flight;
mod greet;
mod hello;
mod hold;
mod identity;
mod opener;
mod pem;
mod recorder;
mod records;
mod resume;
mod roots;
mod starttls;
mod stored;
mod tap;
mod trusted;

pub use client::{Client, Handshake, Patience};
pub use der::Der;
pub use failure::Failure;
pub use flight::{Flight, Like};
pub use greet::Greeting;
pub use hello::Offer;
pub use identity::Identity;
pub use pem::pem;
pub use recorder::Proof;
pub use resume::{Memory, Shake};
pub use roots::{Anchor, Origin, RootSet, Roots, RootsError};
pub use starttls::StartTls;
pub use stored::{Stored, StoredKey};
pub use tap::Tapped;
pub use trusted::{Refusal, Shown, Trust, Trusted, Witness};
