//! resolv.conf(5) and nsswitch.conf(5) as glibc reads them: the last search list counts, the first three servers,
//! and options within their bounds. A line that glibc skips is skipped.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::instrument::dns::resolver::PORT;

/// Servers that are asked; further ones are never (MAXNS).
const MOST_SERVERS: usize = 3;

/// Whom this machine asks, and how it completes names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Addresses in the order in which they are asked, with a port where it is not 53.
    pub servers: Vec<String>,
    /// Servers beyond the third, which nobody asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Domains below which a name is looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// A name with so many dots is first asked for as it is.
    pub ndots: usize,
    /// How long the first server may take, in seconds.
    #[serde(default = "seconds")]
    pub timeout: u64,
    /// How often the servers are gone through.
    #[serde(default = "attempts")]
    pub attempts: u32,
    /// Whether every lookup begins at another server.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rotate: bool,
    /// Whether a name without dots is never asked for as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_tld_query: bool,
    /// Where hosts are looked up, in this order: "files", "dns" and others.
    #[serde(default = "sources")]
    pub sources: Vec<String>,
}

fn seconds() -> u64 {
    5
}

fn attempts() -> u32 {
    2
}

fn sources() -> Vec<String> {
    ["files", "dns"].map(str::to_owned).into()
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            ignored: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: seconds(),
            attempts: attempts(),
            rotate: false,
            no_tld_query: false,
            sources: sources(),
        }
    }
}

/// What is not in files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surroundings<'a> {
    /// The name of this machine. Its domain is the search list where there is none.
    pub(super) host: &'a str,
    /// `LOCALDOMAIN`: a search list in place of the file's.
    pub(super) domains: Option<&'a str>,
    /// `RES_OPTIONS`: options after those of the file.
    pub(super) options: Option<&'a str>,
}

impl Configuration {
    /// Reads the text of both files. The addresses come beside the configuration, in its order.
    pub(super) fn read(
        resolv: &str,
        nsswitch: &str,
        around: Surroundings<'_>,
    ) -> (Self, Vec<SocketAddr>) {
        let mut made = Self::default();
        let (mut servers, mut search) = (Vec::new(), None);
        for line in resolv.lines() {
            let Some((key, rest)) = line.split_once([' ', '\t']) else {
                continue;
            };
            let mut words = rest.split_ascii_whitespace();
            match key {
                "nameserver" => servers.extend(words.next().and_then(address)),
                "domain" => search = words.next().map(|word| vec![word]).or(search),
                "search" => {
                    let words: Vec<_> = words.collect();
                    search = (!words.is_empty()).then_some(words).or(search);
                }
                "options" => words.for_each(|word| made.option(word)),
                _ => {}
            }
        }
        let options = around.options.unwrap_or_default();
        options
            .split_ascii_whitespace()
            .for_each(|word| made.option(word));
        let around_us = around
            .domains
            .map(|text| text.split_ascii_whitespace().collect());
        let of_host = around.host.split_once('.').map(|(_, domain)| vec![domain]);
        let search = around_us.or(search).or(of_host).unwrap_or_default();
        made.search = search
            .into_iter()
            .map(|domain| format!("{}.", domain.trim_end_matches('.')))
            .collect();
        if servers.is_empty() {
            servers.push(SocketAddr::from(([127, 0, 0, 1], PORT)));
        }
        let beyond = servers.split_off(servers.len().min(MOST_SERVERS));
        made.servers = servers.iter().map(text).collect();
        made.ignored = beyond.iter().map(text).collect();
        made.sources = sources_of(nsswitch).unwrap_or_else(sources);
        (made, servers)
    }

