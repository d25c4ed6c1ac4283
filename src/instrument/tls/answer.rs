//! The first words of a server's answer to a ClientHello: whether it goes on with the handshake, and with what.

use rustls::{CipherSuite, NamedGroup};

use super::records::{ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, Messages, Records, alert};

/// The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that word (RFC 8446 section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a server answered to a ClientHello.
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
    records: Records,
    messages: Messages,
    hello: Option<Answer>,
}

impl Reader {
    /// Takes bytes in. Some answer as soon as there is one.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.read(bytes)
            .unwrap_or_else(|how| Some(Answer::Broken(how)))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<Option<Answer>, &'static str> {
        self.records.push(bytes)?;
        while let Some(record) = self.records.next()? {
            match record.kind {
                ALERT => {
                    if let Some(alert) = alert(&record.body)? {
                        return Ok(Some(Answer::Alert(alert)));
                    }
                }
                HANDSHAKE => self.messages.push(&record.body),
                // What middleboxes expect to see (RFC 8446 appendix D.4).
                CHANGE_CIPHER_SPEC => {}
                _ => return Err("a record is neither handshake nor alert"),
            }
            if let Some(answer) = self.message()? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    /// The next handshake messages, where they are whole. An old server has agreed only when its whole flight is
    /// there: some begin to answer and then find that they have no key, or no hash, for it.
    fn message(&mut self) -> Result<Option<Answer>, &'static str> {
        while let Some((kind, body)) = self.messages.next()? {
            match (kind, &self.hello) {
                (2, None) => {
                    let hello = ServerHello::read(&body).and_then(|hello| hello.answer());
                    match hello.ok_or("its ServerHello cannot be read")? {
                        // TLS 1.3 is encrypted from here on.
                        answer @ Answer::Agreed { group: Some(_), .. } => return Ok(Some(answer)),
                        answer => self.hello = Some(answer),
                    }
                }
                (_, None) => return Err("its first message is not a ServerHello"),
                (14, Some(_)) => return Ok(self.hello.take()), // ServerHelloDone (RFC 5246 section 7.4.5)
                (_, Some(_)) => {}
            }
        }
        Ok(None)
    }
}

/// ServerHello (RFC 8446 section 4.1.3), also where it asks for another ClientHello.
#[derive(Debug)]
pub(super) struct ServerHello {
    /// As the extension says it, where there is one.
    pub(super) version: u16,
    pub(super) cipher: u16,
    /// The key exchange group that it chose, where it says one.
    pub(super) group: Option<u16>,
    /// Its key for that group; empty where it asks for ours.
    pub(super) share: Vec<u8>,
    /// It asks for another ClientHello.
    pub(super) retry: bool,
    /// What it holds of transparency logs (RFC 6962 section 3.3.1), before TLS 1.3.
    pub(super) timestamps: Option<Vec<u8>>,
}

impl ServerHello {
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut version = u16::from_be_bytes(*body.first_chunk()?);
        let random = body.get(2..34)?;
        let id = usize::from(*body.get(34)?);
        let rest = body.get(35 + id..)?;
        let cipher = u16::from_be_bytes(*rest.first_chunk()?);
        let (mut group, mut share) = (None, Vec::new());
        let mut timestamps = None;
        // Old servers may send no extensions at all, not even the length of their list.
        let mut list = rest.get(5..).unwrap_or_default();
        while let Some([k, n, high, low]) = list.first_chunk().copied() {
            let body = list.get(4..4 + usize::from(u16::from_be_bytes([high, low])))?;
            match (u16::from_be_bytes([k, n]), body) {
                (43, [major, minor]) => version = u16::from_be_bytes([*major, *minor]),
                (51, [high, low, key @ ..]) => {
                    group = Some(u16::from_be_bytes([*high, *low]));
                    share = key.get(2..).unwrap_or_default().to_vec();
                }
                (18, body) => timestamps = Some(body.to_vec()),
                _ => {}
            }
            list = &list[4 + body.len()..];
        }
        let retry = random == RETRY;
        if retry && group.is_none() {
            return None;
        }
        Some(Self {
            version,
            cipher,
            group,
            share,
            retry,
            timestamps,
        })
    }

    /// In names.
    fn answer(&self) -> Option<Answer> {
        let cipher = CipherSuite::from(self.cipher);
        Some(Answer::Agreed {
            version: match self.version {
                0x0300 => "SSL 3.0".to_owned(),
                0x0301..=0x0304 => format!("TLS 1.{}", self.version - 0x0301),
                _ => return None,
            },
            cipher: named(cipher.as_str(), self.cipher),
            group: self.group.map(|number| match number {
                0x11ed => "SecP384r1MLKEM1024".to_owned(),
                number => named(NamedGroup::from(number).as_str(), number),
            }),
        })
    }
}

fn named(name: Option<&str>, number: u16) -> String {
    name.map_or_else(|| format!("0x{number:04x}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::hello::block;
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
        assert_eq!(ended, Some(Answer::Broken("its ServerHello has no end")));
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
