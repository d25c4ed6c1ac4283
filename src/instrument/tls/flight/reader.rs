//! Reads a first flight to its end, and what the server brings beside its certificate.

use rustls::crypto::{ActiveKeyExchange, CryptoProvider};
use rustls::{ProtocolVersion, SupportedCipherSuite};

use super::FlightRequest;
use crate::instrument::tls::answer::ServerHello;
use crate::instrument::tls::decrypt::Decrypter;
use crate::instrument::tls::hello::{Hello, TLS_1_3};
use crate::instrument::tls::hello_reply::random;
use crate::instrument::tls::records::{
    ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Message, Messages, Records, alert,
};

/// status_request for an OCSP response of any responder (RFC 6066 section 8): ocsp, two empty lists.
const STATUS_REQUEST: (u16, &[u8]) = (5, &[1, 0, 0, 0, 0]);

/// signed_certificate_timestamp (RFC 6962 section 3.3.1).
pub(super) const TIMESTAMPS: (u16, &[u8]) = (18, &[]);

/// extended_master_secret (RFC 7627), without which some servers do not speak TLS 1.2.
const EXTENDED_MASTER_SECRET: (u16, &[u8]) = (23, &[]);

/// Handshake messages (RFC 8446 section 4, RFC 5246 section 7.4, RFC 6066 section 8).
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
const FINISHED: u8 = 20;
const CERTIFICATE_STATUS: u8 = 22;

/// Why a flight does not go on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Alert(String),
    Broken(&'static str),
}

impl From<&'static str> for Stop {
    fn from(how: &'static str) -> Self {
        Self::Broken(how)
    }
}

/// Reads a flight, in pieces as they come.
pub(super) struct Reader<'a> {
    provider: &'a CryptoProvider,
    pub(super) records: Records,
    messages: Messages,
    /// Our hello, then also the server's: messages without the headers of their records.
    hellos: Vec<u8>,
    /// Our half of the key exchange, until the server's has come.
    exchange: Option<Box<dyn ActiveKeyExchange>>,
    state: State,
    pub(super) staple: Option<Vec<u8>>,
    pub(super) leaf: Option<Vec<u8>>,
    pub(super) timestamps: Option<Vec<u8>>,
}

enum State {
    /// No ServerHello yet.
    Silent,
    /// It goes on in TLS 1.2.
    Plain,
    /// It goes on in TLS 1.3.
    Encrypted(Box<Decrypter>),
}

