//! Names as applications on this machine resolve them: the servers, search list and options of its
//! configuration, and its hosts file first.
//!
//! Retries, the choice among servers and the fall-back to TCP are the library's and not visible. What comes is
//! what an application would get, not evidence of single packets.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::{Hosts, TokioResolver};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::message::reply;
use super::question::Question;
use super::{Attempt, Outcome, RecordType, Transport};

/// The resolver of this machine.
pub struct System {
    resolver: TokioResolver,
    hosts: Hosts,
    configuration: Configuration,
}

/// Whom this machine asks, and how it completes names: resolv.conf(5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Addresses, with a port where it is not 53.
    pub servers: Vec<String>,
    /// Names below which a name is looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// A name with so many dots is first asked for as it is.
    pub ndots: usize,
}

impl Configuration {
    fn of(config: &ResolverConfig, options: &ResolverOpts) -> Self {
        let mut servers = Vec::new();
        for server in config.name_servers() {
            let ports = server.connections.iter().map(|connection| connection.port);
            for port in ports {
                let text = match port {
                    53 => server.ip.to_string(),
                    port => SocketAddr::new(server.ip, port).to_string(),
                };
                // UDP and TCP are two connections of one server.
                if !servers.contains(&text) {
                    servers.push(text);
                }
            }
        }
        let search = config.domain().into_iter().chain(config.search());
        let search = search.filter(|name| !name.is_root());
        let mut search: Vec<_> = search.map(|name| name.to_lowercase().to_ascii()).collect();
        search.dedup();
        Self {
            servers,
            search,
            ndots: options.ndots,
        }
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers.join(", ");
        let search = match self.search.is_empty() {
            true => "no search list".to_owned(),
            false => format!("search list {}", self.search.join(", ")),
        };
        write!(f, "servers {servers}; {search}; ndots {}", self.ndots)
    }
}

impl System {
    /// Reads `/etc/resolv.conf` and the hosts file.
    ///
    /// # Errors
    /// When the configuration cannot be read or names no server.
    pub fn of_this_machine() -> io::Result<Self> {
        let hosts = Hosts::from_system().unwrap_or_default();
        let (config, options) =
            hickory_resolver::system_conf::read_system_conf().map_err(io::Error::other)?;
        Self::with(config, options, hosts)
    }

    /// A resolver of this configuration.
    ///
    /// # Errors
    /// When the library refuses the configuration.
    pub fn with(
        config: ResolverConfig,
        mut options: ResolverOpts,
        hosts: Hosts,
    ) -> io::Result<Self> {
        options.cache_size = 0; // every lookup is to be seen
        options.use_hosts_file = ResolveHosts::Never; // asked here, so that its answers can be told apart
        let configuration = Configuration::of(&config, &options);
        let provider = TokioRuntimeProvider::default();
        let builder = TokioResolver::builder_with_config(config, provider).with_options(options);
        let resolver = builder.build().map_err(io::Error::other)?;
        Ok(Self {
            resolver,
            hosts,
            configuration,
        })
    }

    /// Whom it asks, and how it completes names.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Resolves one name as written: with a final dot it is absolute, without it the search list applies.
    pub async fn ask(
        &self,
        name: &str,
        kind: RecordType,
        timeout: Duration,
        epoch: Instant,
    ) -> Attempt {
        let start = Instant::now();
        let (transport, outcome) = match Question::name(name) {
            Ok(parsed) => self.resolve(parsed, kind, timeout).await,
            Err(error) => {
                let text = error.to_string();
                (Transport::System, Outcome::Network { text })
            }
        };
        Attempt {
            transport,
            start_us: start.duration_since(epoch).as_micros() as u64,
            duration_us: start.elapsed().as_micros() as u64,
            outcome,
        }
    }

    async fn resolve(
        &self,
        name: hickory_proto::rr::Name,
        kind: RecordType,
        timeout: Duration,
    ) -> (Transport, Outcome) {
        let mut absolute = name.clone();
        absolute.set_fqdn(true);
        let query = Query::query(absolute.clone(), kind.wire());
        if let Some(lookup) = self.hosts.lookup_static_host(&query) {
            return (Transport::Hosts, answer(lookup.message(), &absolute));
        }
        let lookup = self.resolver.lookup(name, kind.wire());
        let outcome = match tokio::time::timeout(timeout, lookup).await {
            Err(_) | Ok(Err(NetError::Timeout)) => Outcome::Timeout,
            Ok(Ok(lookup)) => answer(lookup.message(), &absolute),
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none)))) => {
                let mut message = bare(none.response_code);
                message.add_query((*none.query).clone());
                let mut outcome = answer(&message, &absolute);
                if let Outcome::Answer(reply) = &mut outcome {
                    reply.negative_ttl = none.negative_ttl;
                    let zone = none.soa.map(|soa| soa.name.to_lowercase().to_ascii());
                    reply.zone = zone;
                }
                outcome
            }
            Ok(Err(NetError::Dns(DnsError::ResponseCode(code)))) => answer(&bare(code), &absolute),
            Ok(Err(NetError::Io(error))) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Outcome::Refused
            }
            Ok(Err(error)) => Outcome::Network {
                text: error.to_string(),
            },
        };
        (Transport::System, outcome)
    }
}

fn bare(code: ResponseCode) -> Message {
    let mut message = Message::response(0, OpCode::Query);
    message.metadata.response_code = code;
    message
}

/// A message as the outcome, owners counted from the name that was asked for in the end.
fn answer(message: &Message, wanted: &hickory_proto::rr::Name) -> Outcome {
    let asked = message.queries.first().map_or(wanted, Query::name);
    match reply(message, asked) {
        Ok(mut reply) => {
            reply.asked = (asked != wanted).then(|| asked.to_lowercase().to_ascii());
            Outcome::Answer(reply)
        }
        Err(rejection) => Outcome::Malformed {
            reason: rejection.into_reason(),
        },
    }
}
