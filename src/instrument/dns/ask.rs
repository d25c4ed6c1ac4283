//! Questions to a resolver by messages of our own, whichever way it is reached.

use std::io;

use tokio::time::Instant;

use super::{DnsEvent, Limits, Question, Resolver, connected, udp};
use crate::instrument::limits;

/// Asks every question and hands over all that is seen. The system's resolver is not asked: it takes no messages, see
/// [`system`](super::system).
///
/// # Errors
/// When the resolver cannot be asked at all.
pub async fn ask(
    resolver: &Resolver,
    questions: &[Question],
    limits: Limits,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    match resolver {
        Resolver::System => {}
        Resolver::Server(server) => {
            let asked = udp::ask(*server, questions, limits, epoch, seen).await;
            asked.map_err(limits::named)?;
        }
        Resolver::Upstream(server) => {
            connected::ask(server, questions, limits, epoch, seen).await;
        }
    }
    Ok(())
}
