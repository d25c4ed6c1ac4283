//! The client against servers of a few lines: honest ones, and those that keep to nothing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::*;
use crate::instrument::dial::DialError;
use crate::instrument::timeouts::Timeouts;
use crate::model::digest::sha256_hex;

/// Does the same with everyone who connects.
async fn server<F>(behave: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(behave(stream));
        }
    });
    address
}

/// Reads the head of a request, answers these pieces with a pause before each but the first, and hangs up.
async fn answers(pieces: &[&'static [u8]], pause: Duration) -> SocketAddr {
    let pieces = pieces.to_vec();
    let behave = move |mut stream: TcpStream| {
        let pieces = pieces.clone();
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            for (number, piece) in pieces.iter().enumerate() {
                if number > 0 {
                    sleep(pause).await;
                }
                let _ = stream.write_all(piece).await;
            }
        }
    };
    server(behave).await
}

fn request(address: SocketAddr) -> Request<'static> {
    let url = format!("http://user:secret@gw.test:{}/a?b=c", address.port());
    let step = Duration::from_secs(5);
    let timeouts = Timeouts {
        connect: step,
        handshake: step,
        until: Instant::now() + Duration::from_secs(10),
    };
    Request {
        destination: Destination::Address(address),
        ..Request::get(url.parse().unwrap(), Security::Plain, timeouts)
    }
}

