//! The frames of an HTTP/2 connection, read from its bytes on the way (RFC 9113 section 4.1): of each its header and
//! its time, and of those that steer the connection their values. Header blocks stay closed: what is in them, HTTP
//! hands over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a client sends before its first frame (RFC 9113 section 3.4).
const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
/// The length of a frame's header.
const HEADER: usize = 9;
/// The most that is read of a payload: 64 settings, and of a GOAWAY its first words.
const PAYLOAD: usize = 384;
/// How many words of a GOAWAY are kept, in bytes.
const WORDS: usize = 120;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;

/// The frames of a connection in the order in which they came and went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frames {
    /// The first ones.
    pub seen: Vec<Frame>,
    /// How many more there were.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Frames {
    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.more == 0
    }

    /// The values of a setting that a side announced, in their order.
    pub fn settings<'a>(&'a self, by: Side, name: &'a str) -> impl Iterator<Item = u32> + 'a {
        let frames = self.seen.iter().filter(move |frame| frame.by == by);
        let settings = frames.filter_map(|frame| match &frame.values {
            Some(FrameValues::Settings(settings)) => Some(settings.iter()),
            _ => None,
        });
        let settings = settings.flatten();
        settings.filter_map(move |(known, value)| (known == name).then_some(*value))
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// When its header was whole, counted from the beginning of HTTP, in microseconds.
    pub at_us: u64,
    /// Who sent it.
    pub by: Side,
    /// Its type by its name in RFC 9113 section 6, or its number: `SETTINGS`, `0x0c`.
    pub kind: String,
    /// Its flags.
    pub flags: u8,
    /// Its stream; 0 is the connection.
    pub stream: u32,
    /// The length of its payload in bytes.
    pub length: u32,
    /// What is in it, where that steers the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<FrameValues>,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// This program.
    Client,
    /// The other one.
    Server,
}

/// What steers a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameValues {
    /// The settings by their names in RFC 9113 section 6.5.2, or their numbers.
    Settings(Vec<(String, u32)>),
    /// How many more bytes may be sent.
    WindowUpdate(u32),
    /// Why the stream was ended, by its name in RFC 9113 section 7.
    Reset(String),
    /// The connection takes no new streams.
    GoAway {
        /// The last stream that is still served.
        last_stream: u32,
        /// Why, by its name in RFC 9113 section 7.
        code: String,
        /// What else was said, as escaped ASCII.
        words: String,
    },
}

/// Reads the frames of one side out of its bytes, in pieces as they come.
pub(super) struct Reader {
    side: Side,
    /// Bytes that are still to be passed over.
    skip: usize,
    header: Vec<u8>,
    open: Option<Open>,
}

/// A frame whose payload is still coming.
struct Open {
    kind: u8,
    flags: u8,
    stream: u32,
    left: usize,
    payload: Vec<u8>,
    /// Its place among the frames seen.
    place: Option<usize>,
}

/// What the phases of a request show in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The client has sent all of its request.
    Sent,
    /// The server has begun to answer.
    Answered,
}

