//! Names as applications on this machine get them.
//!
//! What counts is what getaddrinfo(3) gives, and how long it takes: hosts file, search list, retries, and whatever else
//! nsswitch.conf names. It gives no reasons. So the servers of resolv.conf(5) are asked as well, by packets of our own, one
//! server at a time, in the order in which glibc asks them. That explains the answer, shows TTLs and aliases, and covers
//! the record types that getaddrinfo does not know.

mod configuration;
mod hosts;
mod search;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

pub use self::configuration::Configuration;
use self::configuration::Surroundings;
use self::hosts::Hosts;
use super::question::Question;
use super::send_queue::Limits;
use super::{Attempt, DnsEvent, Outcome, Record, RecordType, Reply, Transport};
use crate::instrument::file;
use crate::instrument::lookup::{LookupError, lookup, numeric};

/// How long getaddrinfo is left alone before its servers are asked beside it, to learn what it waits for.
const ALONE: Duration = Duration::from_secs(1);
/// The most that is read of a configuration file, and of the hosts file, in bytes.
const SMALL: u64 = 64 * 1024;
const LARGE: u64 = 8 * 1024 * 1024;

/// Takes what is seen.
pub type Seen<'a> = dyn Fn(DnsEvent<'_>) + Sync + 'a;

/// The resolver of this machine.
#[derive(Clone, Debug)]
pub struct System {
    configuration: Configuration,
    servers: Vec<SocketAddr>,
    hosts: Hosts,
}

/// What getaddrinfo found of a name: IPv4 addresses, IPv6 addresses.
#[derive(Clone, Copy, Debug)]
struct Families(bool, bool);

impl System {
    /// Reads `/etc/resolv.conf`, `/etc/nsswitch.conf` and `/etc/hosts`. A file that is not there says nothing.
    ///
    /// # Errors
    /// When a file that is there cannot be read.
    #[expect(
        clippy::disallowed_methods,
        reason = "resolv.conf(5): two variables change what the file says"
    )]
    pub fn of_this_machine() -> io::Result<Self> {
        let read = |path: &str, limit| match file::read_here(Path::new(path), limit) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(file::FileError::Missing) => Ok(String::new()),
            Err(error) => Err(io::Error::other(format!("{path} {error}"))),
        };
        let host = read("/proc/sys/kernel/hostname", SMALL).unwrap_or_default();
        let (domains, options) = (std::env::var("LOCALDOMAIN"), std::env::var("RES_OPTIONS"));
        let around = Surroundings {
            host: host.trim(),
            domains: domains.as_deref().ok(),
            options: options.as_deref().ok(),
        };
        let resolv = read("/etc/resolv.conf", SMALL)?;
        let nsswitch = read("/etc/nsswitch.conf", SMALL)?;
        let (configuration, servers) = Configuration::read(&resolv, &nsswitch, around);
        Ok(Self {
            configuration,
            servers,
            hosts: Hosts::read(&read("/etc/hosts", LARGE)?),
        })
    }

    /// Whom it asks, and how it completes names.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Resolves one name as written: with a final dot it is absolute, without it the search list applies. `wanted` are the
    /// places and types of the questions. An international name is asked for in its ASCII form.
    ///
    /// Each question about addresses has one attempt over [`Transport::System`], which is what an application gets. The
    /// others are messages to the servers; the last of them decided.
    pub async fn ask(
        &self,
        name: &str,
        wanted: &[(usize, RecordType)],
        limits: Limits,
        epoch: Instant,
        seen: &Seen<'_>,
    ) {
        let given = numeric(name).map(|_| Ok(name.to_owned()));
        let ascii = match given.unwrap_or_else(|| Question::ascii(name)) {
            Ok(ascii) => ascii,
            Err(error) => {
                for (question, _) in wanted {
                    let outcome = Outcome::Network {
                        text: error.to_string(),
                    };
                    let attempt = attempt(Transport::System, Instant::now(), epoch, outcome);
                    tell(seen, *question, attempt);
                }
                return;
            }
        };
        let of_hosts = wanted.iter().any(|(_, kind)| kind.is_address());
        let resolved = async {
            match of_hosts {
                true => Some(self.resolve(&ascii, wanted, epoch, seen).await),
                false => None,
            }
        };
        let resolved = resolved.shared();
        let explained = async {
            let found = timeout(ALONE, resolved.clone()).await.ok().flatten();
            let explain = |&(question, kind): &(usize, RecordType)| {
                let search = search::Search {
                    system: self,
                    question,
                    kind,
                    found,
                    limits,
                    epoch,
                    seen,
                };
                let ascii = &ascii;
                async move { search.explain(ascii).await }
            };
            // Nobody is asked for an address that is given; its name is another matter.
            let is_address = numeric(&ascii).is_some();
            let asked = wanted
                .iter()
                .filter(|(_, kind)| !is_address || *kind == RecordType::Ptr);
            join_all(asked.map(explain)).await;
        };
        futures_util::join!(resolved.clone(), explained);
    }

    /// One getaddrinfo, for all questions about addresses.
    async fn resolve(
        &self,
        name: &str,
        wanted: &[(usize, RecordType)],
        epoch: Instant,
        seen: &Seen<'_>,
    ) -> Families {
        let begin = Instant::now();
        let found = lookup(name, 0, begin + self.configuration.longest(name)).await;
        // A lookup that waited for a free thread took that much less.
        let took = match &found {
            Ok(found) => found.took.unwrap_or_default(),
            Err(_) => begin.elapsed(),
        };
        let addresses: Vec<IpAddr> = found
            .iter()
            .flat_map(|found| &found.addresses)
            .map(SocketAddr::ip)
            .collect();
        for (question, kind) in wanted.iter().filter(|(_, kind)| kind.is_address()) {
            let outcome = match &found {
                Ok(_) => Outcome::Answer(said(*kind, &addresses)),
                Err(LookupError::NoAddress { message }) => Outcome::NoAddress {
                    text: words(message),
                },
                Err(LookupError::Failed { message }) => Outcome::LookupFailed {
                    text: words(message),
                },
                Err(LookupError::Timeout { .. }) => Outcome::Timeout,
            };
            let attempt = Attempt {
                duration_us: took.as_micros() as u64,
                ..attempt(Transport::System, begin, epoch, outcome)
            };
            tell(seen, *question, attempt);
        }
        let any = |is: fn(&IpAddr) -> bool| addresses.iter().any(is);
        Families(any(IpAddr::is_ipv4), any(IpAddr::is_ipv6))
    }
}