fn failure(exchange: &Exchange) -> String {
    let failure = exchange.failure.as_ref();
    failure.map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn an_answer_is_recorded_whole_with_its_phases() {
    let pieces: &[&[u8]] = &[
        b"HTTP/1.1 404 Gone fishing\r\nX-Odd: \xff\r\nTrailer: sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"3\r\ndef\r\n0\r\nSum: 6\r\n\r\n",
    ];
    let address = answers(pieces, Duration::from_millis(60)).await;
    let exchange = request(address).send().await;
    assert_eq!(exchange.failure, None);
    assert_eq!(exchange.address, Some(address));
    assert_eq!(exchange.protocol, Some(Protocol::Http1));
    assert_eq!(exchange.status(), Some(404));
    assert_eq!(exchange.header("X-ODD"), Some("\\xff"));
    assert_eq!(exchange.body.kept, b"abcdef");
    assert_eq!(exchange.body.sha256, sha256_hex(b"abcdef"));
    assert!(exchange.body.complete);
    let (name, value) = ("sum".to_owned(), "6".to_owned());
    assert_eq!(exchange.trailers, [Header { name, value }]);
    let phases = &exchange.phases;
    assert!(phases.connect_us.is_some() && phases.send_us.is_some() && phases.wait_us.is_some());
    assert!(phases.receive_us >= Some(60_000), "{phases:?}");
    assert!(phases.lookup_us.is_none() && phases.handshake_us.is_none());

    let text = serde_json::to_string(&exchange).unwrap();
    let back: Exchange = serde_json::from_str(&text).unwrap();
    assert_eq!(back, exchange);
}

#[tokio::test]
async fn a_request_says_what_its_caller_says_and_no_more() {
    let address = server(|mut stream| async move {
        let mut head = vec![0; 4096];
        let count = stream.read(&mut head).await.unwrap();
        let length = format!("HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\n");
        let _ = stream.write_all(length.as_bytes()).await;
        let _ = stream.write_all(&head[..count]).await;
    })
    .await;
    let mut request = request(address);
    request.headers.insert("x-one", "1".parse().unwrap());
    let echo = request.send().await.body.kept;
    let echo = String::from_utf8(echo).unwrap();
    let port = address.port();
    assert_eq!(
        echo,
        format!(
            "GET /a?b=c HTTP/1.1\r\nx-one: 1\r\nuser-agent: tminus/{}\r\nhost: gw.test:{port}\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[tokio::test]
async fn what_breaks_off_keeps_what_came_before() {
    let head = &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"[..];
    for (pieces, status, size, words) in [
        (
            &[head][..],
            Some(200),
            3,
            "closed the connection in the middle of the answer",
        ),
        (
            &[&b""[..]][..],
            None,
            0,
            "closed the connection before it answered",
        ),
        (
            &[&b"HTTP/1.1 200"[..]][..],
            None,
            0,
            "closed the connection before it answered",
        ),
        (
            &[&b"SSH-2.0-x\r\n\r\n"[..]][..],
            None,
            0,
            "broke HTTP before it answered: invalid HTTP version parsed",
        ),
        (
            &[&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"[..]][..],
            Some(200),
            0,
            "broke HTTP in the middle of the answer: ",
        ),
    ] {
        let address = answers(pieces, Duration::ZERO).await;
        let exchange = request(address).send().await;
        assert!(failure(&exchange).starts_with(words), "{exchange:?}");
        assert_eq!(
            (exchange.status(), exchange.body.size),
            (status, size),
            "{words}"
        );
        assert!(!exchange.body.complete);
    }
}

#[tokio::test]
async fn more_than_the_announced_length_is_not_read() {
    let address = answers(
        &[b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"],
        Duration::ZERO,
    )
    .await;
    let exchange = request(address).send().await;
    assert_eq!(exchange.failure, None);
    assert_eq!((exchange.body.size, exchange.body.complete), (3, true));
}

#[tokio::test]
async fn no_read_is_without_a_bound() {
    // Headers without an end, and a body without one.
    let headers = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(&[b'x'; 1000]).await.is_ok() {}
    })
    .await;
    let exchange = request(headers).send().await;
    assert_eq!(failure(&exchange), "sent more than 64 KiB of header fields");
    let body = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(&[b'x'; 10_000]).await.is_ok() {}
    })
    .await;
    let mut request = request(body);
    request.limits.read = 300_000;
    let exchange = request.send().await;
    assert_eq!(exchange.failure, None);
    assert_eq!(
        (exchange.body.size, exchange.body.kept.len()),
        (300_000, 256 * 1024)
    );
    assert!(!exchange.body.complete);
}

#[tokio::test]
async fn silence_ends_at_the_deadline_with_what_was_going_on() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    for (pieces, words) in [
        (
            &[&b""[..], b""][..],
            "did not answer the request within 0.2 s",
        ),
        (
            &[HEAD, b""][..],
            "did not deliver the whole answer within 0.2 s",
        ),
    ] {
        let address = answers(pieces, Duration::from_secs(9)).await;
        let mut request = request(address);
        request.answer = Duration::from_millis(200);
        let exchange = request.send().await;
        assert_eq!(failure(&exchange), words);
        assert!(exchange.phases.total_us < 2_000_000);
        assert_eq!(exchange.phases.receive_us, None);
    }
}

#[tokio::test]
async fn addresses_are_tried_only_as_often_as_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let mut request = request(closed);
    assert_eq!(
        request.send().await.failure,
        Some(HttpError::Connect {
            error: DialError::Refused
        })
    );
    request.url = format!("http://localhost:{}/", closed.port())
        .parse()
        .unwrap();
    request.destination = Destination::Host { tries: 1 };
    let exchange = request.send().await;
    assert_eq!(failure(&exchange), "refused the connection");
    assert!(exchange.passed_over.is_empty());
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_recorded_with_its_frames() {
    let address = server(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            assert_eq!(
                request.uri().to_string(),
                format!("http://{}/a?b=c", request.uri().authority().unwrap())
            );
            let response = http::Response::builder().status(203).header("x-one", "1");
            let mut body = respond
                .send_response(response.body(()).unwrap(), false)
                .unwrap();
            body.send_data("abcdef".into(), false).unwrap();
            let trailers =
                http::HeaderMap::from_iter([("sum".parse().unwrap(), "6".parse().unwrap())]);
            body.send_trailers(trailers).unwrap();
        }
    })
    .await;
    let mut request = request(address);
    (request.versions, request.body) = (Versions::Http2, "question".into());
    let exchange = request.send().await;
    assert_eq!(exchange.failure, None);
    assert_eq!(
        (exchange.status(), exchange.protocol),
        (Some(203), Some(Protocol::Http2))
    );
    assert_eq!(exchange.header("x-one"), Some("1"));
    assert_eq!(
        (exchange.body.kept.as_slice(), exchange.body.complete),
        (&b"abcdef"[..], true)
    );
    assert_eq!(exchange.trailers[0].name, "sum");
    let of = |side, kind: &str| {
        let frames = exchange.frames.seen.iter();
        frames
            .filter(|frame| frame.by == side && frame.kind == kind)
            .count()
    };
    assert_eq!(of(Side::Client, "HEADERS"), 1);
    assert_eq!(of(Side::Server, "DATA"), 1);
    assert_eq!(of(Side::Server, "HEADERS"), 2, "with the trailers");
    assert!(of(Side::Server, "SETTINGS") >= 1);
    let windows: Vec<_> = exchange
        .frames
        .settings(Side::Client, "INITIAL_WINDOW_SIZE")
        .collect();
    assert_eq!(windows, [1024 * 1024]);
    assert!(exchange.phases.send_us.is_some() && exchange.phases.wait_us.is_some());
}

#[tokio::test]
async fn http2_that_is_none_or_breaks_off_is_named() {
    let garbage = server(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read(&mut [0; 1000]).await;
        sleep(Duration::from_secs(1)).await;
    })
    .await;
    let closed = server(|_| async {}).await;
    let reset = server(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_reset(h2::Reason::REFUSED_STREAM);
        }
    })
    .await;
    for (address, words) in [
        (garbage, "broke HTTP before it answered: "),
        (closed, "closed the connection "),
        (
            reset,
            "reset the stream before it answered (REFUSED_STREAM)",
        ),
    ] {
        let mut request = request(address);
        request.versions = Versions::Http2;
        let exchange = request.send().await;
        let failure = failure(&exchange);
        let reset = failure.replacen("reset the connection", "closed the connection", 1);
        assert!(reset.starts_with(words), "{words}: {exchange:?}");
    }
}
