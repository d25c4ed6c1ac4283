//! What is wrong between settings, which their types cannot say.

use std::collections::HashSet;

use super::hot_swap::MOST_CONNECTIONS;
use super::measured::MOST_HANDSHAKES;
use super::{HotSwap, Revocation, Settings, Transparency};
use crate::checks::tls::endpoint::Host;
use crate::checks::tls::{protocol, resumption};
use crate::instrument::dns::Resolver;
use crate::instrument::host_block;
use crate::instrument::tls::StartTls;
use crate::model::Complaint;

impl Settings {
    /// All that is wrong.
    pub(crate) fn review(&self) -> Vec<Complaint> {
        let mut complaints = self.review_endpoints();
        let twice = (1..self.also.len()).any(|at| self.also[..at].contains(&self.also[at]));
        complaints.extend(twice.then(|| Complaint::new("also", "a client is named twice")));
        complaints.extend(self.review_resolvers());
        complaints.extend(self.review_tls());
        // RFC 7301 section 3.1: a protocol name has 1 to 255 bytes.
        let nameless = |name: &String| name.is_empty() || name.len() > 255;
        if self.alpn.iter().any(nameless) {
            let problem = "an application protocol has between 1 and 255 bytes";
            complaints.push(Complaint::new("alpn", problem).help("such as \"h2\""));
        }
        let of_resumption = self.resumption.as_ref().map(|asked| asked.handshakes);
        let of_staples = self.staple_gain.as_ref().map(|asked| asked.handshakes);
        for (key, handshakes) in [("resumption", of_resumption), ("staple-gain", of_staples)] {
            if handshakes.is_some_and(|number| !(1..=MOST_HANDSHAKES).contains(&number)) {
                let problem = format!("`{key}.handshakes` is between 1 and {MOST_HANDSHAKES}");
                complaints.push(Complaint::new(key, problem));
            }
        }
        complaints.extend(self.review_revocation());
        if self.file.is_some() && self.secret_file.is_some() {
            let problem = "`file` and `secret-file` exclude each other";
            let complaint = Complaint::new("secret-file", problem);
            complaints.push(complaint.help(
                "keep one of them: `secret-file` if the same file also holds the private key",
            ));
        }
        complaints.extend(self.hot_swap.as_ref().and_then(HotSwap::review));
        complaints.extend(self.review_mysql());
        complaints
    }

    /// What would end at the limit of connections to a MySQL server in any case.
    fn review_mysql(&self) -> Option<Complaint> {
        let mut ports = self.endpoints.iter().map(|endpoint| endpoint.port);
        let mysql =
            self.starttls == Some(StartTls::Mysql) || ports.any(|port| port == host_block::PORT);
        if !mysql {
            return None;
        }
        let most = host_block::MOST as usize;
        let blocks =
            "MySQL and MariaDB block a host after 100 connections that end without a login";
        if self.hot_swap.is_some() {
            let problem = format!("a hot swap cannot be watched at a MySQL server: {blocks}");
            return Some(Complaint::new("hot-swap", problem).help(
                "delete `hot-swap`; check the certificate after the swap with `file` instead",
            ));
        }
        let asked = [
            ("resumption", resumption::load(self)),
            ("staple-gain", 2 * self.handshakes_with_staple()),
        ];
        let others = 1 + protocol::load(self);
        let (key, more) = asked.into_iter().max_by_key(|(_, more)| *more)?;
        let total = others + asked.iter().map(|(_, more)| more).sum::<usize>();
        (more > 0 && total > most).then(|| {
            let problem = format!(
                "the check would make {total} connections to each address, and a run makes {most} at most: {blocks}"
            );
            Complaint::new(key, problem).help(format!("lower `{key}.handshakes`, or delete `{key}`"))
        })
    }

    fn review_endpoints(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.endpoints.is_empty() && self.endpoints_file.is_none() {
            let complaint = Complaint::new("endpoints", "no endpoint is given");
            complaints.push(complaint.help("give at least one, such as \"gw.example.com:443\""));
        }
        let mut seen = HashSet::new();
        for endpoint in &self.endpoints {
            if !seen.insert(endpoint.to_string()) {
                let problem = format!("`{endpoint}` is given twice");
                complaints.push(Complaint::new("endpoints", problem));
            }
        }
        complaints
    }

    fn review_resolvers(&self) -> Option<Complaint> {
        let is_unused = !self.addresses.is_empty() && self.resolvers != [Resolver::System];
        let unused = is_unused.then(|| {
            let problem = "nothing is looked up where `addresses` are given";
            Complaint::new("resolvers", problem).help("keep one of the two")
        });
        unused.or_else(|| Complaint::list("resolvers", &self.resolvers))
    }

    fn review_tls(&self) -> Vec<Complaint> {
        let mut complaints = self.tls.review();
        let name = self.tls.server_name.as_ref();
        if let Some(Err(problem)) = name.map(|name| name.parse::<Host>()) {
            let problem = format!("`tls.server-name`: {problem}");
            complaints.push(Complaint::new("tls", problem));
        }
        complaints
    }

    fn review_revocation(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        let problem = "responders cannot be asked where `revocation` is \"off\"";
        let off = self.revocation == Revocation::Off;
        if off && self.ocsp_query {
            complaints.push(Complaint::new("ocsp-query", problem));
        }
        if off && self.staple_gain.is_some() {
            complaints.push(Complaint::new("staple-gain", problem));
        }
        if self.transparency == Some(Transparency::Off) && self.log_list.is_some() {
            let problem = "a list of logs has no use where `transparency` is \"off\"";
            complaints.push(Complaint::new("log-list", problem));
        }
        complaints
    }
}

impl HotSwap {
    fn review(&self) -> Option<Complaint> {
        let complaint = |problem: String| Complaint::new("hot-swap", problem);
        if self.command.first().is_none_or(String::is_empty) {
            let help = "write the program and its arguments: command = [\"./install-and-reload\"]";
            return Some(complaint("`command` names no program".to_owned()).help(help));
        }
        if self.command.iter().any(|word| word.contains('\0')) {
            let problem = "an argument of `command` contains a NUL byte";
            return Some(complaint(problem.to_owned()));
        }
        (self.connections > MOST_CONNECTIONS).then(|| {
            complaint(format!(
                "`connections` is at most {MOST_CONNECTIONS} per address"
            ))
        })
    }
}
