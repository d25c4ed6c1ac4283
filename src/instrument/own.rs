//! Which addresses are this machine's own. What is asked of them never leaves it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// How many addresses are looked at; of more, the first.
const MOST: usize = 4096;

/// Those among these addresses that are this machine's own, loopback addresses included.
pub fn among(addresses: impl IntoIterator<Item = IpAddr>) -> BTreeSet<IpAddr> {
    let addresses: BTreeSet<_> = addresses.into_iter().take(MOST).collect();
    addresses
        .into_iter()
        .filter(|address| is_own(*address))
        .collect()
}

/// Asks the system from where it would send to an address: to its own ones, from the address itself. No packet is sent.
fn is_own(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let from = || {
        let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        socket.connect(SocketAddr::new(address, 9))?;
        socket.local_addr()
    };
    address.is_loopback() || from().is_ok_and(|from| from.ip() == address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_knows_its_own_addresses() {
        let addresses = [
            "127.0.0.1",
            "127.3.2.1",
            "::1",
            "198.18.7.7",
            "2001:db8:7::7",
        ];
        let own = among(addresses.map(|address| address.parse().unwrap()));
        assert_eq!(own.len(), 3, "{own:?}");
        // The address from which it would ask the internet, where it has one.
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        if socket.connect("198.18.7.7:9").is_ok() {
            let here = socket.local_addr().unwrap().ip();
            assert_eq!(among([here]), BTreeSet::from([here]));
        }
    }
}