    fn option(&mut self, word: &str) {
        let (key, value) = word.split_once(':').unwrap_or((word, ""));
        // As atoi(3): digits up to the first other character, and 0 without any.
        let digits = value.split(|c: char| !c.is_ascii_digit()).next();
        let number = digits
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0_u64);
        match key {
            "ndots" => self.ndots = number.min(15) as usize,
            "timeout" => self.timeout = number.min(30),
            "attempts" => self.attempts = number.min(5) as u32,
            "rotate" => self.rotate = true,
            "no-tld-query" => self.no_tld_query = true,
            _ => {}
        }
    }

    /// How long glibc waits for the server at a place: `timeout` for the first, twice and four times as long divided
    /// among all for the next ones.
    pub(super) fn patience(&self, server: usize) -> Duration {
        let seconds = match server {
            0 => self.timeout,
            later => (self.timeout << later.min(8)) / self.servers.len().max(1) as u64,
        };
        Duration::from_secs(seconds.max(1))
    }

    /// The longest that one lookup of a name can take. Some questions are repeated over another socket.
    pub(super) fn longest(&self, name: &str) -> Duration {
        let once: Duration = (0..self.servers.len())
            .map(|server| self.patience(server))
            .sum();
        let names = self.candidates(name).len() as u32;
        once * self.attempts.max(1) * names * 2 + Duration::from_secs(1)
    }

    /// The names that are asked for in place of one, absolute, in this order; and whether the first is the name as it
    /// is (res_search(3)).
    pub(super) fn candidates(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let as_it_is = format!("{name}.");
        let is_first = self.is_asked_first(name);
        let mut names = Vec::new();
        if is_first {
            names.push(as_it_is.clone());
        }
        let below = self.search.iter().map(|domain| match domain.as_str() {
            "." => as_it_is.clone(),
            domain => format!("{name}.{domain}"),
        });
        names.extend(below);
        let never = self.no_tld_query && !name.contains('.') && !self.search.is_empty();
        if !never && !names.contains(&as_it_is) {
            names.push(as_it_is);
        }
        names
    }

    /// Whether a name is asked for as it is before the search list applies.
    pub(super) fn is_asked_first(&self, name: &str) -> bool {
        name.matches('.').count() >= self.ndots
    }

    /// Whether the hosts file comes before the servers.
    pub(super) fn begins_with_files(&self) -> bool {
        let place = |name: &str| self.sources.iter().position(|source| source == name);
        match (place("files"), place("dns")) {
            (Some(files), Some(dns)) => files < dns,
            (files, _) => files.is_some(),
        }
    }

    /// Whether anything but the hosts file is asked.
    pub(super) fn goes_beyond_files(&self) -> bool {
        self.sources.iter().any(|source| source != "files")
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "servers {}", self.servers.join(", "))?;
        if !self.ignored.is_empty() {
            let ignored = self.ignored.join(", ");
            write!(f, " (never asked, since only three are: {ignored})")?;
        }
        match self.search.is_empty() {
            true => f.write_str("; no search list")?,
            false => write!(f, "; search list {}", self.search.join(", "))?,
        }
        write!(f, "; ndots {}", self.ndots)?;
        if (self.timeout, self.attempts) != (seconds(), attempts()) {
            write!(
                f,
                "; timeout {} s, attempts {}",
                self.timeout, self.attempts
            )?;
        }
        if self.rotate {
            f.write_str("; rotate")?;
        }
        if self.sources != sources() {
            write!(f, "; hosts: {}", self.sources.join(" "))?;
        }
        Ok(())
    }
}

/// Where nsswitch.conf looks hosts up, without what it does at each result.
fn sources_of(nsswitch: &str) -> Option<Vec<String>> {
    let lines = nsswitch
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut rest = lines.filter_map(|line| line.trim_start().strip_prefix("hosts:"));
    let rest = rest.next_back()?;
    let mut sources = Vec::new();
    let mut inside = false;
    for word in rest.split_ascii_whitespace() {
        let opens = word.starts_with('[');
        if !opens && !inside {
            sources.push(word.to_owned());
        }
        inside = (inside || opens) && !word.ends_with(']');
    }
    (!sources.is_empty()).then_some(sources)
}

