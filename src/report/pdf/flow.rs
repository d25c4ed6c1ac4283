//! From top to bottom: where the next thing goes, and when a new page begins. Headers and footers come last,
//! when the number of pages is known.

use std::collections::BTreeMap;

use super::canvas::{Area, Draw, Page, Place, Point, Stroke, Target};
use super::font::Fonts;
use super::text;
use super::theme::{
    BOTTOM, Color, HAIRLINE, LABEL, LEFT, MUTED, PAGE_HEIGHT, RIGHT, Style, TOP, WIDTH,
};

/// The pages so far, and the place on the last of them.
pub(super) struct Flow<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) pages: Vec<Page>,
    pub(super) places: BTreeMap<Target, Place>,
    /// Where the next thing begins.
    pub(super) y: f32,
}

impl<'a> Flow<'a> {
    /// A first, empty page.
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        Self {
            fonts,
            pages: vec![Page::new()],
            places: BTreeMap::new(),
            y: TOP,
        }
    }

    /// Draws on the last page.
    pub(super) fn draw(&mut self, draw: Draw) {
        if let Some(page) = self.pages.last_mut() {
            page.push(draw);
        }
    }

    /// Height that is left on the page.
    pub(super) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Whether the page is still empty.
    pub(super) fn at_top(&self) -> bool {
        self.y <= TOP
    }

    /// Begins a new page.
    pub(super) fn new_page(&mut self) {
        self.pages.push(Page::new());
        self.y = TOP;
    }

    /// Begins a new page unless `height` is left. True when it did.
    pub(super) fn ensure(&mut self, height: f32) -> bool {
        let breaks = self.room() < height && !self.at_top();
        if breaks {
            self.new_page();
        }
        breaks
    }

    /// Leaves space, none at the top of a page.
    pub(super) fn gap(&mut self, height: f32) {
        if !self.at_top() {
            self.y += height;
        }
    }

    /// Remembers this place as `target`.
    pub(super) fn mark(&mut self, target: Target) {
        let page = self.pages.len() - 1;
        let y = self.y - 8.0;
        self.places.insert(target, Place { page, y });
    }

    /// A line of text with its left end at `x`, its upper edge at `y`; it is set as it is.
    pub(super) fn text(&mut self, x: f32, y: f32, text: impl Into<String>, style: Style) {
        let y = y + style.ascent();
        self.draw(Draw::Text {
            at: Point { x, y },
            text: text.into(),
            style,
        });
    }

    /// The same with its right end at `x`.
    pub(super) fn text_before(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let x = x - self.fonts.width(text, style);
        self.text(x, y, text, style);
    }

    /// The same with its middle at `x`.
    pub(super) fn text_around(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let x = x - self.fonts.width(text, style) / 2.0;
        self.text(x, y, text, style);
    }

    /// Lines from here on, a new page where one ends.
    pub(super) fn lines(&mut self, x: f32, lines: impl IntoIterator<Item = String>, style: Style) {
        for line in lines {
            self.ensure(style.leading());
            self.text(x, self.y, line, style);
            self.y += style.leading();
        }
    }

    /// A text over the whole width.
    pub(super) fn paragraph(&mut self, text: &str, style: Style) {
        self.lines(LEFT, text::wrap(self.fonts, text, style, WIDTH), style);
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.draw(Draw::Line {
            points: vec![from, to],
            stroke,
        });
    }

    /// A thin line from `x` to `to` at this height.
    pub(super) fn rule(&mut self, x: f32, to: f32, color: Color) {
        let y = self.y;
        let stroke = Stroke::solid(color, 0.6);
        self.line(Point { x, y }, Point { x: to, y }, stroke);
    }

    /// A filled area.
    pub(super) fn fill(&mut self, area: Area, fill: Color) {
        self.draw(Draw::Fill { area, fill });
    }
}

/// The header and footer of every page.
pub(super) struct Edges {
    /// Upper left: the launch.
    pub(super) launch: String,
    /// Upper right: who may read it.
    pub(super) confidentiality: String,
    /// Lower left: the document's id.
    pub(super) id: String,
}

impl Edges {
    /// Adds them to every page, with "page n of m".
    pub(super) fn add_to(&self, flow: &mut Flow<'_>) {
        let style = LABEL.colored(MUTED);
        let count = flow.pages.len();
        let width = WIDTH - flow.fonts.width(&self.confidentiality, style) - 24.0;
        let launch = text::fit(flow.fonts, &self.launch, style, width);
        let id = text::fit(flow.fonts, &self.id, style, WIDTH * 0.75);
        let finished = std::mem::take(&mut flow.pages);
        for (index, page) in finished.into_iter().enumerate() {
            // First on the page, so that text is read out in the order it is seen.
            flow.pages.push(Page::with_capacity(page.len() + 6));
            flow.text(LEFT, 34.0, &launch, style);
            flow.text_before(RIGHT, 34.0, &self.confidentiality, style);
            flow.y = 50.0;
            flow.rule(LEFT, RIGHT, HAIRLINE);
            if let Some(last) = flow.pages.last_mut() {
                last.extend(page);
            }
            flow.y = PAGE_HEIGHT - 48.0;
            flow.rule(LEFT, RIGHT, HAIRLINE);
            flow.text(LEFT, PAGE_HEIGHT - 44.0, &id, style);
            let number = format!("Page {} of {count}", index + 1);
            flow.text_before(RIGHT, PAGE_HEIGHT - 44.0, &number, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::BODY;
    use super::*;

    #[test]
    fn lines_go_on_over_pages_and_every_page_is_numbered() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new(&fonts);
        flow.lines(LEFT, (0..120).map(|number| format!("line {number}")), BODY);
        let on_a_page = ((BOTTOM - TOP) / BODY.leading()) as usize;
        assert_eq!(flow.pages.len(), 120_usize.div_ceil(on_a_page));
        assert!(flow.pages[..2].iter().all(|page| page.len() == on_a_page));
        let edges = Edges {
            launch: "PixelRush".into(),
            confidentiality: "Confidential".into(),
            id: "Run 0".into(),
        };
        edges.add_to(&mut flow);
        let texts = |page: &Page| -> Vec<String> {
            let text = |draw: &Draw| match draw {
                Draw::Text { text, .. } => Some(text.clone()),
                _ => None,
            };
            page.iter().filter_map(text).collect()
        };
        let last = texts(&flow.pages[2]);
        assert_eq!(last[..2], ["PixelRush", "Confidential"]);
        assert_eq!(last[last.len() - 2..], ["Run 0", "Page 3 of 3"]);
    }

    #[test]
    fn a_page_breaks_only_when_something_stands_on_it() {
        let fonts = Fonts::load().unwrap();
        let mut flow = Flow::new(&fonts);
        assert!(
            !flow.ensure(10_000.0),
            "an empty page is as good as the next"
        );
        flow.gap(20.0);
        assert_eq!(flow.y, TOP, "no gap at the top");
        flow.paragraph("something", BODY);
        assert!(flow.ensure(10_000.0));
        assert_eq!(flow.pages.len(), 2);
    }
}
