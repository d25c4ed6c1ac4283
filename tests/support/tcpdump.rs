//! tcpdump, which sees every packet on the loopback interface, whoever counts otherwise.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::server::Server;

/// A capture that is going on.
pub struct Tcpdump {
    server: Server,
}

/// What was captured of one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Captured {
    /// Datagrams to it.
    pub to: u64,
    /// Datagrams from it.
    pub from: u64,
    /// ICMP messages that its port is closed.
    pub unreachable: u64,
    /// TCP segments with data to it.
    pub tcp_to: u64,
    /// When each datagram or segment with data went to it, in seconds.
    pub times: Vec<f64>,
}

impl Tcpdump {
    /// Captures what goes to these servers and comes from them.
    pub fn start(folder: &Path, servers: &[SocketAddr]) -> Self {
        let folder = folder.join("tcpdump");
        std::fs::create_dir(&folder).unwrap();
        let ports = servers
            .iter()
            .map(|server| format!("port {}", server.port()));
        let ports: Vec<_> = ports.collect();
        let mut command = Command::new("tcpdump");
        command.args(["-i", "lo", "-n", "-q", "-l", "-tt"]);
        command.args(["--immediate-mode", "-B", "8192"]);
        command.arg(format!("icmp or {}", ports.join(" or ")));
        let log = folder.join("server.log");
        let ready = || std::fs::read_to_string(&log).is_ok_and(|log| log.contains("listening on"));
        let server = Server::start(command, &folder, ready);
        Self { server }
    }

    /// Ends the capture: what was seen, by server.
    pub fn end(mut self) -> BTreeMap<SocketAddr, Captured> {
        // The last packets are still on their way through the kernel.
        std::thread::sleep(Duration::from_millis(300));
        let mut all: BTreeMap<SocketAddr, Captured> = BTreeMap::new();
        for line in self.server.log().lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let [time, "IP", from, ">", to, rest @ ..] = words.as_slice() else {
                continue;
            };
            let time: f64 = time.parse().expect(line);
            match rest {
                // "ICMP 127.0.0.1 udp port 12345 unreachable, length 60"
                ["ICMP", ip, "udp", "port", port, "unreachable,", ..] => {
                    let server = format!("{ip}:{port}").parse().expect(line);
                    all.entry(server).or_default().unreachable += 1;
                }
                ["UDP,", "length", _] => {
                    let to = all.entry(address(to)).or_default();
                    to.to += 1;
                    to.times.push(time);
                    all.entry(address(from)).or_default().from += 1;
                }
                ["tcp", length] if *length != "0" => {
                    let to = all.entry(address(to)).or_default();
                    to.tcp_to += 1;
                    to.times.push(time);
                }
                _ => {}
            }
        }
        all
    }
}

impl Captured {
    /// The most that went there in any second.
    pub fn busiest_second(&self) -> usize {
        let from = |start: f64| {
            let within = |time: &&f64| (start..start + 1.0).contains(*time);
            self.times.iter().filter(within).count()
        };
        let seconds = self.times.iter().map(|start| from(*start));
        seconds.max().unwrap_or(0)
    }
}

/// "127.0.0.1.12345" or "127.0.0.1.12345:".
fn address(text: &str) -> SocketAddr {
    let (ip, port) = text.trim_end_matches(':').rsplit_once('.').expect(text);
    format!("{ip}:{port}").parse().expect(text)
}