impl Reader {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            skip: match side {
                Side::Client => PREFACE,
                Side::Server => 0,
            },
            header: Vec::with_capacity(HEADER),
            open: None,
        }
    }

    /// Takes bytes in at a time. Frames go to `frames`, at most `most` of them; what they mark to `mark`.
    pub(super) fn take(
        &mut self,
        mut bytes: &[u8],
        at: Duration,
        frames: &mut Frames,
        most: usize,
        mut mark: impl FnMut(Mark),
    ) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        bytes = &bytes[skipped..];
        loop {
            if let Some(open) = &mut self.open {
                let taken = open.left.min(bytes.len());
                let room = PAYLOAD - open.payload.len();
                open.payload.extend_from_slice(&bytes[..taken.min(room)]);
                open.left -= taken;
                bytes = &bytes[taken..];
                if open.left > 0 {
                    return;
                }
                self.close(frames, &mut mark);
            } else if bytes.is_empty() {
                return;
            } else {
                let taken = (HEADER - self.header.len()).min(bytes.len());
                self.header.extend_from_slice(&bytes[..taken]);
                bytes = &bytes[taken..];
                if self.header.len() == HEADER {
                    self.begin(at, frames, most, &mut mark);
                }
            }
        }
    }

    fn begin(
        &mut self,
        at: Duration,
        frames: &mut Frames,
        most: usize,
        mark: &mut impl FnMut(Mark),
    ) {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = self.header[..] else {
            return;
        };
        self.header.clear();
        let length = u32::from_be_bytes([0, l0, l1, l2]);
        let stream = u32::from_be_bytes([s0, s1, s2, s3]) & 0x7fff_ffff;
        let place = (frames.seen.len() < most).then_some(frames.seen.len());
        if place.is_some() {
            frames.seen.push(Frame {
                at_us: at.as_micros() as u64,
                by: self.side,
                kind: kind_name(kind),
                flags,
                stream,
                length,
                values: None,
            });
        } else {
            frames.more += 1;
        }
        if self.side == Side::Server && kind == HEADERS {
            mark(Mark::Answered);
        }
        self.open = Some(Open {
            kind,
            flags,
            stream,
            left: length as usize,
            payload: Vec::new(),
            place,
        });
    }

    fn close(&mut self, frames: &mut Frames, mark: &mut impl FnMut(Mark)) {
        let Some(open) = self.open.take() else { return };
        let ends = matches!(open.kind, DATA | HEADERS) && open.flags & END_STREAM != 0;
        if self.side == Side::Client && ends {
            mark(Mark::Sent);
        }
        if let Some(frame) = open.place.and_then(|place| frames.seen.get_mut(place)) {
            frame.values = open.values();
        }
    }
}

impl Open {
    fn values(&self) -> Option<FrameValues> {
        let word = |at: usize| {
            let bytes = self.payload.get(at..)?.first_chunk()?;
            Some(u32::from_be_bytes(*bytes))
        };
        match self.kind {
            SETTINGS if self.flags & 1 == 0 => {
                let settings = self.payload.chunks_exact(6).map(|setting| {
                    let id = u16::from_be_bytes([setting[0], setting[1]]);
                    let value = [setting[2], setting[3], setting[4], setting[5]];
                    (setting_name(id), u32::from_be_bytes(value))
                });
                Some(FrameValues::Settings(settings.collect()))
            }
            WINDOW_UPDATE => Some(FrameValues::WindowUpdate(word(0)? & 0x7fff_ffff)),
            RST_STREAM => Some(FrameValues::Reset(code_name(word(0)?))),
            GOAWAY if self.stream == 0 => {
                let words = self.payload.get(8..).unwrap_or_default();
                let words = &words[..words.len().min(WORDS)];
                Some(FrameValues::GoAway {
                    last_stream: word(0)? & 0x7fff_ffff,
                    code: code_name(word(4)?),
                    words: words.escape_ascii().to_string(),
                })
            }
            _ => None,
        }
    }
}

/// RFC 9113 section 6, RFC 9218 section 7.1.
fn kind_name(kind: u8) -> String {
    const NAMES: [&str; 10] = [
        "DATA",
        "HEADERS",
        "PRIORITY",
        "RST_STREAM",
        "SETTINGS",
        "PUSH_PROMISE",
        "PING",
        "GOAWAY",
        "WINDOW_UPDATE",
        "CONTINUATION",
    ];
    match NAMES.get(usize::from(kind)) {
        Some(name) => (*name).to_owned(),
        None => format!("{kind:#04x}"),
    }
}

/// RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1.
fn setting_name(id: u16) -> String {
    match id {
        1 => "HEADER_TABLE_SIZE".to_owned(),
        2 => "ENABLE_PUSH".to_owned(),
        3 => "MAX_CONCURRENT_STREAMS".to_owned(),
        4 => "INITIAL_WINDOW_SIZE".to_owned(),
        5 => "MAX_FRAME_SIZE".to_owned(),
        6 => "MAX_HEADER_LIST_SIZE".to_owned(),
        8 => "ENABLE_CONNECT_PROTOCOL".to_owned(),
        9 => "NO_RFC7540_PRIORITIES".to_owned(),
        other => format!("{other:#06x}"),
    }
}

