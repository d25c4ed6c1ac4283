//! The drawing library, printpdf, in one room: pages of [`Draw`] become a document.
//!
//! Without its layout feature, which builds for minutes, printpdf embeds fonts whole. So it is handed fonts
//! that are small already, and a map from characters to their glyphs.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    Actions, BorderArray, Color as Ink, Destination, FontId, Line, LineDashPattern, LinePoint,
    LinkAnnotation, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFontHandle, PdfPage,
    PdfSaveOptions, Polygon, PolygonRing, Pt, Rect, Rgb, TextItem, TextMatrix, WindingOrder,
};

use super::PdfError;
use super::canvas::{Area, Draw, Page, Place, Point, Stroke, Target};
use super::font::{FontFile, Fonts, Subset};
use super::theme::{Color, PAGE_HEIGHT, PAGE_WIDTH, Style};

/// Pages as a document of lopdf: contents, fonts and links. All else is set on it afterwards.
///
/// # Errors
/// When a font cannot be cut down.
pub(super) fn document(
    fonts: &Fonts,
    pages: Vec<Page>,
    places: &BTreeMap<Target, Place>,
) -> Result<lopdf::Document, PdfError> {
    let mut pen = Pen::new(fonts, places);
    let mut document = PdfDocument::new("");
    document.pages = pages.into_iter().map(|page| pen.page(page)).collect();
    for (file, characters) in &pen.used {
        let font = parsed(fonts.subset(*file, characters)?);
        let font = printpdf::PdfFont::new(font);
        document.resources.fonts.map.insert(font_id(*file), font);
    }
    let options = PdfSaveOptions {
        subset_fonts: false,
        ..PdfSaveOptions::default()
    };
    Ok(document.to_lopdf_document(&options, &mut Vec::new()))
}

fn font_id(file: FontFile) -> FontId {
    FontId(file.name().to_owned())
}

fn parsed(subset: Subset) -> ParsedFont {
    let metrics = printpdf::FontMetrics {
        ascent: subset.ascent,
        descent: subset.descent,
    };
    let mut font = ParsedFont::with_glyph_data(
        subset.bytes,
        0,
        Some(subset.name),
        subset.glyphs,
        subset.widths,
        subset.units_per_em,
        metrics,
    );
    let description = &mut font.pdf_font_metrics;
    description.x_min = subset.bounds.x_min;
    description.y_min = subset.bounds.y_min;
    description.x_max = subset.bounds.x_max;
    description.y_max = subset.bounds.y_max;
    description.us_weight_class = subset.weight;
    font
}

/// Writes the operations of one page after the other and remembers what is set.
struct Pen<'a> {
    fonts: &'a Fonts,
    places: &'a BTreeMap<Target, Place>,
    used: BTreeMap<FontFile, BTreeSet<char>>,
    ops: Vec<Op>,
    in_text: bool,
    font: Option<(FontFile, f32)>,
    fill: Option<Color>,
    stroke: Option<Stroke>,
}

impl<'a> Pen<'a> {
    fn new(fonts: &'a Fonts, places: &'a BTreeMap<Target, Place>) -> Self {
        Self {
            fonts,
            places,
            used: BTreeMap::new(),
            ops: Vec::new(),
            in_text: false,
            font: None,
            fill: None,
            stroke: None,
        }
    }

    fn page(&mut self, page: Page) -> PdfPage {
        (self.font, self.fill, self.stroke) = (None, None, None);
        for draw in page {
            self.draw(draw);
        }
        self.text_section(false);
        // A copy of the length in use: all pages are held at once, and a list that has grown is half air.
        let ops = self.ops.drain(..).collect();
        let mut page = PdfPage::new(Mm(0.0), Mm(0.0), ops);
        let paper = Rect::from_wh(Pt(PAGE_WIDTH), Pt(PAGE_HEIGHT));
        (page.media_box, page.trim_box, page.crop_box) = (paper.clone(), paper.clone(), paper);
        page
    }

    fn draw(&mut self, draw: Draw) {
        match draw {
            Draw::Text { at, text, style } => self.text(at, &text, style),
            Draw::PageNumber { at, of, style } => {
                let page = self.places.get(&of).map(|place| place.page + 1);
                let number = page.map_or_else(|| "–".to_owned(), |page| page.to_string());
                let x = at.x - self.fonts.width(&number, style);
                self.text(Point { x, y: at.y }, &number, style);
            }
            Draw::Line { points, stroke } => self.outline(points_of(&points), false, stroke),
            Draw::Shape { points, fill } => self.shape(points_of(&points), fill),
            Draw::Fill { area, fill } => {
                self.fill(fill);
                self.rectangle(area, PaintMode::Fill);
            }
            Draw::Frame { area, stroke } => {
                self.stroke(stroke);
                self.rectangle(area, PaintMode::Stroke);
            }
            Draw::Disc {
                center,
                radius,
                fill,
            } => self.shape(circle(center, radius), fill),
            Draw::Ring {
                center,
                radius,
                stroke,
            } => self.outline(circle(center, radius), true, stroke),
            Draw::Link { area, to } => self.link(area, to),
        }
    }

