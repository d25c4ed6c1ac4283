//! An HTTP client that observes: one request to one address, and everything that came of it.
//!
//! A [`Request`] gives one [`Exchange`], whatever happens: where it went, how long each phase took, the head, the
//! beginning and the digest of the body, the trailers, the frames of HTTP/2, and why it ended early, if it did. What
//! came before a failure is in it as well.
//!
//! Nothing happens that the request does not say: no redirect is followed, nothing is repeated, no proxy is used, and
//! no cookie or credentials are sent. Every read is bounded in bytes and in time. HTTP/1.1 is hyper's, HTTP/2 is h2's.
//!
//! Connections that carry many requests (DNS over HTTPS) use [`http2`] directly.

mod answer;
mod body;
mod connect;
mod error;
mod exchange;
mod fetch;
mod frames;
mod head;
mod http1;
pub(super) mod http2;
mod request;
mod send;
mod tee;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use error::{HttpError, Moment};
pub use exchange::{Exchange, Phases, Protocol, Session};
pub use fetch::{Fetch, FetchError};
pub use frames::{Frame, FrameValues, Frames, Side};
pub use head::{Head, Header};
pub use request::{Destination, Limits, Request, Security, Versions};
