//! What a page is made of: the few operations that the layout knows. Whatever library writes the file
//! translates these and nothing else, so it can be exchanged in one room.

use super::theme::{Color, Style};

/// A place on a page, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// To the right.
    pub(super) x: f32,
    /// Downwards.
    pub(super) y: f32,
}

/// A rectangle, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    /// Left edge.
    pub(super) x: f32,
    /// Upper edge.
    pub(super) y: f32,
    /// Width.
    pub(super) width: f32,
    /// Height.
    pub(super) height: f32,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    /// Colour.
    pub(super) color: Color,
    /// Width.
    pub(super) width: f32,
    /// Lengths of dash and gap; none is a solid line.
    pub(super) dash: Option<[f32; 2]>,
}

impl Stroke {
    /// A solid line.
    pub(super) const fn solid(color: Color, width: f32) -> Self {
        Self {
            color,
            width,
            dash: None,
        }
    }

    /// A dashed line.
    pub(super) const fn dashed(color: Color, width: f32, dash: [f32; 2]) -> Self {
        Self {
            color,
            width,
            dash: Some(dash),
        }
    }
}

/// Places that page numbers, links and bookmarks lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The first page.
    Cover,
    /// The table of all checks.
    Summary,
    /// The sections of the checks.
    Checks,
    /// The section of one check, by its place in the record.
    Check(usize),
    /// The appendix.
    Appendix,
}

/// The position of a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Index of the page.
    pub(super) page: usize,
    /// Distance from its upper edge.
    pub(super) y: f32,
}

/// One thing on a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Draw {
    /// A line of text; `at` is the left end of its baseline.
    Text {
        at: Point,
        text: String,
        style: Style,
    },
    /// The page number of a target, its right end at `at`.
    PageNumber { at: Point, of: Target, style: Style },
    /// A straight line or a chain of them.
    Line { points: Vec<Point>, stroke: Stroke },
    /// A filled polygon.
    Shape { points: Vec<Point>, fill: Color },
    /// A filled rectangle.
    Fill { area: Area, fill: Color },
    /// The outline of a rectangle.
    Frame { area: Area, stroke: Stroke },
    /// A filled circle.
    Disc {
        center: Point,
        radius: f32,
        fill: Color,
    },
    /// The outline of a circle.
    Ring {
        center: Point,
        radius: f32,
        stroke: Stroke,
    },
    /// An area that leads to a target when it is clicked.
    Link { area: Area, to: Target },
}

/// One page: what is drawn, later over earlier.
pub(super) type Page = Vec<Draw>;
