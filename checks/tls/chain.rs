//! A served chain, read from recorded data alone. Where it leads is in `chain_end.rs`.

use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;

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
}
