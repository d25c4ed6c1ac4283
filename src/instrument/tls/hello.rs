//! A ClientHello by hand, and the first words of the answer: for questions that no TLS library asks any more, or
//! none of ours yet.
//!
//! What is said is only the greeting; no key is made and nothing is agreed. Whether a server still speaks TLS 1.0,
//! or would exchange keys that a quantum computer does not find, shows in its answer.

use rustls::{AlertDescription, CipherSuite, NamedGroup};

/// What is offered in a greeting.
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

/// The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that word (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// How many bytes of handshake messages are read: a flight with certificates has a few thousand.
const MOST: usize = 128 * 1024;

/// A record with a ClientHello (RFC 8446 sections 4.1.2 and 5.1), with these 64 random bytes.
pub(super) fn client_hello(
    offer: Offer,
    name: Option<&str>,
    alpn: &[Vec<u8>],
    random: [u8; 64],
) -> Vec<u8> {
    let version: u16 = match offer {
        Offer::Tls10 => 0x0301,
        Offer::Tls11 => 0x0302,
        Offer::PostQuantum => 0x0303, // the version proper stands in an extension
    };
    let mut record = vec![22, 3, 1];
    block::<2>(&mut record, |record| {
        record.push(1);
        block::<3>(record, |hello| {
            hello.extend(version.to_be_bytes());
            hello.extend(&random[..32]);
            // A session id as middleboxes expect it (RFC 8446 appendix D.4); older versions have none to resume.
            block::<1>(hello, |id| {
                if offer == Offer::PostQuantum {
                    id.extend(&random[32..]);
                }
            });
            match offer {
                Offer::PostQuantum => numbers::<2>(hello, &NEW_CIPHERS),
                Offer::Tls10 | Offer::Tls11 => numbers::<2>(hello, &OLD_CIPHERS),
            }
            hello.extend([1, 0]); // no compression
            block::<2>(hello, |list| extensions(list, offer, name, alpn));
        });
    });
    record
}

fn extensions(list: &mut Vec<u8>, offer: Offer, name: Option<&str>, alpn: &[Vec<u8>]) {
    let mut extension = |number: u16, fill: &dyn Fn(&mut Vec<u8>)| {
        list.extend(number.to_be_bytes());
        block::<2>(list, |body| fill(body));
    };
    if let Some(name) = name {
        // server_name (RFC 6066 section 3)
        extension(0, &|body| {
            block::<2>(body, |names| {
                names.push(0);
                block::<2>(names, |host| host.extend(name.as_bytes()));
            });
        });
    }
    let groups: &[u16] = match offer {
        Offer::PostQuantum => &POST_QUANTUM,
        Offer::Tls10 | Offer::Tls11 => &OLD_GROUPS,
    };
    extension(10, &|body| numbers::<2>(body, groups));
    if offer == Offer::PostQuantum {
        extension(13, &|body| numbers::<2>(body, &SIGNATURES));
        extension(43, &|body| body.extend([2, 3, 4])); // supported_versions: TLS 1.3 alone
        extension(51, &|body| body.extend([0, 0])); // key_share: none
    } else {
        extension(11, &|body| body.extend([1, 0])); // ec_point_formats: uncompressed (RFC 8422 section 5.1.2)
    }
    if !alpn.is_empty() {
        // RFC 7301 section 3.1
        extension(16, &|body| {
            block::<2>(body, |names| {
                for name in alpn {
                    block::<1>(names, |one| one.extend(name));
                }
            });
        });
    }
}

/// Appends what `fill` writes behind its length in `N` bytes.
fn block<const N: usize>(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
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

/// What a server answered to a greeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It goes on with the handshake.
    Agreed {
        /// `TLS 1.0`.
        version: String,
        /// Cipher suite, by its IANA name.
        cipher: String,
        /// The key exchange group that it chose, where the answer says one.
        group: Option<String>,
    },
    /// It ends the handshake with this alert.
    Alert(String),
    /// It breaks the protocol; how.
    Broken(&'static str),
}

/// Reads the records of an answer, in pieces as they come.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// Bytes of records not yet read.
    records: Vec<u8>,
    /// Bytes of handshake messages not yet read.
    messages: Vec<u8>,
    total: usize,
    hello: Option<Answer>,
}