/// An address, IPv6 with a zone too.
fn address(word: &str) -> Option<SocketAddr> {
    if let Ok(ip) = word.parse::<IpAddr>() {
        return Some(SocketAddr::new(ip, PORT));
    }
    let (ip, zone) = word.split_once('%')?;
    let ip: Ipv6Addr = ip.parse().ok()?;
    let zone = zone.parse().ok().or_else(|| super::interface(zone))?;
    Some(SocketAddrV6::new(ip, PORT, 0, zone).into())
}

fn text(server: &SocketAddr) -> String {
    match server {
        SocketAddr::V6(server) if server.scope_id() != 0 => {
            format!("{}%{}", server.ip(), server.scope_id())
        }
        server => server.ip().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(resolv: &str) -> Configuration {
        Configuration::read(resolv, "", Surroundings::default()).0
    }

    #[test]
    fn lines_mean_what_they_mean_to_glibc() {
        let made = read(
            "# nameserver 10.0.0.9\n;nameserver 10.0.0.9\nnameserver 10.0.0.1 # first\n nameserver 10.0.0.9\n\
             nameserver\t2001:db8::1\nnameserver localhost\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n\
             domain a.test\nsearch b.test c.test.\nsearch \noptions ndots:99 timeout:99 attempts:9 rotate\n",
        );
        assert_eq!(made.servers, ["10.0.0.1", "2001:db8::1", "10.0.0.3"]);
        assert_eq!(made.ignored, ["10.0.0.4"]);
        assert_eq!(made.search, ["b.test.", "c.test."]);
        assert_eq!((made.ndots, made.timeout, made.attempts), (15, 30, 5));
        assert!(made.rotate);
        assert_eq!(read("").servers, ["127.0.0.1"]);
        let around = Surroundings {
            host: "web1.home.test",
            ..Surroundings::default()
        };
        let of_host = |resolv| Configuration::read(resolv, "", around).0.search;
        assert_eq!(of_host(""), ["home.test."]);
        assert_eq!(of_host("search a.test"), ["a.test."]);
    }

    #[test]
    fn later_servers_wait_for_their_share() {
        let patience = |servers: usize| {
            let made = Configuration {
                servers: vec![String::new(); servers],
                ..Configuration::default()
            };
            let all = (0..servers).map(|server| made.patience(server).as_secs());
            all.collect::<Vec<_>>()
        };
        assert_eq!(patience(1), [5]);
        assert_eq!(patience(2), [5, 5]);
        assert_eq!(patience(3), [5, 3, 6]);
    }

    #[test]
    fn names_are_completed_as_by_glibc() {
        let names = |resolv: &str, name: &str| read(resolv).candidates(name).join(" ");
        let two = "search a.test b.test";
        assert_eq!(names(two, "www"), "www.a.test. www.b.test. www.");
        assert_eq!(names(two, "www."), "www.");
        assert_eq!(names(two, "w.x"), "w.x. w.x.a.test. w.x.b.test.");
        let dots = "search a.test\noptions ndots:2";
        assert_eq!(names(dots, "w.x"), "w.x.a.test. w.x.");
        assert_eq!(names("search .", "www"), "www.");
        let tld = "search a.test\noptions no-tld-query";
        assert_eq!(names(tld, "www"), "www.a.test.");
        assert_eq!(
            names("options ndots:0\nsearch a.test", "www"),
            "www. www.a.test."
        );
    }

    #[test]
    fn sources_are_those_of_nsswitch() {
        for (text, sources) in [
            ("hosts: files dns", "files dns"),
            (
                "hosts:files resolve [!UNAVAIL=return] dns # x",
                "files resolve dns",
            ),
            (
                "passwd: files\nhosts: dns [ NOTFOUND=return ] files",
                "dns files",
            ),
            ("# hosts: dns", "files dns"),
        ] {
            let made = Configuration::read("", text, Surroundings::default()).0;
            assert_eq!(made.sources.join(" "), sources, "{text}");
        }
    }
}