impl<'a> Reader<'a> {
    /// Makes a hello, as a record, and who reads its answer.
    pub(super) fn greet(
        provider: &'a CryptoProvider,
        name: Option<&str>,
        alpn: &[Vec<u8>],
        signatures: &[u16],
        request: FlightRequest<'_>,
        also: Option<(u16, &[u8])>,
    ) -> Result<(Self, Vec<u8>), &'static str> {
        let new = request.protocol == "TLS 1.3";
        let version = if new {
            ProtocolVersion::TLSv1_3
        } else {
            ProtocolVersion::TLSv1_2
        };
        let suites = provider.cipher_suites.iter();
        let suites = suites.filter(|suite| suite.version().version == version);
        let ciphers: Vec<u16> = suites.map(|suite| suite.suite().into()).collect();
        let groups = provider.kx_groups.iter().map(|group| group.name().into());
        let groups: Vec<u16> = groups.collect();
        let mut groups_of_name = provider.kx_groups.iter();
        let group = groups_of_name.find(|group| format!("{:?}", group.name()) == request.group);
        let exchange = match (new, group) {
            (false, _) => None,
            (true, None) => return Err("its key exchange is not supported"),
            (true, Some(group)) => Some(group.start().map_err(|_| "there is no randomness")?),
        };
        let shares = exchange.as_ref();
        let shares: Vec<_> = shares
            .map(|exchange| (exchange.group().into(), exchange.pub_key()))
            .into_iter()
            .collect();
        let mut more = Vec::new();
        more.extend((!new).then_some(EXTENDED_MASTER_SECRET));
        more.extend(request.staple.then_some(STATUS_REQUEST));
        more.extend(also);
        let hello = Hello {
            version: version.into(),
            ciphers: &ciphers,
            groups: &groups,
            signatures,
            shares: &shares,
            name,
            alpn,
            more: &more,
        };
        let record = hello.write(random());
        let reader = Self {
            provider,
            records: Records::default(),
            messages: Messages::default(),
            hellos: record[5..].to_vec(),
            exchange,
            state: State::Silent,
            staple: None,
            leaf: None,
            timestamps: None,
        };
        Ok((reader, record))
    }

    /// Takes bytes in. Says whether the flight is whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<bool, Stop> {
        self.records.push(bytes)?;
        while let Some(mut record) = self.records.next()? {
            if let (State::Encrypted(decrypter), APPLICATION_DATA) = (&mut self.state, record.kind)
            {
                let opened = decrypter.open(record.header, &mut record.body);
                record.kind = opened.ok_or("a record cannot be decrypted")?;
            }
            match record.kind {
                ALERT => {
                    if let Some(alert) = alert(&record.body)? {
                        return Err(Stop::Alert(alert));
                    }
                }
                HANDSHAKE => self.messages.push(&record.body),
                // What middleboxes expect to see (RFC 8446 appendix D.4).
                CHANGE_CIPHER_SPEC => {}
                _ => return Err(Stop::Broken("a record is neither handshake nor alert")),
            }
            while let Some(message) = self.messages.next()? {
                if self.message(message)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Says whether it is the last one.
    fn message(&mut self, (kind, body): Message) -> Result<bool, &'static str> {
        match (&self.state, kind) {
            (State::Silent, SERVER_HELLO) => self.state = self.agree(&body)?,
            (State::Silent, _) => return Err("its first message is not a ServerHello"),
            (State::Plain, SERVER_HELLO_DONE) | (State::Encrypted(_), FINISHED) => return Ok(true),
            (State::Plain, CERTIFICATE_STATUS) => self.staple = status(&body),
            (State::Plain, CERTIFICATE) => self.leaf = first(&body).map(<[u8]>::to_vec),
            (State::Encrypted(_), CERTIFICATE) => {
                let context = usize::from(*body.first().unwrap_or(&0));
                let entries = body.get(1 + context..).unwrap_or_default();
                let with_leaf = |number| beside_first(entries, number);
                self.staple = with_leaf(STATUS_REQUEST.0).and_then(status);
                self.timestamps = with_leaf(TIMESTAMPS.0).map(<[u8]>::to_vec);
                self.leaf = first(entries).map(<[u8]>::to_vec);
            }
            _ => {}
        }
        Ok(false)
    }

    fn agree(&mut self, body: &[u8]) -> Result<State, &'static str> {
        let mut hello = ServerHello::read(body).ok_or("its ServerHello cannot be read")?;
        self.timestamps = hello.timestamps.take();
        let Some(exchange) = self.exchange.take() else {
            return if hello.version < TLS_1_3 {
                Ok(State::Plain)
            } else {
                Err("it speaks another version than before")
            };
        };
        if hello.version != TLS_1_3 {
            return Err("it speaks another version than before");
        }
        if hello.retry || hello.group != Some(exchange.group().into()) {
            return Err("it wants another key exchange than before");
        }
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.hellos
            .extend([SERVER_HELLO, length[1], length[2], length[3]]);
        self.hellos.extend(body);
        let mut suites = self.provider.cipher_suites.iter();
        let suite = suites.find(|suite| u16::from(suite.suite()) == hello.cipher);
        let Some(SupportedCipherSuite::Tls13(suite)) = suite else {
            return Err("it chose a cipher suite that was not offered");
        };
        Decrypter::new(suite, exchange, &hello.share, &self.hellos)
            .map(|decrypter| State::Encrypted(Box::new(decrypter)))
            .ok_or("its key share is no key")
    }
}

/// The response in a CertificateStatus (RFC 6066 section 8).
fn status(body: &[u8]) -> Option<Vec<u8>> {
    let [1, a, b, c, rest @ ..] = body else {
        return None; // another type than ocsp
    };
    let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
    rest.get(..length).map(<[u8]>::to_vec)
}

/// The first certificate of a list (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2).
fn first(list: &[u8]) -> Option<&[u8]> {
    let [a, b, c] = *list.get(3..)?.first_chunk()?;
    let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
    list.get(6..6 + length)
}

