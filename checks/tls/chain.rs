//! A served chain, read from recorded data alone. Where it leads is in `chain_end.rs`.

use rustls::pki_types::{CertificateDer, ServerName};

use super::certificate::Certificate;
use super::paths::{self, Client};
use crate::judging::text::list;

/// A chain as served, the leaf first, every certificate readable.
#[derive(Clone, Debug)]
pub(crate) struct Chain<'a> {
    ders: Vec<CertificateDer<'a>>,
    pub(crate) certificates: Vec<Certificate>,
}

impl<'a> Chain<'a> {
    /// Reads a chain.
    ///
    /// # Errors
    /// Which certificate cannot be read, counted from 1, and why.
    pub(crate) fn read(ders: &[&'a [u8]]) -> Result<Self, String> {
        let read = |(number, der): (usize, &&[u8])| {
            Certificate::read(der)
                .map_err(|error| format!("certificate {} of the chain: {error}", number + 1))
        };
        let certificates: Vec<_> = ders
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()?;
        if certificates.is_empty() {
            return Err("the chain is empty".to_owned());
        }
        Ok(Self {
            ders: ders.iter().map(|der| CertificateDer::from(*der)).collect(),
            certificates,
        })
    }

    /// The certificates as they came.
    pub(crate) fn ders(&self) -> &[CertificateDer<'a>] {
        &self.ders
    }

    /// The server's own certificate.
    pub(crate) fn leaf(&self) -> &Certificate {
        &self.certificates[0] // `read` makes no empty chain
    }

    /// Which clients do not find the server among the leaf's names (RFC 9525), and what it names instead.
    pub(crate) fn unnamed(&self, server: &ServerName<'_>) -> Option<(Vec<Client>, String)> {
        let refuses = |client: &Client| !paths::names(&self.ders[0], server, *client);
        let clients: Vec<_> = Client::ALL.into_iter().filter(refuses).collect();
        let observed = match (
            self.leaf().names.as_slice(),
            self.leaf().misplaced.as_slice(),
        ) {
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
}
