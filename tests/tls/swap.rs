//! The module `tls`: certificates swapped while clients are connected, by nginx and haproxy that are reloaded, and by
//! commands that do something else.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use tminus::model::Status;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::support::ports::free_port;
use crate::support::probe::Probe;
use crate::support::server::Server;
use crate::support::tls::{NAME, Pki, faults, good};
use crate::support::{haproxy, nginx};

/// Copies the new pair over the live one, and loads it.
const RELOAD: &str =
    "cp new.pem live.pem && cp new.key live.key && nginx -c $PWD/nginx.conf -p $PWD -s reload";

/// Writes `live.*` and `new.*`: a chain with its key, and both together.
fn pairs() -> Pki {
    let pki = Pki::new();
    for name in ["live", "new"] {
        let leaf = pki.middle.issue(&good());
        let chain = leaf.pem() + &pki.middle.pem();
        pki.write(&format!("{name}.both"), &(chain.clone() + &leaf.key_pem()));
        pki.write(&format!("{name}.pem"), &chain);
        pki.write(&format!("{name}.key"), &leaf.key_pem());
    }
    pki
}

fn serve(pki: &Pki) -> (u16, Server) {
    let port = free_port();
    let at: [SocketAddr; 2] = [
        (Ipv4Addr::LOCALHOST, port).into(),
        (Ipv6Addr::LOCALHOST, port).into(),
    ];
    let server = nginx::start(pki.path(), port, &nginx::tls(pki.path(), &at, "live"));
    (port, server)
}

/// A swap of `port`; the command is read by a shell.
fn swap(port: u16, addresses: &str, file: &str, command: &str, more: &str) -> Probe {
    let settings = format!(
        "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = [{addresses}]\n\
         old-protocols = 'allow'\npost-quantum = 'off'\n\
         hot-swap = {{ file = '{file}', command = ['sh', '-c', '{command}'], connections = 20, hold = '1s'{more} }}"
    );
    Probe::new("tls", settings).timeout(Duration::from_secs(60))
}

#[tokio::test]
async fn nginx_and_haproxy_that_are_reloaded_swap_and_drop_nobody() {
    let pki = pairs();
    let (port, _nginx) = serve(&pki);
    let check = swap(port, "'127.0.0.1', '::1'", "live.pem", RELOAD, "");
    let seen = check.run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{}\n{seen:#?}", faults(&seen));
    seen.finding("tls/swap-connections");
    let served = seen.finding("tls/swap-served");
    assert_eq!(served.status, Status::Pass);
    let kept = String::from_utf8(seen.evidence("swapped.pem").to_vec()).unwrap();
    let new = std::fs::read_to_string(pki.path().join("new.pem")).unwrap();
    assert_eq!(kept, new.replace("\r\n", "\n"));
    let times = seen.judgement.measures.iter();
    let times = times.filter(|measure| measure.name == "tls_swap_duration_seconds");
    assert_eq!(times.count(), 2);

    // What is looked at afterwards is the new one, and a second swap has nothing to do.
    let seen = swap(port, "'::1'", "new.pem", "true", "")
        .run(pki.path())
        .await;
    assert_eq!(faults(&seen), "error: nothing was swapped");

    let port = free_port();
    let at = (Ipv4Addr::LOCALHOST, port).into();
    let pki = pairs();
    let file = format!("crt {}", pki.path().join("live.both").display());
    let haproxy = haproxy::start(pki.path(), port, &[(at, file)]);
    let command = format!("cp new.both live.both && kill -USR2 {}", haproxy.id());
    let seen = swap(port, "'127.0.0.1'", "live.both", &command, "")
        .run(pki.path())
        .await;
    assert_eq!(seen.status(), Status::Pass, "{}", faults(&seen));
    let key = std::fs::read_to_string(pki.path().join("new.key")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    assert!(!format!("{seen:#?}").contains(&secret[..16]));
    for kept in &seen.evidence {
        assert!(!String::from_utf8_lossy(&kept.bytes).contains(&secret[..16]));
    }
}

/// An nginx that the check itself started, ended with the test.
struct Restarted<'a>(&'a Pki);

impl Drop for Restarted<'_> {
    fn drop(&mut self) {
        let folder = self.0.path();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(folder.join("nginx.conf"));
        let _ = command.arg("-p").arg(folder).args(["-s", "stop"]).status();
    }
}

