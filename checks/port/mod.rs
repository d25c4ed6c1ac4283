//! Every address of a host accepts connections on a port, or none does.
//!
//! # What it checks
//! - Every IPv4 and IPv6 address of every host accepts a TCP connection in time, or is closed.
//! - The service answers what `expect` says, over UDP too. The answer is kept as evidence.
//!
//! # Why it matters
//! A firewall rule that was never rolled out, an empty load balancer pool, a database open to the internet: all of them
//! show on a port. One address that does not listen fails for a share of the clients only.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "bastion"
//! module = "port"
//! endpoints = ["bastion.game.example.com:22"]
//! expect = "SSH-2.0-"
//! ```
//!
//! # Settings
//! `send` and `expect` are text with TOML's escapes (`"PING\r\n"`), or bytes (`"hex:00ff"`). Without `expect`, any answer
//! to `send` counts; without both, the connection counts.
//!
//! # When it fails
//! An address refuses the connection, is silent for `within`, or gives another answer. With `closed`, it accepts a
//! connection: refusal and silence both pass, and the report says which. Over UDP only a refusal (ICMP) passes; silence
//! is an error, because an open port may be silent too. A host that has no address fails, with `closed` too. A lookup
//! without an answer and an address without a route are errors.
//!
//! A host whose name leads to 0.0.0.0, `::` or a multicast address fails; one that leads to a loopback, link-local or
//! own address of this machine is a warning, because clients elsewhere do not get there. Write the address itself as the
//! endpoint where it is meant.
//!
//! MySQL and MariaDB block a host after 100 connections without a login, for every login from it. So a run makes at most
//! 10 connections to each address of port 3306, or of another port where such a server was seen, over all checks and
//! attempts. What comes after them is an error.
//!
//! # How to fix it
//! Refused: start the service, or bind it to this address. Silent: allow the packets in the firewall or security group.
//! No route: run tminus from a machine that has one.

mod judge;
mod probe;
mod rules;
#[cfg(test)]
mod tests;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instrument::dial::DialError;
use crate::instrument::host_block;
use crate::instrument::lookup::LookupError;
use crate::model::endpoint::Endpoint;
use crate::model::payload::Payload;
use crate::model::units::{MINUTE, UpTo};
use crate::model::{
    Complaint, Context, Family, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Reach,
    Rule,
};

/// The module `port`.
#[derive(Debug)]
pub struct Port;

/// What to contact and what to expect.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// What to contact: `host:port` or `[2001:db8::1]:port`.
    endpoints: Vec<Endpoint>,
    /// Whether the port must be closed.
    #[serde(default)]
    closed: bool,
    /// Whether to send a datagram over UDP in place of a TCP connection.
    #[serde(default)]
    udp: bool,
    /// How long connection and answer may take together.
    #[serde(default = "three_seconds")]
    within: UpTo<{ 10 * MINUTE }>,
    /// What to send first.
    send: Option<Payload>,
    /// How the answer must begin.
    expect: Option<Payload>,
}

fn three_seconds() -> UpTo<{ 10 * MINUTE }> {
    UpTo::new(Duration::from_secs(3))
}
fn bytes(payload: &Option<Payload>) -> &[u8] {
    payload.as_ref().map_or(&[], Payload::bytes)
}

/// What was seen, in the order of the endpoints.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Observation {
    endpoints: Vec<Seen>,
}

/// What was seen of one endpoint: nothing until the host was looked up.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    lookup_error: Option<LookupError>,
    addresses: Vec<Contact>,
}

/// What was seen of one address: no times and no error until it was contacted.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Contact {
    address: String,
    /// Whether it is this machine's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    own: bool,
    /// Seconds until TCP accepted the connection.
    connected: Option<f64>,
    /// Seconds from then, or over UDP from the start, until the answer ended.
    answered: Option<f64>,
    answer: Option<Payload>,
    /// Why there is no connection, or no more of an answer.
    error: Option<DialError>,
}

impl Module for Port {
    const NAME: &'static str = "port";
    const SOURCE: &'static str = include_str!("mod.rs");
    const ALSO_CALLED: &'static [&'static str] =
        &["tcp", "udp", "socket", "connect", "host", "ports"];
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::RULES;
    const MEASURES: &'static [Family] = &[judge::DURATION];
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        let (closed, udp, sends) = (settings.closed, settings.udp, settings.send.is_some());
        let complaint = |key, problem: &str, help| Some(Complaint::new(key, problem).help(help));
        let talks = settings.expect.is_some() || (sends && !udp);
        let complaint = match (settings.endpoints.is_empty(), closed) {
            (true, _) => complaint("endpoints", "no endpoint is named", "add host:port"),
            (_, true) if talks => complaint("closed", "nothing answers", "delete `expect`, `send`"),
            (_, false) if udp && !sends => complaint("udp", "nothing is sent", "add `send`"),
            _ => None,
        };
        complaint.into_iter().collect()
    }

    fn plan(settings: &Settings) -> Plan {
        let transport = if settings.udp { "udp" } else { "tcp" };
        let reach = |at: &Endpoint| Reach::host(at.host.to_string(), transport, at.port);
        let mut load = "1 connection or datagram to each address".to_owned();
        if !settings.udp
            && settings
                .endpoints
                .iter()
                .any(|at| at.port == host_block::PORT)
        {
            load = format!("{load}, {}", host_block::LOAD);
        }
        Plan {
            targets: settings.endpoints.iter().map(reach).collect(),
            load,
            ..Plan::default()
        }
    }

    async fn probe(
        settings: &Settings,
        context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, context, notes).await;
        Ok(())
    }

    fn judge(settings: &Settings, observation: &Observation, _: &LaunchFacts) -> Judgement {
        judge::judge(settings, observation)
    }
}