/// What the extension beside it holds, in TLS 1.3.
fn beside_first(entries: &[u8], number: u16) -> Option<&[u8]> {
    let extensions = entries.get(6 + first(entries)?.len()..)?;
    let mut list =
        extensions.get(2..2 + usize::from(u16::from_be_bytes(*extensions.first_chunk()?)))?;
    while let Some([k, n, high, low]) = list.first_chunk().copied() {
        let held = list.get(4..4 + usize::from(u16::from_be_bytes([high, low])))?;
        if u16::from_be_bytes([k, n]) == number {
            return Some(held);
        }
        list = &list[4 + held.len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::tls::hello::block;

    /// A record of handshake messages.
    fn record(messages: &[u8]) -> Vec<u8> {
        let mut record = vec![HANDSHAKE, 3, 3];
        block::<2>(&mut record, |record| record.extend(messages));
        record
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        block::<3>(&mut message, |message| message.extend(body));
        message
    }

    /// A flight of TLS 1.2 with a certificate of three bytes and a staple of two.
    fn flight() -> Vec<u8> {
        let hello = [&[3, 3][..], &[7; 32], &[0, 0xc0, 0x2b, 0, 0, 0]].concat();
        let messages = [
            message(SERVER_HELLO, &hello),
            message(CERTIFICATE, &[0, 0, 6, 0, 0, 3, 1, 2, 3]),
            message(CERTIFICATE_STATUS, &[1, 0, 0, 2, 8, 9]),
            message(SERVER_HELLO_DONE, &[]),
        ];
        messages.iter().flat_map(|one| record(one)).collect()
    }

    fn reader(provider: &CryptoProvider) -> Reader<'_> {
        let request = FlightRequest {
            protocol: "TLS 1.2",
            group: "X25519",
            staple: true,
        };
        let (reader, hello) =
            Reader::greet(provider, Some("gw.test"), &[], &[0x0403], request, None).unwrap();
        assert_eq!(hello[0], HANDSHAKE);
        reader
    }

    #[test]
    fn a_flight_ends_with_its_last_byte_and_what_follows_does_not_count() {
        let provider = rustls::crypto::ring::default_provider();
        let bytes = flight();
        let mut slow = reader(&provider);
        let (last, first) = bytes.split_last().unwrap();
        for byte in first {
            assert_eq!(slow.take(&[*byte]), Ok(false));
        }
        assert_eq!(slow.take(&[*last]), Ok(true));
        let mut more = reader(&provider);
        assert_eq!(more.take(&[bytes.clone(), vec![23; 99]].concat()), Ok(true));
        for reader in [slow, more] {
            assert_eq!(reader.records.read(), bytes.len());
            assert_eq!(reader.staple.as_deref(), Some(&[8, 9][..]));
            assert_eq!(reader.leaf.as_deref(), Some(&[1, 2, 3][..]));
        }
    }

    #[test]
    fn whatever_is_sent_is_read_or_refused() {
        let provider = rustls::crypto::ring::default_provider();
        let whole = flight();
        for at in 0..whole.len() {
            for changed in [0, 1, 14, 20, 22, 127, 255] {
                let mut bytes = whole.clone();
                bytes[at] = changed;
                let mut reader = reader(&provider);
                let _ = reader.take(&bytes);
                assert!(reader.records.read() <= bytes.len());
            }
        }
        let staple = [1, 0, 0, 1, 7];
        assert_eq!(status(&staple), Some(vec![7]));
        for end in 0..staple.len() {
            assert_eq!(status(&staple[..end]), None);
        }
    }

    #[test]
    fn what_stands_beside_the_first_certificate_is_found_and_torn_ones_are_none() {
        // A list with one certificate of three bytes; status_request, then signed_certificate_timestamp.
        let list = [
            &[0, 0, 20][..],
            &[0, 0, 3, 7, 8, 9],
            &[0, 12],
            &[0, 5, 0, 1, 1],
            &[0, 18, 0, 3, 4, 5, 6],
        ]
        .concat();
        assert_eq!(first(&list), Some(&[7, 8, 9][..]));
        assert_eq!(beside_first(&list, 18), Some(&[4, 5, 6][..]));
        assert_eq!(beside_first(&list, 5), Some(&[1][..]));
        assert_eq!(beside_first(&list, 16), None);
        for end in 0..list.len() {
            assert_eq!(beside_first(&list[..end], 18), None);
            for value in 0..=255 {
                let mut changed = list.clone();
                changed[end] = value;
                let _ = beside_first(&changed, 18); // it shall not panic
            }
        }
    }
}
