//! An exact DNS client. One observation is one packet out and one answer or one timeout in: nothing is retried,
//! merged, cached or raced behind the reader's back.
//!
//! [`udp`] asks one server many questions over one socket, and repeats over TCP what came back truncated
//! ([`tcp`]). [`system`] is the exception: it asks as an application on this machine would. Each hands over what
//! it sees as soon as it sees it, as plain data ([`Attempt`]) with the message as it came from the wire.

mod kind;
mod message;
mod reply;
pub mod system;
pub mod tcp;
pub mod udp;

pub use kind::Kind;
pub use message::{Form, Question, QuestionError};
pub use reply::{Attempt, Outcome, Record, Reply, Stray, Transport};

/// Something seen while asking.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A packet was sent, and this became of it.
    Attempt {
        /// Which question of the list.
        question: usize,
        /// What became of it.
        attempt: Attempt,
        /// The message as it came, where one was accepted.
        wire: Option<&'a [u8]>,
    },
    /// A packet came that answers no open question.
    Stray {
        /// What it is instead.
        stray: Stray,
        /// The packet.
        wire: &'a [u8],
    },
}
