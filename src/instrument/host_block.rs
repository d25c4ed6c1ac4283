//! Keeps this machine from being blocked by a database that it only looks at.
//!
//! MySQL and MariaDB count, for each client host whose address resolves back to a name, the connections that end before
//! a login: connect and close, and a TLS handshake without a login, count alike. At `max_connect_errors`, 100 unless
//! changed, they refuse every login from that host, those of applications too, until somebody flushes the host cache or
//! a login succeeds first. So a run makes [`MOST`] connections to such a server, whatever the check, the attempt and the
//! name by which it got there; the one door to the network, `dial`, asks here before it opens.
//!
//! Port 3306 is taken for such a server. So is any other port once a check says that it speaks MySQL, or once a greeting
//! was heard there; what was opened before that counts too.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Connections that one run makes to a server at most.
pub const MOST: u32 = 10;

/// The port of MySQL and MariaDB (IANA).
pub const PORT: u16 = 3306;

/// Why nothing more is opened, for those who are refused it.
pub const HINT: &str = "MySQL and MariaDB block a host after 100 connections that end without a login, for every login \
                        from it, so a run makes 10: contact this server from fewer checks or by fewer names, and with fewer `retries`";

/// What a check costs such a server, for `plan`.
pub const LOAD: &str =
    "at most 10 connections in the whole run to each address of a MySQL or MariaDB server";

#[derive(Default)]
struct Server {
    opened: u32,
    mysql: bool,
}

/// What this run has opened, by address. Probes have no run in their hands, but share the process with one only.
static RUN: Mutex<Option<HashMap<SocketAddr, Server>>> = Mutex::new(None);

fn run() -> MutexGuard<'static, Option<HashMap<SocketAddr, Server>>> {
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn of(address: SocketAddr, change: impl FnOnce(&mut Server)) {
    // The same server, written as an IPv4-mapped address.
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    change(run().get_or_insert_default().entry(address).or_default());
}

/// A new run has opened nothing yet.
pub fn new_run() {
    *run() = None;
}

/// Says that a server speaks MySQL.
pub fn is_mysql(address: SocketAddr) {
    of(address, |server| server.mysql = true);
}

/// Looks at what a server said first.
pub fn heard(address: SocketAddr, first: &[u8]) {
    if greets(first) {
        is_mysql(address);
    }
}

/// Whether bytes begin like the server's first packet: its length in three bytes, number 0, and protocol 10 or an error
/// (MySQL client/server protocol, "Protocol::HandshakeV10").
fn greets(first: &[u8]) -> bool {
    matches!(first, [length, _, 0, 0, 10 | 0xff, ..] if *length > 0)
}

/// One connection that may be opened; handed back where it did not come about.
#[derive(Debug)]
pub(super) struct Leave(SocketAddr);

/// Asks for one connection.
///
/// # Errors
/// When the run has made all that it makes to this server: how many those were.
pub(super) fn ask(address: SocketAddr) -> Result<Leave, u32> {
    let mut leave = Ok(Leave(address));
    of(address, |server| {
        if (server.mysql || address.port() == PORT) && server.opened >= MOST {
            leave = Err(server.opened);
        } else {
            server.opened += 1;
        }
    });
    leave
}

impl Leave {
    /// Nothing accepted the connection.
    pub(super) fn hand_back(self) {
        of(self.0, |server| {
            server.opened = server.opened.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(address: &str) -> usize {
        let address = address.parse().unwrap();
        (0..25).take_while(|_| ask(address).is_ok()).count()
    }

    #[test]
    fn a_run_opens_ten_connections_to_a_server_however_it_is_written_or_found_out() {
        new_run();
        assert_eq!(opens("192.0.2.1:3306"), 10);
        assert_eq!(opens("[::ffff:192.0.2.1]:3306"), 0);
        assert_eq!(opens("192.0.2.2:3306"), 10);
        let other = "192.0.2.1:13306".parse().unwrap();
        for _ in 0..4 {
            ask(other).unwrap();
        }
        ask(other).unwrap().hand_back();
        heard(other, b"SSH-2.0-OpenSSH");
        heard(other, b"HTTP/1.1 400");
        is_mysql(other);
        assert_eq!(opens("192.0.2.1:13306"), 6);
        assert_eq!(ask(other).unwrap_err(), 10);
        assert_eq!(opens("192.0.2.1:443"), 25);
        new_run();
        assert_eq!(opens("192.0.2.1:3306"), 10);
    }

    #[test]
    fn a_greeting_is_known_from_its_first_bytes() {
        for (first, is) in [
            (&b"d\0\0\0\n5.5.5-10.11.19-MariaDB\0"[..], true),
            (b"j\0\0\0\xffi\x04Host '192.0.2.9' is blocked", true),
            (b"\x16\x03\x03\0\x05", false),
            (b"\0\0\0\0\n", false),
            (b"220 ", false),
            (b"", false),
        ] {
            assert_eq!(greets(first), is, "{first:?}");
        }
    }
}