impl Reader {
    /// Takes bytes in. Some answer as soon as there is one.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.total += bytes.len();
        if self.total > MOST {
            return Some(Answer::Broken("its greeting has no end"));
        }
        self.records.extend(bytes);
        while let Some([kind, _, _, high, low]) = self.records.first_chunk().copied() {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length > (1 << 14) + 2048 {
                return Some(Answer::Broken("a record is longer than records may be"));
            }
            let body = self.records.get(5..5 + length)?;
            match (kind, body) {
                // A warning, such as that the name is not known (RFC 6066 section 3): the server goes on.
                (21, [1, number, ..]) if *number != 0 => {}
                (21, [_, number, ..]) => {
                    let alert = AlertDescription::from(*number);
                    let name = alert.as_str().map(str::to_owned);
                    return Some(Answer::Alert(
                        name.unwrap_or_else(|| format!("number {number}")),
                    ));
                }
                (22, body) => self.messages.extend(body),
                // What middleboxes expect to see (RFC 8446 appendix D.4).
                (20, _) => {}
                _ => return Some(Answer::Broken("a record is neither handshake nor alert")),
            }
            self.records.drain(..5 + length);
            if let Some(answer) = self.message() {
                return Some(answer);
            }
        }
        None
    }

    /// The next handshake messages, where they are whole. An old server has agreed only when its whole flight is
    /// there: some begin to answer and then find that they have no key, or no hash, for it.
    fn message(&mut self) -> Option<Answer> {
        while let Some([kind, a, b, c]) = self.messages.first_chunk().copied() {
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            if length > MOST {
                return Some(Answer::Broken("a message is longer than greetings are"));
            }
            let body = self.messages.get(4..4 + length)?;
            match (kind, &self.hello) {
                (2, None) => match server_hello(body) {
                    // TLS 1.3 is encrypted from here on.
                    Some(answer @ Answer::Agreed { group: Some(_), .. }) => return Some(answer),
                    Some(answer) => self.hello = Some(answer),
                    None => return Some(Answer::Broken("its ServerHello cannot be read")),
                },
                (_, None) => return Some(Answer::Broken("its first message is no ServerHello")),
                (14, Some(_)) => return self.hello.take(), // ServerHelloDone (RFC 5246 section 7.4.5)
                (_, Some(_)) => {}
            }
            self.messages.drain(..4 + length);
        }
        None
    }
}

/// ServerHello (RFC 8446 section 4.1.3), also where it asks for another ClientHello.
fn server_hello(body: &[u8]) -> Option<Answer> {
    let mut version = u16::from_be_bytes(*body.first_chunk()?);
    let random = body.get(2..34)?;
    let id = usize::from(*body.get(34)?);
    let rest = body.get(35 + id..)?;
    let cipher = u16::from_be_bytes(*rest.first_chunk()?);
    let mut group = None;
    // Old servers may send no extensions at all, not even the length of their list.
    let mut list = rest.get(5..).unwrap_or_default();
    while let Some([k, n, high, low]) = list.first_chunk().copied() {
        let body = list.get(4..4 + usize::from(u16::from_be_bytes([high, low])))?;
        match (u16::from_be_bytes([k, n]), body) {
            (43, [major, minor]) => version = u16::from_be_bytes([*major, *minor]),
            (51, [high, low, ..]) => group = Some(u16::from_be_bytes([*high, *low])),
            _ => {}
        }
        list = &list[4 + body.len()..];
    }
    if random == RETRY && group.is_none() {
        return None;
    }
    let cipher_name = CipherSuite::from(cipher);
    Some(Answer::Agreed {
        version: match version {
            0x0300 => "SSL 3.0".to_owned(),
            0x0301..=0x0304 => format!("TLS 1.{}", version - 0x0301),
            _ => return None,
        },
        cipher: named(cipher_name.as_str(), cipher),
        group: group.map(|number| match number {
            0x11ed => "SecP384r1MLKEM1024".to_owned(),
            number => named(NamedGroup::from(number).as_str(), number),
        }),
    })
}

