//! The look: measures of the page, type sizes and colours. Lengths are in points (1/72 inch), y grows
//! downwards.
//!
//! No meaning rests on colour alone: statuses have a word and a shape, and every grey is dark enough for a
//! black and white printer.

use crate::model::{Status, Verdict};

/// Width of an A4 page.
pub(super) const PAGE_WIDTH: f32 = 595.28;
/// Height of an A4 page.
pub(super) const PAGE_HEIGHT: f32 = 841.89;
/// Left edge of the text.
pub(super) const LEFT: f32 = 56.0;
/// Right edge of the text.
pub(super) const RIGHT: f32 = PAGE_WIDTH - 56.0;
/// Upper edge of the text.
pub(super) const TOP: f32 = 72.0;
/// Lower edge of the text.
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 64.0;
/// Width of the text.
pub(super) const WIDTH: f32 = RIGHT - LEFT;

/// A colour, red, green and blue from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const INK: Color = Color(0x1b, 0x1f, 0x24);
pub(super) const MUTED: Color = Color(0x57, 0x60, 0x6a);
pub(super) const HAIRLINE: Color = Color(0xd0, 0xd7, 0xde);
pub(super) const PANEL: Color = Color(0xf3, 0xf5, 0xf7);
pub(super) const WHITE: Color = Color(0xff, 0xff, 0xff);
pub(super) const ACCENT: Color = Color(0x1f, 0x4e, 0x79);
pub(super) const GREEN: Color = Color(0x1a, 0x7f, 0x4b);
pub(super) const AMBER: Color = Color(0x9a, 0x67, 0x00);
pub(super) const RED: Color = Color(0xb3, 0x1d, 0x28);
pub(super) const VIOLET: Color = Color(0x6f, 0x42, 0xa5);

/// The colour of a status.
pub(super) fn status_color(status: Status) -> Color {
    match status {
        Status::Pass => GREEN,
        Status::Warn => AMBER,
        Status::Fail => RED,
        Status::Error => VIOLET,
        Status::Skipped | Status::NotSelected => MUTED,
    }
}

/// The colour of the band on the first page.
pub(super) fn verdict_color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Go => GREEN,
        Verdict::NoGo => RED,
        Verdict::Undetermined => VIOLET,
    }
}

/// The kind of letters a style asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// Running text.
    Sans,
    /// Headings and what must not be missed.
    Bold,
    /// Ids and digests.
    Mono,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    /// Letters.
    pub(super) face: Face,
    /// Size in points.
    pub(super) size: f32,
    /// Colour.
    pub(super) color: Color,
}

impl Style {
    const fn new(face: Face, size: f32, color: Color) -> Self {
        Self { face, size, color }
    }

    /// Distance of two baselines. Wide enough for Chinese, whose characters fill the line.
    pub(super) fn leading(self) -> f32 {
        (self.size * 1.42).round()
    }

    /// Distance of the first baseline from the upper edge of its line.
    pub(super) fn ascent(self) -> f32 {
        self.leading() * 0.5 + self.size * 0.36
    }

    /// The same in another colour.
    pub(super) const fn colored(self, color: Color) -> Self {
        Self { color, ..self }
    }
}

pub(super) const HEADLINE: Style = Style::new(Face::Bold, 40.0, WHITE);
pub(super) const TITLE: Style = Style::new(Face::Bold, 21.0, INK);
pub(super) const CHAPTER: Style = Style::new(Face::Bold, 16.0, INK);
pub(super) const HEADING: Style = Style::new(Face::Bold, 11.0, INK);
pub(super) const CAPTION: Style = Style::new(Face::Bold, 8.5, INK);
pub(super) const BODY: Style = Style::new(Face::Sans, 9.0, INK);
pub(super) const STRONG: Style = Style::new(Face::Bold, 9.0, INK);
pub(super) const SMALL: Style = Style::new(Face::Sans, 8.0, INK);
pub(super) const NOTE: Style = Style::new(Face::Sans, 8.0, MUTED);
pub(super) const LABEL: Style = Style::new(Face::Sans, 7.5, MUTED);
pub(super) const CODE: Style = Style::new(Face::Mono, 7.5, INK);
pub(super) const DIGEST: Style = Style::new(Face::Mono, 6.5, INK);
