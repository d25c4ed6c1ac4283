//! One file of lines (RFC 4180): each attempt is one.

use std::fmt::Write as _;
use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::checks::dns::observation::{AnyExchange, AttemptRef, records};
use crate::instrument::dns::Outcome;

const HEADINGS: [&str; 12] = [
    "asked_for",
    "name",
    "type",
    "resolver",
    "round",
    "try",
    "transport",
    "start_us",
    "duration_us",
    "outcome",
    "ttl",
    "answer",
];
/// The longest answer that is written out, in bytes: all of it is in the record.
const LONGEST: usize = 2000;

/// Lines under their headings.
pub(super) struct CsvPart {
    writer: csv::Writer<Sink>,
    empty: bool,
    /// The cells at hand, kept for their room.
    cells: [String; HEADINGS.len()],
}

enum Sink {
    Plain(Vec<u8>),
    Compressed(GzEncoder<Vec<u8>>),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(text) => text.write(bytes),
            Self::Compressed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // a compressor that is flushed in the middle compresses worse
    }
}

impl CsvPart {
    /// A part with its headings.
    pub(super) fn new(compressed: bool) -> Self {
        let sink = match compressed {
            true => Sink::Compressed(GzEncoder::new(Vec::new(), Compression::fast())),
            false => Sink::Plain(Vec::new()),
        };
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::CRLF);
        let mut writer = builder.from_writer(sink);
        let _ = writer.write_record(HEADINGS); // into memory, which takes everything
        Self {
            writer,
            empty: true,
            cells: Default::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Bytes so far, as they will be kept.
    pub(super) fn size(&self) -> usize {
        match self.writer.get_ref() {
            Sink::Plain(text) => text.len(),
            Sink::Compressed(encoder) => encoder.get_ref().len(),
        }
    }

    /// The file, the end of its name, and its media type.
    pub(super) fn into_bytes(self) -> (Vec<u8>, &'static str, &'static str) {
        match self.writer.into_inner() {
            Ok(Sink::Plain(text)) => (text, ".csv", "text/csv"),
            Ok(Sink::Compressed(encoder)) => {
                let bytes = encoder.finish().unwrap_or_default(); // into memory
                (bytes, ".csv.gz", "application/gzip")
            }
            Err(_) => (Vec::new(), ".csv", "text/csv"), // as above: memory refuses nothing
        }
    }

    /// Writes the attempts of an exchange, or one line that says there was none.
    pub(super) fn exchange<'a>(&mut self, asked_for: &str, exchange: impl AnyExchange<'a>) {
        self.empty = false;
        for cell in &mut self.cells {
            cell.clear();
        }
        let [part, name, kind, resolver, round, ..] = &mut self.cells;
        part.push_str(asked_for);
        inert(name, exchange.name());
        kind.push_str(exchange.kind().as_str());
        inert(resolver, exchange.resolver());
        number(round, u64::from(exchange.round()) + 1);
        let mut tries = 0;
        for tried in exchange.attempts() {
            tries += 1;
            self.attempt(tries, tried);
        }
        if tries == 0 {
            self.cells[9].push_str("not observed");
            let _ = self.writer.write_record(&self.cells);
        }
    }

    fn attempt(&mut self, tries: u64, tried: AttemptRef<'_>) {
        let [.., count, transport, start, duration, outcome, ttl, answer] = &mut self.cells;
        for cell in [
            &mut *count,
            &mut *transport,
            &mut *start,
            &mut *duration,
            &mut *outcome,
            &mut *ttl,
            &mut *answer,
        ] {
            cell.clear();
        }
        number(count, tries);
        let _ = write!(transport, "{:?}", tried.transport); // a String takes every write
        transport.make_ascii_lowercase();
        number(start, tried.start_us);
        number(duration, tried.duration_us);
        match tried.outcome {
            Outcome::Answer(reply) => outcome.push_str(&reply.rcode),
            other => inert(outcome, &other.to_string()),
        }
        for (place, record) in records(tried.outcome).iter().enumerate() {
            if place == 0 || tried.ttl(place) != tried.ttl(place - 1) {
                if place > 0 {
                    ttl.push(' ');
                }
                number(ttl, tried.ttl(place).into());
            }
            if place > 0 {
                answer.push_str("; ");
            }
            if answer.len() > LONGEST {
                answer.push_str("...");
                break;
            }
            let text = match record.name.as_deref() {
                Some(owner) => format!("{owner} {} {}", record.kind, record.data),
                None => record.data.clone(),
            };
            inert(answer, &text);
        }
        let _ = self.writer.write_record(&self.cells);
    }
}

fn number(cell: &mut String, number: u64) {
    let _ = write!(cell, "{number}"); // a String takes every write
}

/// Text that no spreadsheet takes for a formula and no terminal obeys.
fn inert(cell: &mut String, text: &str) {
    if cell.is_empty() && text.starts_with(['=', '+', '-', '@']) {
        cell.push('\'');
    }
    for character in text.chars() {
        match character.is_control() {
            true => cell.extend(character.escape_default()),
            false => cell.push(character),
        }
    }
}
