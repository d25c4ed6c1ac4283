//! Free ports for servers that cannot pick their own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which the kernel takes ports of outgoing connections, so none of those can be in the way.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// A port of 127.0.0.1 that is free for TCP and UDP now, and that no other caller in this process was given.
/// Test processes run side by side, so they start at different places of the range.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id().wrapping_mul(7919) % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (start.wrapping_add(step)) % COUNT;
        let address = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}

/// One port at 127.0.0.1 and 127.0.0.2, as two servers of a zone have it.
pub fn two_hosts() -> [SocketAddr; 2] {
    loop {
        let port = free_port();
        let hosts = [1, 2].map(|last| SocketAddr::from(([127, 0, 0, last], port)));
        if UdpSocket::bind(hosts[1]).is_ok() {
            return hosts;
        }
    }
}
