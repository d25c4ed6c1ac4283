//! Which clients find the server among the names of its certificate (RFC 9525).

use rustls::pki_types::ServerName;

use super::chain::Chain;
use super::paths::{self, Client};
use crate::judging::text::list;

/// Who does not find it, and what the certificate names instead; none where each client does.
pub(crate) fn unnamed(chain: &Chain<'_>, server: &ServerName<'_>) -> Option<(Vec<Client>, String)> {
    let refuses = |client: &Client| !paths::names(&chain.leaf().hosts, server, *client);
    let clients: Vec<_> = Client::ALL.into_iter().filter(refuses).collect();
    let leaf = chain.leaf();
    let observed = match (leaf.names.as_slice(), leaf.misplaced.as_slice()) {
        ([], _) => "names no server at all, only its common name".to_owned(),
        (names, []) => format!("names {}", list(names)),
        (names, misplaced) => format!(
            "names {}, with {} as a DNS name, which no client takes for an address: it must be an IP address \
             among the alternative names",
            list(names),
            list(misplaced)
        ),
    };
    (!clients.is_empty()).then_some((clients, observed))
}