    fn text(&mut self, at: Point, text: &str, style: Style) {
        let mut x = at.x;
        for run in self.fonts.runs(text, style) {
            self.used
                .entry(run.file)
                .or_default()
                .extend(run.text.chars());
            self.fill(style.color);
            self.text_section(true);
            if self.font != Some((run.file, style.size)) {
                self.font = Some((run.file, style.size));
                self.ops.push(Op::SetFont {
                    font: PdfFontHandle::External(font_id(run.file)),
                    size: Pt(style.size),
                });
            }
            self.ops.push(Op::SetTextMatrix {
                matrix: TextMatrix::Translate(length(x), height(at.y)),
            });
            self.ops.push(Op::ShowText {
                items: vec![TextItem::Text(run.text.to_owned())],
            });
            x += run.width;
        }
    }

    fn shape(&mut self, points: Vec<LinePoint>, fill: Color) {
        self.fill(fill);
        self.text_section(false);
        self.ops.push(Op::DrawPolygon {
            polygon: Polygon {
                rings: vec![PolygonRing { points }],
                mode: PaintMode::Fill,
                winding_order: WindingOrder::NonZero,
            },
        });
    }

    fn outline(&mut self, points: Vec<LinePoint>, is_closed: bool, stroke: Stroke) {
        self.stroke(stroke);
        self.ops.push(Op::DrawLine {
            line: Line { points, is_closed },
        });
    }

    fn rectangle(&mut self, area: Area, mode: PaintMode) {
        self.text_section(false);
        let mut rectangle = rectangle(area);
        rectangle.mode = Some(mode);
        self.ops.push(Op::DrawRectangle { rectangle });
    }

    fn link(&mut self, area: Area, to: Target) {
        let Some(place) = self.places.get(&to) else {
            return;
        };
        let destination = Destination::Xyz {
            page: place.page + 1,
            left: Some(0.0),
            top: Some(height(place.y).0),
            zoom: None,
        };
        let border = BorderArray::Solid([0.0; 3]);
        let actions = Actions::Goto(destination);
        let link = LinkAnnotation::new(rectangle(area), actions, Some(border), None, None);
        self.ops.push(Op::LinkAnnotation { link });
    }

    /// Text goes between two operators, everything else outside them.
    fn text_section(&mut self, inside: bool) {
        if self.in_text != inside {
            self.in_text = inside;
            self.ops.push(if inside {
                Op::StartTextSection
            } else {
                Op::EndTextSection
            });
        }
    }

    fn fill(&mut self, color: Color) {
        if self.fill != Some(color) {
            self.fill = Some(color);
            self.ops.push(Op::SetFillColor { col: ink(color) });
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        self.text_section(false);
        if self.stroke == Some(stroke) {
            return;
        }
        self.stroke = Some(stroke);
        let dash = stroke
            .dash
            .map_or_else(Default::default, |dash| LineDashPattern::new(0.0, &dash));
        self.ops.extend([
            Op::SetOutlineColor {
                col: ink(stroke.color),
            },
            Op::SetOutlineThickness {
                pt: Pt(stroke.width),
            },
            Op::SetLineDashPattern { dash },
        ]);
    }
}

/// PDF counts upwards from the lower edge of the page.
fn height(y: f32) -> Pt {
    length(PAGE_HEIGHT - y)
}

/// A hundredth of a point is finer than any printer, and keeps the numbers of the file short.
fn length(points: f32) -> Pt {
    Pt((points * 100.0).round() / 100.0)
}

fn rectangle(area: Area) -> Rect {
    let mut rectangle = Rect::from_wh(length(area.width), length(area.height));
    (rectangle.x, rectangle.y) = (length(area.x), height(area.y + area.height));
    rectangle
}

fn ink(Color(red, green, blue): Color) -> Ink {
    let share = |part: u8| (f32::from(part) / 255.0 * 1000.0).round() / 1000.0;
    Ink::Rgb(Rgb::new(share(red), share(green), share(blue), None))
}

fn point(x: f32, y: f32, bezier: bool) -> LinePoint {
    let p = printpdf::Point {
        x: length(x),
        y: height(y),
    };
    LinePoint { p, bezier }
}

fn points_of(points: &[Point]) -> Vec<LinePoint> {
    let corner = |at: &Point| point(at.x, at.y, false);
    points.iter().map(corner).collect()
}

/// Four Bézier curves; their handles are at 4/3 (√2 - 1) of the radius.
fn circle(center: Point, radius: f32) -> Vec<LinePoint> {
    let handle = radius * 0.552_285;
    let at = |x: f32, y: f32, bezier| point(center.x + x, center.y + y, bezier);
    let mut points = vec![at(radius, 0.0, false)];
    for (cos, sin) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)] {
        let turned = |x: f32, y: f32, bezier| at(x * cos - y * sin, x * sin + y * cos, bezier);
        points.extend([
            turned(radius, handle, true),
            turned(handle, radius, true),
            turned(0.0, radius, false),
        ]);
    }
    points
}
