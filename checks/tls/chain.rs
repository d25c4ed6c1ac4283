//! A served chain, read from recorded data alone. Where it leads is in `chain_end.rs`.

use rustls::pki_types::{CertificateDer, ServerName};
use webpki::{EndEntityCert, Error};

use super::certificate::Certificate;
use super::verifier::reason;
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

    /// Whether the leaf names the server (RFC 9525); what is wrong otherwise.
    pub(crate) fn names(&self, server: &ServerName<'_>) -> Result<(), String> {
        let leaf = EndEntityCert::try_from(&self.ders[0]).map_err(|error| reason(&error))?;
        match leaf.verify_is_valid_for_subject_name(server) {
            Ok(()) => Ok(()),
            Err(Error::CertNotValidForName(_)) => Err(match self.leaf().names.as_slice() {
                [] => "names no server at all, its common name does not count".to_owned(),
                names => match self.leaf().misplaced.as_slice() {
                    [] => format!("names {}", list(names)),
                    misplaced => format!(
                        "names {}, with {} as a DNS name, which no client takes for an address: it must be an IP address \
                         among the alternative names",
                        list(names),
                        list(misplaced)
                    ),
                },
            }),
            Err(other) => Err(reason(&other)),
        }
    }
}
