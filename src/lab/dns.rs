//! An authoritative DNS server for the zone `pixelrush.test`, over UDP and TCP at one port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::rr::rdata::{A, CNAME, NS, SOA};
use hickory_proto::rr::{Name, RData, Record};
use hickory_server::Server;
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneType};
use tokio::net::{TcpListener, UdpSocket};

use super::{LabError, during};

/// Where the gateway is (RFC 5737 documentation addresses).
pub(super) const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
/// Where it was before this release.
pub(super) const GATEWAY_OF_LAST_RELEASE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

const LOGIN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 20);
/// Seconds; what a zone serves while a roll-out expands.
const TTL: u32 = 60;
const SERIAL: u32 = 1;
/// How many ports to try: a free UDP port may be taken for TCP.
const TRIES: usize = 16;

/// Serves the zone, with the gateway at this address.
pub(super) async fn serve(gateway: Ipv4Addr) -> Result<SocketAddr, LabError> {
    let refused = || during("cannot serve DNS on 127.0.0.1");
    let (udp, tcp) = sockets().await.map_err(refused())?;
    let address = udp.local_addr().map_err(refused())?;
    let mut server = Server::new(catalog(gateway)?);
    server.register_socket(udp);
    server.register_listener(tcp, Duration::from_secs(5), 4096);
    tokio::spawn(async move { server.block_until_done().await });
    Ok(address)
}

/// A UDP and a TCP socket at the same port.
async fn sockets() -> std::io::Result<(UdpSocket, TcpListener)> {
    let mut tried = 1;
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(_) if tried < TRIES => tried += 1,
            Err(error) => return Err(error),
        }
    }
}

fn catalog(gateway: Ipv4Addr) -> Result<Catalog, LabError> {
    let name = |label: &str| Name::from_ascii(format!("{label}pixelrush.test."));
    let origin = name("")?;
    let soa = SOA::new(
        name("ns1.")?,
        name("hostmaster.")?,
        SERIAL,
        3_600,
        600,
        86_400,
        60,
    );
    let records = [
        (origin.clone(), RData::SOA(soa)),
        (origin.clone(), RData::NS(NS(name("ns1.")?))),
        (name("ns1.")?, RData::A(A(Ipv4Addr::LOCALHOST))),
        (name("gateway.")?, RData::A(A(gateway))),
        (name("login.")?, RData::A(A(LOGIN))),
        (name("play.")?, RData::CNAME(CNAME(name("gateway.")?))),
    ];
    let mut zone = InMemoryZoneHandler::<hickory_net::runtime::TokioRuntimeProvider>::empty(
        origin.clone(),
        ZoneType::Primary,
        AxfrPolicy::Deny,
    );
    for (name, data) in records {
        zone.upsert_mut(Record::from_rdata(name, TTL, data), SERIAL);
    }
    let mut catalog = Catalog::new();
    catalog.upsert(origin.into(), vec![Arc::new(zone)]);
    Ok(catalog)
}
