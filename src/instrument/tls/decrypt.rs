//! Opens what a server says in the handshake of TLS 1.3: its key is derived (RFC 8446 section 7.1) and its records
//! are decrypted (section 5.2). That is all; nothing is proven by it, and the handshake is never finished.

use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use rustls::crypto::ActiveKeyExchange;
use rustls::crypto::tls13::HkdfExpander;
use rustls::{CipherSuite, Tls13CipherSuite};

use super::hello::block;

/// The server's side of a handshake.
#[derive(Debug)]
pub(super) struct Decrypter {
    key: LessSafeKey,
    iv: [u8; NONCE_LEN],
    /// How many records were opened.
    count: u64,
}

impl Decrypter {
    /// From our key exchange, the server's key share, and what was said until then: both hellos, without the headers
    /// of their records. None where the share is no key.
    pub(super) fn new(
        suite: &Tls13CipherSuite,
        exchange: Box<dyn ActiveKeyExchange>,
        share: &[u8],
        hellos: &[u8],
    ) -> Option<Self> {
        let algorithm = match suite.common.suite {
            CipherSuite::TLS13_AES_128_GCM_SHA256 => &AES_128_GCM,
            CipherSuite::TLS13_AES_256_GCM_SHA384 => &AES_256_GCM,
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => &CHACHA20_POLY1305,
            _ => return None,
        };
        let (hash, hkdf) = (suite.common.hash_provider, suite.hkdf_provider);
        let early = hkdf.extract_from_zero_ikm(None);
        let salt =
            early.expand_block(&[&label(early.hash_len(), "derived", hash.hash(&[]).as_ref())]);
        let handshake = hkdf
            .extract_from_kx_shared_secret(Some(salt.as_ref()), exchange, share)
            .ok()?;
        let said = hash.hash(hellos);
        let secret =
            handshake.expand_block(&[&label(handshake.hash_len(), "s hs traffic", said.as_ref())]);
        let traffic = hkdf.expander_for_okm(&secret);
        let mut key = vec![0; algorithm.key_len()];
        let mut iv = [0; NONCE_LEN];
        derive(&*traffic, "key", &mut key)?;
        derive(&*traffic, "iv", &mut iv)?;
        Some(Self {
            key: LessSafeKey::new(UnboundKey::new(algorithm, &key).ok()?),
            iv,
            count: 0,
        })
    }

    /// Opens the next record: its kind and what it holds. None where it is not by this server, or empty.
    pub(super) fn open(&mut self, header: [u8; 5], body: &mut Vec<u8>) -> Option<u8> {
        let mut nonce = self.iv;
        for (byte, of_count) in nonce.iter_mut().skip(4).zip(self.count.to_be_bytes()) {
            *byte ^= of_count;
        }
        self.count += 1;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.key.open_in_place(nonce, Aad::from(header), body);
        let length = opened.ok()?.len();
        body.truncate(length);
        // Zeros for padding follow the kind (RFC 8446 section 5.4).
        let kind = body.iter().rposition(|byte| *byte != 0)?;
        let tail = body.split_off(kind);
        tail.first().copied()
    }
}

fn derive(from: &dyn HkdfExpander, name: &str, out: &mut [u8]) -> Option<()> {
    let label = label(out.len(), name, &[]);
    from.expand_slice(&[&label], out).ok()
}

/// HkdfLabel (RFC 8446 section 7.1).
fn label(length: usize, name: &str, context: &[u8]) -> Vec<u8> {
    let mut label = (length as u16).to_be_bytes().to_vec();
    block::<1>(&mut label, |label| {
        label.extend(b"tls13 ");
        label.extend(name.as_bytes());
    });
    block::<1>(&mut label, |label| label.extend(context));
    label
}
