//! How long each step of a contact may take, and when all of it ends.

use std::time::Duration;

use tokio::time::Instant;

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the TCP connection.
    pub connect: Duration,
    /// For the TLS handshake, from the first byte sent.
    pub handshake: Duration,
    /// The end of everything, whatever is left of the steps.
    pub until: Instant,
}

impl Timeouts {
    /// When a connection that is attempted now is given up.
    pub fn connect_by(&self) -> Instant {
        self.by(self.connect)
    }

    /// When a handshake that begins now is given up.
    pub fn handshake_by(&self) -> Instant {
        self.by(self.handshake)
    }

    /// When a step that begins now and may take so long is given up.
    pub fn by(&self, step: Duration) -> Instant {
        let now = Instant::now();
        self.until.min(now.checked_add(step).unwrap_or(self.until))
    }
}
