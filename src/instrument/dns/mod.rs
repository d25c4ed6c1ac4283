//! An exact DNS client. One observation is one packet out and one answer or one timeout in: nothing is retried,
//! merged, cached or raced behind the reader's back.
//!
//! [`udp`] asks one server many questions over one socket, and repeats over TCP what came back truncated
//! ([`tcp`]). [`connected`] asks over one connection. [`system`] is the exception: it asks as an application on
//! this machine would. Each hands over what it sees as soon as it sees it, as plain data ([`Attempt`]) with the message as it came from the wire.

pub mod addresses;
mod ask;
pub mod connected;
mod extended;
mod ids;
mod message;
pub mod pace;
mod presentation;
mod question;
mod record_type;
mod reply;
pub mod resolver;
mod send_queue;
mod session;
pub mod system;
pub mod tcp;
pub mod udp;
mod upstream;

pub use ask::ask;
pub use pace::MOST_QPS;
pub use question::{QueryOptions, Question, QuestionError};
pub use record_type::RecordType;
pub use reply::{Attempt, Outcome, Record, Reply, Stray, Transport};
pub use resolver::Resolver;
pub use send_queue::{Limits, MOST_IN_FLIGHT};
pub use session::Session;
pub use upstream::{Scheme, Upstream, UpstreamError};

/// Something seen while asking.
#[derive(Debug)]
pub enum DnsEvent<'a> {
    /// A question left this machine. What becomes of it follows, unless nobody waits that long.
    Sent {
        /// How.
        transport: Transport,
    },
    /// The server turned out not to speak EDNS.
    WithoutEdns,
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
    /// A connection was opened, or could not be.
    Session {
        /// How that went.
        session: Session,
        /// The certificates that the server showed, the leaf first, DER.
        chain: &'a [Vec<u8>],
    },
    /// A connection ended, or fell silent, while a question was open on it.
    Lost {
        /// How: "closed by the server".
        reason: String,
    },
}