/// RFC 9113 section 7.
fn code_name(code: u32) -> String {
    format!("{:?}", h2::Reason::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    /// The bytes of a server: settings, an answer, more window, a reset, the end.
    fn server() -> Vec<u8> {
        let settings = [0, 3, 0, 0, 0, 128, 0, 0x99, 0, 0, 0, 1];
        [
            frame(SETTINGS, 0, 0, &settings),
            frame(SETTINGS, 1, 0, &[]),
            frame(HEADERS, 4, 1, &[0x88]),
            frame(DATA, END_STREAM, 1, &[b'x'; 1000]),
            frame(WINDOW_UPDATE, 0, 0, &[0, 1, 0, 0]),
            frame(RST_STREAM, 0, 1, &[0, 0, 0, 7]),
            frame(0xc, 0, 3, b"?"),
            frame(GOAWAY, 0, 0, b"\0\0\0\x01\0\0\0\x0bso long\n"),
        ]
        .concat()
    }

    fn read(bytes: &[u8], piece: usize, most: usize) -> (Frames, Vec<Mark>) {
        let (mut frames, mut marks) = (Frames::default(), Vec::new());
        let mut reader = Reader::new(Side::Server);
        for piece in bytes.chunks(piece) {
            reader.take(piece, Duration::ZERO, &mut frames, most, |mark| {
                marks.push(mark);
            });
        }
        (frames, marks)
    }

    #[test]
    fn frames_are_read_however_their_bytes_are_cut() {
        let (whole, marks) = read(&server(), usize::MAX, 100);
        let kinds: Vec<_> = whole.seen.iter().map(|frame| &*frame.kind).collect();
        let wanted = [
            "SETTINGS",
            "SETTINGS",
            "HEADERS",
            "DATA",
            "WINDOW_UPDATE",
            "RST_STREAM",
            "0x0c",
            "GOAWAY",
        ];
        assert_eq!(kinds, wanted);
        assert_eq!(marks, [Mark::Answered]);
        let settings = vec![
            ("MAX_CONCURRENT_STREAMS".to_owned(), 128),
            ("0x0099".to_owned(), 1),
        ];
        assert_eq!(whole.seen[0].values, Some(FrameValues::Settings(settings)));
        assert_eq!(whole.seen[1].values, None, "an acknowledgement");
        assert_eq!((whole.seen[3].length, whole.seen[3].stream), (1000, 1));
        assert_eq!(whole.seen[4].values, Some(FrameValues::WindowUpdate(65536)));
        let reset = FrameValues::Reset("REFUSED_STREAM".to_owned());
        assert_eq!(whole.seen[5].values, Some(reset));
        let goaway = FrameValues::GoAway {
            last_stream: 1,
            code: "ENHANCE_YOUR_CALM".to_owned(),
            words: "so long\\n".to_owned(),
        };
        assert_eq!(whole.seen[7].values, Some(goaway));
        for piece in 1..20 {
            assert_eq!(read(&server(), piece, 100).0, whole, "pieces of {piece}");
        }
    }

    #[test]
    fn more_frames_than_are_kept_are_counted() {
        let (frames, _) = read(&server(), 7, 3);
        assert_eq!((frames.seen.len(), frames.more), (3, 5));
    }

    #[test]
    fn a_client_sends_its_preface_first_and_marks_the_end_of_its_request() {
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        bytes.extend(frame(SETTINGS, 0, 0, &[]));
        bytes.extend(frame(HEADERS, 4, 1, &[0x82]));
        bytes.extend(frame(DATA, END_STREAM, 1, b"body"));
        let (mut frames, mut marks) = (Frames::default(), Vec::new());
        let mut reader = Reader::new(Side::Client);
        let (last, first) = bytes.split_last().unwrap();
        let mut take = |bytes: &[u8]| {
            reader.take(bytes, Duration::ZERO, &mut frames, 9, |mark| {
                marks.push(mark);
            });
            marks.clone()
        };
        assert_eq!(take(first), []);
        assert_eq!(take(&[*last]), [Mark::Sent]);
        assert_eq!(frames.seen.len(), 3);
    }
}