fn named(name: Option<&str>, number: u16) -> String {
    name.map_or_else(|| format!("0x{number:04x}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of handshake messages.
    fn record(body: &[u8]) -> Vec<u8> {
        let mut record = vec![22, 3, 3];
        block::<2>(&mut record, |record| record.extend(body));
        record
    }

    fn hello(version: u16, extensions: &[u8], random: [u8; 32]) -> Vec<u8> {
        let mut message = vec![2];
        block::<3>(&mut message, |hello| {
            hello.extend(version.to_be_bytes());
            hello.extend(random);
            hello.extend([0, 0xc0, 0x14, 0]);
            if !extensions.is_empty() {
                block::<2>(hello, |list| list.extend(extensions));
            }
        });
        message
    }

    #[test]
    fn an_old_server_has_agreed_when_its_flight_is_whole() {
        let flight = [
            hello(0x0301, &[], [7; 32]),
            vec![11, 0, 0, 1, 9],
            vec![14, 0, 0, 0],
        ]
        .concat();
        let bytes = record(&flight);
        for end in 0..bytes.len() {
            assert_eq!(Reader::default().take(&bytes[..end]), None, "{end}");
        }
        let mut reader = Reader::default();
        let (last, first) = bytes.split_last().unwrap();
        for byte in first {
            assert_eq!(reader.take(&[*byte]), None);
        }
        let agreed = Answer::Agreed {
            version: "TLS 1.0".to_owned(),
            cipher: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA".to_owned(),
            group: None,
        };
        assert_eq!(reader.take(&[*last]), Some(agreed));
        // It answers, and then finds that it cannot.
        let mut reader = Reader::default();
        assert_eq!(reader.take(&record(&hello(0x0301, &[], [7; 32]))), None);
        let alert = [21, 3, 1, 0, 2, 2, 40];
        assert_eq!(
            reader.take(&alert),
            Some(Answer::Alert("HandshakeFailure".to_owned()))
        );
    }

    #[test]
    fn a_server_that_knows_the_group_asks_for_its_key() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec];
        let bytes = record(&hello(0x0303, &extensions, RETRY));
        let agreed = Reader::default().take(&bytes);
        let Some(Answer::Agreed { version, group, .. }) = agreed else {
            panic!("{agreed:?}");
        };
        assert_eq!(
            (version.as_str(), group.as_deref()),
            ("TLS 1.3", Some("X25519MLKEM768"))
        );
        let none = record(&hello(0x0303, &extensions[..6], RETRY));
        assert!(matches!(
            Reader::default().take(&none),
            Some(Answer::Broken(_))
        ));
    }

    #[test]
    fn a_warning_ends_nothing() {
        let mut reader = Reader::default();
        assert_eq!(reader.take(&[21, 3, 1, 0, 2, 1, 112]), None);
        let alert = reader.take(&[21, 3, 1, 0, 2, 2, 70]);
        assert_eq!(alert, Some(Answer::Alert("ProtocolVersion".to_owned())));
    }

    #[test]
    fn garbage_is_told_and_never_read_without_end() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request"[..],
            &[22, 3, 3, 0xff, 0xff, 0],
            &record(&[11, 0, 0, 0]),
            &record(&[2, 0, 0, 2, 3, 3]),
            &record(&[2, 0xff, 0xff, 0xff]),
            &record(&hello(0x7f17, &[], [7; 32])),
            &[23, 3, 3, 0, 1, 0],
        ] {
            let answer = Reader::default().take(bytes);
            assert!(
                matches!(answer, Some(Answer::Broken(_))),
                "{bytes:?}: {answer:?}"
            );
        }
        let mut reader = Reader::default();
        let endless = record(&[0; 1000]);
        let mut reader_of_certificates = Reader::default();
        assert_eq!(
            reader_of_certificates.take(&record(&hello(0x0301, &[], [7; 32]))),
            None
        );
        let certificates = record(
            &[11, 0, 3, 0xe4]
                .into_iter()
                .chain([0; 996])
                .collect::<Vec<_>>(),
        );
        let ended = (0..200).find_map(|_| reader_of_certificates.take(&certificates));
        assert_eq!(ended, Some(Answer::Broken("its greeting has no end")));
        assert!(matches!(reader.take(&endless), Some(Answer::Broken(_))));
    }

    #[test]
    fn any_byte_of_an_answer_may_be_another() {
        let flight = [
            hello(0x0302, &[0, 51, 0, 2, 0, 29], [7; 32]),
            vec![14, 0, 0, 0],
        ]
        .concat();
        let bytes = record(&flight);
        for at in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = Reader::default().take(&changed); // it shall not panic
            }
        }
    }
}
