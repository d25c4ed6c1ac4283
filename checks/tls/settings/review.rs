//! What is wrong between settings, which their types cannot tell.

use super::hot_swap::MOST_CONNECTIONS;
use super::{HotSwap, Revocation, Settings, Transparency};
use crate::model::Complaint;

impl Settings {
    /// Rules that the types of the settings cannot tell.
    pub(crate) fn review(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.endpoints.is_empty() && self.endpoints_file.is_none() {
            let complaint = Complaint::new("endpoints", "no endpoint is named");
            complaints.push(complaint.help("name at least one, such as \"gw.example.com:443\""));
        }
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => complaints.push(
                Complaint::new("client-certificate", "a client certificate needs its key")
                    .help("name the PEM file of its private key as `client-key`"),
            ),
            (None, Some(_)) => complaints.push(
                Complaint::new("client-key", "a client key needs its certificate")
                    .help("name the PEM file of the certificate as `client-certificate`"),
            ),
            _ => {}
        }
        match self.handshakes {
            Some(_) if self.resumption.is_none() && self.staple_saving.is_none() => {
                let problem = "nothing is measured without `resumption` or `staple-saving`";
                let complaint = Complaint::new("handshakes", problem);
                complaints.push(complaint.help("set `resumption = \"note\"`"));
            }
            Some(0 | 101..) => {
                let problem = "an address is met between 1 and 100 times";
                complaints.push(Complaint::new("handshakes", problem));
            }
            _ => {}
        }
        complaints.extend(self.review_revocation());
        complaints.extend(self.review_renewal());
        let mut seen = Vec::new();
        for endpoint in &self.endpoints {
            if seen.contains(&endpoint) {
                let problem = format!("`{endpoint}` is named twice");
                complaints.push(Complaint::new("endpoints", problem));
            }
            seen.push(endpoint);
        }
        // RFC 7301 section 3.1: a protocol name has 1 to 255 bytes.
        let nameless = |name: &String| name.is_empty() || name.len() > 255;
        if self.alpn.iter().any(nameless) {
            let problem = "an application protocol has between 1 and 255 bytes";
            complaints.push(Complaint::new("alpn", problem).help("such as \"h2\""));
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
        if self.transparency == Some(Transparency::Off) && self.log_list.is_some() {
            let problem = "nothing is held against a list of logs where `transparency` is \"off\"";
            complaints.push(Complaint::new("log-list", problem));
        }
        if off && self.staple_saving.is_some() {
            complaints.push(Complaint::new("staple-saving", problem));
        }
        complaints
    }

    fn review_renewal(&self) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.file.is_some() && self.secret_file.is_some() {
            let problem = "`file` and `secret-file` exclude each other";
            let complaint = Complaint::new("secret-file", problem);
            complaints.push(complaint.help(
                "name one of them: `secret-file` where the private key stands in the same file",
            ));
        }
        if !self.acme_hosts.is_empty() && !self.acme_http01 {
            let complaint =
                Complaint::new("acme-hosts", "nobody is redirected without `acme-http01`");
            complaints.push(complaint.help("set `acme-http01 = true`"));
        }
        complaints.extend(self.hot_swap.as_ref().and_then(HotSwap::review));
        complaints
    }
}

impl HotSwap {
    fn review(&self) -> Option<Complaint> {
        let complaint = |problem: String| Complaint::new("hot-swap", problem);
        if self.command.first().is_none_or(String::is_empty) {
            let help = "write the program and its arguments: command = [\"./install-and-reload\"]";
            return Some(complaint("no program is named as `command`".to_owned()).help(help));
        }
        if self.command.iter().any(|word| word.contains('\0')) {
            let problem = "an argument of `command` holds a NUL byte";
            return Some(complaint(problem.to_owned()));
        }
        (self.connections > MOST_CONNECTIONS).then(|| {
            complaint(format!(
                "at most {MOST_CONNECTIONS} connections are held at an address"
            ))
        })
    }
}
