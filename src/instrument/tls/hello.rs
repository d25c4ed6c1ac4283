//! A ClientHello by hand: for questions that no TLS library asks any more, or none of ours yet.
//!
//! Whether a server still speaks TLS 1.0, or would exchange keys that a quantum computer does not find, shows in its
//! answer.

/// What is offered in a ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    /// TLS 1.0 and nothing later (RFC 2246).
    Tls10,
    /// TLS 1.1 and nothing later (RFC 4346).
    Tls11,
    /// TLS 1.3 with key exchanges that combine an elliptic curve with ML-KEM, and no other. No key share is sent
    /// along, so a server that knows one asks for it (HelloRetryRequest, RFC 8446 section 4.2.8).
    PostQuantum,
}

/// What old servers may want, the better first: ECDHE, DHE and RSA with AES, 3DES and RC4.
const OLD_CIPHERS: [u16; 13] = [
    0xc014, 0xc00a, 0xc013, 0xc009, 0x0039, 0x0033, 0x0035, 0x002f, 0xc012, 0x0016, 0x000a, 0x0005,
    0x00ff, // no cipher: "I know of secure renegotiation" (RFC 5746 section 3.3)
];

/// All of TLS 1.3 that is in use (RFC 8446 appendix B.4).
const NEW_CIPHERS: [u16; 3] = [0x1301, 0x1302, 0x1303];

/// X25519, P-256, P-384, P-521.
const OLD_GROUPS: [u16; 4] = [29, 23, 24, 25];

/// X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024 (IANA, TLS Supported Groups).
const POST_QUANTUM: [u16; 3] = [0x11ec, 0x11eb, 0x11ed];

/// ECDSA, RSA-PSS, RSA and Ed25519 with SHA-2.
const SIGNATURES: [u16; 10] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807,
];

const TLS_1_2: u16 = 0x0303;
pub(super) const TLS_1_3: u16 = 0x0304;

/// What a ClientHello says (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).
#[derive(Clone, Debug)]
pub(super) struct Hello<'a> {
    /// The one version that is offered.
    pub(super) version: u16,
    pub(super) ciphers: &'a [u16],
    /// Key exchange groups.
    pub(super) groups: &'a [u16],
    /// Keys for some of them; TLS 1.3 alone.
    pub(super) shares: &'a [(u16, &'a [u8])],
    /// Kinds of signatures that are verified, from TLS 1.2 on.
    pub(super) signatures: &'a [u16],
    /// The server's name.
    pub(super) name: Option<&'a str>,
    /// Application protocols.
    pub(super) alpn: &'a [Vec<u8>],
    /// Further extensions: their numbers and what they hold.
    pub(super) more: &'a [(u16, &'a [u8])],
}

impl Hello<'_> {
    /// One that offers this, and asks for no name.
    pub(super) fn of(offer: Offer) -> Self {
        let (version, ciphers, groups): (_, &[u16], &[u16]) = match offer {
            Offer::Tls10 => (0x0301, &OLD_CIPHERS, &OLD_GROUPS),
            Offer::Tls11 => (0x0302, &OLD_CIPHERS, &OLD_GROUPS),
            Offer::PostQuantum => (TLS_1_3, &NEW_CIPHERS, &POST_QUANTUM),
        };
        Self {
            version,
            ciphers,
            groups,
            signatures: &SIGNATURES,
            shares: &[],
            name: None,
            alpn: &[],
            more: &[],
        }
    }

    /// A record with it (RFC 8446 section 5.1), with these 64 random bytes.
    pub(super) fn write(&self, random: [u8; 64]) -> Vec<u8> {
        let mut record = vec![22, 3, 1];
        block::<2>(&mut record, |record| {
            record.push(1);
            block::<3>(record, |hello| {
                // The version proper of TLS 1.3 is in an extension.
                hello.extend(self.version.min(TLS_1_2).to_be_bytes());
                hello.extend(&random[..32]);
                // A session id as middleboxes expect it (RFC 8446 appendix D.4); older versions have none to resume.
                block::<1>(hello, |id| {
                    if self.version >= TLS_1_3 {
                        id.extend(&random[32..]);
                    }
                });
                numbers::<2>(hello, self.ciphers);
                hello.extend([1, 0]); // no compression
                block::<2>(hello, |list| self.extensions(list));
            });
        });
        record
    }

    fn extensions(&self, list: &mut Vec<u8>) {
        let mut extension = |number: u16, fill: &dyn Fn(&mut Vec<u8>)| {
            list.extend(number.to_be_bytes());
            block::<2>(list, |body| fill(body));
        };
        if let Some(name) = self.name {
            // server_name (RFC 6066 section 3)
            extension(0, &|body| {
                block::<2>(body, |names| {
                    names.push(0);
                    block::<2>(names, |host| host.extend(name.as_bytes()));
                });
            });
        }
        extension(10, &|body| numbers::<2>(body, self.groups));
        if self.version >= TLS_1_2 {
            extension(13, &|body| numbers::<2>(body, self.signatures));
        }
        if self.version >= TLS_1_3 {
            extension(43, &|body| {
                body.push(2); // supported_versions: this one alone
                body.extend(self.version.to_be_bytes());
            });
            // key_share
            extension(51, &|body| {
                block::<2>(body, |shares| {
                    for (group, key) in self.shares {
                        shares.extend(group.to_be_bytes());
                        block::<2>(shares, |share| share.extend(*key));
                    }
                });
            });
        } else {
            extension(11, &|body| body.extend([1, 0])); // ec_point_formats: uncompressed (RFC 8422 section 5.1.2)
        }
        if !self.alpn.is_empty() {
            // RFC 7301 section 3.1
            extension(16, &|body| {
                block::<2>(body, |names| {
                    for name in self.alpn {
                        block::<1>(names, |one| one.extend(name));
                    }
                });
            });
        }
        for (number, held) in self.more {
            extension(*number, &|body| body.extend(*held));
        }
    }
}

/// Appends what `fill` writes behind its length in `N` bytes.
pub(super) fn block<const N: usize>(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; N]);
    fill(out);
    let length = (out.len() - at - N).to_be_bytes();
    out[at..at + N].copy_from_slice(&length[length.len() - N..]);
}

fn numbers<const N: usize>(out: &mut Vec<u8>, numbers: &[u16]) {
    block::<N>(out, |list| {
        list.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    });
}