/// Addresses without TTLs, as an answer.
fn said(kind: RecordType, addresses: &[IpAddr]) -> Reply {
    let of_kind = addresses
        .iter()
        .filter(|ip| ip.is_ipv4() == (kind == RecordType::A));
    let record = |ip: &IpAddr| Record {
        name: None,
        kind: kind.as_str().into(),
        ttl: 0,
        data: ip.to_string(),
    };
    Reply {
        rcode: "NOERROR".into(),
        records: of_kind.map(record).collect(),
        ..Reply::default()
    }
}

/// The words of gai_strerror(3), without what the standard library says before them.
fn words(message: &str) -> String {
    let head = "failed to lookup address information: ";
    message.strip_prefix(head).unwrap_or(message).to_owned()
}

fn attempt(transport: Transport, begin: Instant, epoch: Instant, outcome: Outcome) -> Attempt {
    Attempt {
        transport,
        server: None,
        start_us: begin.duration_since(epoch).as_micros() as u64,
        duration_us: begin.elapsed().as_micros() as u64,
        outcome,
    }
}

fn tell(seen: &Seen<'_>, question: usize, attempt: Attempt) {
    seen(DnsEvent::Attempt {
        question,
        attempt,
        wire: None,
    });
}

/// The number of a network interface.
fn interface(name: &str) -> Option<u32> {
    let plain = !name.is_empty() && !name.contains(['/', '.']);
    let path = format!("/sys/class/net/{name}/ifindex");
    let bytes = plain.then(|| file::read_here(Path::new(&path), SMALL).ok())??;
    String::from_utf8_lossy(&bytes).trim().parse().ok()
}