#[tokio::test]
async fn a_restart_drops_whoever_is_there_and_turns_newcomers_away() {
    let pki = pairs();
    let (port, _nginx) = serve(&pki);
    let _restarted = Restarted(&pki);
    let command = "cp new.pem live.pem && cp new.key live.key && nginx -c $PWD/nginx.conf -p $PWD -s stop \
                   && sleep 1 && setsid nginx -c $PWD/nginx.conf -p $PWD >/dev/null 2>&1 & sleep 3";
    let seen = swap(port, "'127.0.0.1'", "live.pem", command, "")
        .run(pki.path())
        .await;
    assert_eq!(seen.status(), Status::Fail, "{seen:#?}");
    let cut = seen.finding("tls/swap-connections");
    assert_eq!(cut.status, Status::Fail, "{cut:?}");
    assert_eq!(cut.observed.as_deref(), Some("it cut off 20 of 20"));
    let refused = seen.finding("tls/swap-handshakes");
    assert_eq!(refused.status, Status::Fail, "{refused:?}");
    let served = seen.finding("tls/swap-served");
    assert_eq!(served.status, Status::Pass, "{served:?}");
}

#[tokio::test]
async fn commands_that_fail_or_change_nothing_are_told() {
    let pki = pairs();
    let (port, _nginx) = serve(&pki);
    for (file, command, words) in [
        ("new.pem", "true", "fail: it still serves serial "),
        ("live.pem", "true", "error: nothing was swapped"),
        (
            "new.pem",
            "echo no such unit >&2; exit 3",
            "error: exit code 3; it printed \"no such unit\"",
        ),
        (
            "new.pem",
            "cat new.key >&2; exit 1",
            "error: exit code 1; it printed \"(left out: it holds a private key)\"",
        ),
        ("missing.pem", "true", "error: it does not exist"),
        ("new.pem", "kill -9 $$", "error: killed by signal 9"),
    ] {
        let seen = swap(port, "'127.0.0.1'", file, command, ", within = '2s'");
        let seen = seen.run(pki.path()).await;
        let fault = faults(&seen);
        assert!(fault.starts_with(words), "{command}: {fault}");
        assert_eq!(fault.lines().count(), 1, "{fault}");
    }
    // Too little time is not the server's fault.
    let check = swap(port, "'127.0.0.1'", "new.pem", "true", "");
    let seen = check.timeout(Duration::from_secs(5)).run(pki.path()).await;
    let fault = faults(&seen);
    assert!(fault.contains("error: it still serves serial "), "{fault}");
    let served = &seen.finding("tls/swap-served").claim;
    assert!(served.ends_with("before the probe ended"), "{served}");
    let check = swap(port, "'127.0.0.1'", "new.pem", "sleep 60", "");
    let seen = check.timeout(Duration::from_secs(3)).run(pki.path()).await;
    let fault = faults(&seen);
    assert!(fault.contains("did not end in the check"), "{fault}");
}

/// Sends every connection to the next of these ports.
async fn in_turn(ports: [u16; 2]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for port in ports.into_iter().cycle() {
            let Ok((mut client, _)) = listener.accept().await else {
                return;
            };
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    front
}

#[tokio::test]
async fn a_server_that_was_forgotten_behind_an_address_is_found() {
    let pki = pairs();
    let ports = [free_port(), free_port()];
    let at = |port: u16| [SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    let servers = nginx::tls(pki.path(), &at(ports[0]), "live")
        + &nginx::tls(pki.path(), &at(ports[1]), "new");
    let _nginx = nginx::start(pki.path(), ports[1], &servers);
    // What is looked at first must be the old one, or nothing would be swapped.
    let port = in_turn(ports).await;
    let check = swap(port, "'127.0.0.1'", "new.pem", "true", ", within = '2s'");
    let seen = check.run(pki.path()).await;
    let served = seen.finding("tls/swap-served");
    assert_eq!(served.status, Status::Fail, "{served:?}");
    let observed = served.observed.as_deref().unwrap();
    let in_turn = "it serves different certificates in turn, the new one in ";
    assert!(observed.starts_with(in_turn), "{observed}");
    assert_eq!(seen.finding("tls/swap-connections").status, Status::Pass);
}
