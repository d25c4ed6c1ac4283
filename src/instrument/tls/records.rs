//! Records and handshake messages (RFC 8446 sections 5.1 and 4) out of bytes that come in pieces.

use rustls::AlertDescription;

use crate::instrument::alert::name;

/// How many bytes of an answer are read: a flight with certificates has a few thousand.
const MOST: usize = 128 * 1024;

/// Kinds of records.
pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;

/// A record as it came.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) kind: u8,
    pub(super) header: [u8; 5],
    pub(super) body: Vec<u8>,
}

/// Bytes that become records.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    total: usize,
}

impl Records {
    /// Takes bytes in.
    ///
    /// # Errors
    /// When there are more of them than any answer has.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.total += bytes.len();
        if self.total > MOST {
            return Err("its ServerHello has no end");
        }
        self.bytes.extend(bytes);
        Ok(())
    }

    /// The next record, once it is whole.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn next(&mut self) -> Result<Option<Record>, &'static str> {
        let Some(header) = self.bytes.first_chunk().copied() else {
            return Ok(None);
        };
        let [kind, _, _, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > (1 << 14) + 2048 {
            return Err("a record is longer than records may be");
        }
        if self.bytes.len() < 5 + length {
            return Ok(None);
        }
        let body = self.bytes.drain(..5 + length).skip(5).collect();
        Ok(Some(Record { kind, header, body }))
    }

    /// How many bytes the records had that were handed out.
    pub(super) fn read(&self) -> usize {
        self.total - self.bytes.len()
    }
}

/// Bytes of records that become handshake messages.
#[derive(Debug, Default)]
pub(super) struct Messages {
    bytes: Vec<u8>,
}

/// A handshake message: its type and what it holds.
pub(super) type Message = (u8, Vec<u8>);

impl Messages {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// The next message, once it is whole.
    ///
    /// # Errors
    /// When it is longer than any.
    pub(super) fn next(&mut self) -> Result<Option<Message>, &'static str> {
        let Some([kind, a, b, c]) = self.bytes.first_chunk().copied() else {
            return Ok(None);
        };
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if length > MOST {
            return Err("a message is longer than a ServerHello can be");
        }
        if self.bytes.len() < 4 + length {
            return Ok(None);
        }
        let body = self.bytes.drain(..4 + length).skip(4).collect();
        Ok(Some((kind, body)))
    }
}

/// Reads an alert that ends the handshake. None for a warning, such as that the name is not known (RFC 6066
/// section 3), after which the server goes on.
///
/// # Errors
/// When it is none.
pub(super) fn alert(body: &[u8]) -> Result<Option<String>, &'static str> {
    match *body {
        [1, number, ..] if number != 0 => Ok(None),
        [_, number, ..] => Ok(Some(name(AlertDescription::from(number)))),
        _ => Err("an alert is cut short"),
    }
}
