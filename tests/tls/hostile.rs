//! The module `tls` against a server that stops at every step of a real handshake.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::support::tls::{Pki, faults, good};

/// How far a server goes, in records of TLS (RFC 5246 section 6.2.1).
#[derive(Clone, Copy, Debug)]
enum Step {
    /// It takes the connection and reads nothing.
    Accept,
    /// So many whole records, then nothing more.
    Records(usize),
    /// So many whole records and half of the next one.
    AndHalf(usize),
}

/// What it does there.
#[derive(Clone, Copy, Debug)]
enum Then {
    Hang,
    Close,
    Reset,
}

/// A front of the server at `port` that stops at a step.
async fn stopping(port: u16, step: Step, then: Then) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let front = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(stop(client, port, step, then));
        }
    });
    front
}

async fn stop(client: TcpStream, port: u16, step: Step, then: Then) -> Option<()> {
    let (whole, half) = match step {
        Step::Accept => {
            std::future::pending::<()>().await;
            return None;
        }
        Step::Records(whole) => (whole, false),
        Step::AndHalf(whole) => (whole, true),
    };
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    let (mut from_server, mut to_server) = server.ok()?.into_split();
    let (mut from_client, mut to_client) = client.into_split();
    let said = tokio::spawn(async move {
        let _ = copy(&mut from_client, &mut to_server).await;
        from_client
    });
    for _ in 0..whole {
        to_client
            .write_all(&record(&mut from_server).await?)
            .await
            .ok()?;
    }
    if half {
        let next = record(&mut from_server).await?;
        to_client.write_all(&next[..next.len() / 2]).await.ok()?;
    }
    // What was sent shall arrive before a reset can overtake it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    match then {
        Then::Hang => std::future::pending().await,
        Then::Close => drop(to_client),
        Then::Reset => {
            let stream: &TcpStream = to_client.as_ref();
            let none = Some(Duration::ZERO);
            socket2::SockRef::from(stream).set_linger(none).ok()?;
            to_client.forget(); // closed in order otherwise
            said.abort();
        }
    }
    Some(())
}

async fn record(server: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut record = vec![0; 5];
    server.read_exact(&mut record).await.ok()?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    server.read_exact(&mut record[5..]).await.ok()?;
    Some(record)
}

/// The finding without the time, which depends on the machine's load, and the number of bytes; and that number.
fn bytes(fault: &str) -> (&str, u64) {
    let (words, rest) = fault.rsplit_once(", ").expect(fault);
    let number = rest
        .strip_prefix("having sent ")
        .and_then(|rest| rest.strip_suffix(" bytes"))
        .expect(fault);
    let words = words
        .split_once(" within ")
        .map_or(words, |(words, _)| words);
    (words, number.parse().unwrap())
}

#[tokio::test]
async fn a_handshake_that_stops_at_any_step_is_an_error_in_time() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &["-tls1_2"]);
    // ServerHello, Certificate, ServerKeyExchange, ServerHelloDone, ChangeCipherSpec, Finished
    let mut steps = vec![Step::Accept, Step::AndHalf(0)];
    steps.extend((1..=5).flat_map(|whole| [Step::Records(whole), Step::AndHalf(whole)]));
    for (then, words) in [
        (Then::Hang, "error: it did not finish the handshake"),
        (
            Then::Close,
            "error: it closed the connection in the middle of the handshake",
        ),
        (
            Then::Reset,
            "error: it reset the connection in the middle of the handshake",
        ),
    ] {
        let mut before = None;
        for step in &steps {
            if matches!((step, then), (Step::Accept, Then::Close | Then::Reset)) {
                continue;
            }
            let front = stopping(server.port, *step, then).await;
            let begin = Instant::now();
            let check = pki.check(front, "timeouts.handshake = '600ms'");
            let seen = check.timeout(Duration::from_secs(10)).run(pki.path()).await;
            assert!(begin.elapsed() < Duration::from_secs(8), "{step:?}");
            let fault = faults(&seen);
            let (fault, came) = bytes(&fault);
            assert_eq!(fault, words, "{step:?}");
            assert!(before < Some(came), "{step:?}: {came} after {before:?}");
            before = Some(came);
        }
    }
    let front = stopping(server.port, Step::Records(6), Then::Hang).await;
    let seen = pki.check(front, "old-protocols = 'allow'\npost-quantum = 'off'");
    assert_eq!(
        faults(&seen.run(pki.path()).await),
        "",
        "all six make a handshake"
    );
}
