//! Lines over a common axis, which differ by dash and marker as well as by colour.

use super::super::canvas::{Area, Draw, Point, Stroke};
use super::super::flow::Flow;
use super::super::format;
use super::super::text;
use super::super::theme::{
    ACCENT, AMBER, Color, GREEN, HAIRLINE, INK, LABEL, LEFT, MUTED, RED, RIGHT, SMALL, VIOLET,
    WIDTH,
};
use super::axis::Axis;
use super::{caption, empty, note};
use crate::model::exhibit::Line;

/// Lines that are drawn.
const MOST: usize = 8;
/// Points of a line that are drawn; beyond, the highest and lowest of each stretch are.
const MOST_POINTS: usize = 600;
const HEIGHT: f32 = 130.0;

const LOOKS: [(Color, Option<[f32; 2]>); MOST] = [
    (ACCENT, None),
    (AMBER, Some([5.0, 2.0])),
    (GREEN, Some([2.0, 1.5])),
    (VIOLET, Some([8.0, 2.0])),
    (INK, Some([1.0, 2.0])),
    (MUTED, None),
    (AMBER, Some([1.0, 1.0])),
    (GREEN, Some([8.0, 4.0])),
];

pub(super) fn draw(
    flow: &mut Flow<'_>,
    title: &str,
    (x_unit, unit): (&str, &str),
    lines: &[Line],
    limit: Option<f64>,
) {
    let drawn = &lines[..lines.len().min(MOST)];
    let points = || drawn.iter().flat_map(finite);
    let Some((first_x, _)) = points().next() else {
        return empty(flow, title, "No values.");
    };
    caption(flow, title, HEIGHT + 54.0);
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (low_x, high_x) = bounds(&mut points().map(|(x, _)| x));
    let (low_y, high_y) = bounds(&mut points().map(|(_, y)| y).chain(limit));
    // Zero belongs to the picture unless the values are far from it and close together.
    let from_zero = low_y >= 0.0 && low_y < high_y * 0.6;
    let y_axis = Axis::around(if from_zero { 0.0 } else { low_y }, high_y, 4);
    let ticks = y_axis
        .ticks
        .iter()
        .map(|tick| flow.fonts.width(&format::number(*tick), LABEL));
    let left = LEFT + ticks.fold(0.0, f32::max) + 6.0;
    flow.text(
        LEFT,
        flow.y,
        text::fit(flow.fonts, unit, LABEL, WIDTH),
        LABEL,
    );
    flow.y += LABEL.leading() + 6.0;
    let plot = Plot {
        area: Area {
            x: left,
            y: flow.y,
            width: RIGHT - left - 2.0,
            height: HEIGHT,
        },
        x: Axis::around(low_x.min(first_x), high_x, 6),
        y: y_axis,
    };
    plot.grid(flow);
    for (line, look) in drawn.iter().zip(LOOKS) {
        plot.line(flow, line, look);
    }
    if let Some(limit) = limit {
        plot.limit(flow, limit);
    }
    flow.y += HEIGHT + 3.0;
    plot.x_labels(flow, x_unit);
    legend(flow, drawn);
    if lines.len() > MOST {
        note(
            flow,
            &format!("{} more lines in report.json.", lines.len() - MOST),
        );
    }
}

fn finite(line: &Line) -> impl Iterator<Item = (f64, f64)> {
    let points = line.points.iter().copied();
    points.filter(|(x, y)| x.is_finite() && y.is_finite())
}

struct Plot {
    area: Area,
    x: Axis,
    y: Axis,
}

impl Plot {
    fn at(&self, (x, y): (f64, f64)) -> Point {
        Point {
            x: self.area.x + self.x.share(x) * self.area.width,
            y: self.area.y + (1.0 - self.y.share(y)) * self.area.height,
        }
    }

    fn grid(&self, flow: &mut Flow<'_>) {
        let right = self.area.x + self.area.width;
        for &tick in &self.y.ticks {
            let from = self.at((self.x.from, tick));
            let stroke = Stroke::solid(HAIRLINE, if tick == self.y.from { 0.9 } else { 0.4 });
            flow.line(
                from,
                Point {
                    x: right,
                    y: from.y,
                },
                stroke,
            );
            let y = from.y - LABEL.leading() / 2.0;
            flow.text_before(self.area.x - 5.0, y, &format::number(tick), LABEL);
        }
    }

    fn line(&self, flow: &mut Flow<'_>, line: &Line, (color, dash): (Color, Option<[f32; 2]>)) {
        let all: Vec<Point> = finite(line).map(|point| self.at(point)).collect();
        let stroke = Stroke {
            color,
            width: 1.2,
            dash,
        };
        let points = thin(&all);
        // Few points are marked, so that one sees where was measured.
        if points.len() <= 30 {
            for &center in &points {
                let radius = 1.6;
                flow.draw(Draw::Disc {
                    center,
                    radius,
                    fill: color,
                });
            }
        }
        flow.draw(Draw::Line { points, stroke });
    }

    fn limit(&self, flow: &mut Flow<'_>, limit: f64) {
        let from = self.at((self.x.from, limit));
        let to = self.at((self.x.to, limit));
        flow.line(from, to, Stroke::dashed(RED, 1.0, [3.0, 2.0]));
        let label = format!("limit {}", format::number(limit));
        let y = from.y - LABEL.leading();
        flow.text_before(to.x, y, &label, LABEL.colored(RED));
    }

    fn x_labels(&self, flow: &mut Flow<'_>, unit: &str) {
        let y = flow.y;
        for &tick in &self.x.ticks {
            let x = self.at((tick, self.y.from)).x;
            let label = format::number(tick);
            let half = flow.fonts.width(&label, LABEL) / 2.0;
            flow.text_around(x.min(RIGHT - half), y, &label, LABEL);
        }
        flow.y += LABEL.leading();
        let unit = text::fit(flow.fonts, unit, LABEL, WIDTH);
        flow.text_before(RIGHT, flow.y, &unit, LABEL);
        flow.y += LABEL.leading();
    }
}

/// Of very many points those that shape the picture: of each stretch the highest and the lowest.
fn thin(points: &[Point]) -> Vec<Point> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(MOST_POINTS / 2);
    let extremes = |points: &[Point]| {
        let by_height = |a: &&Point, b: &&Point| a.y.total_cmp(&b.y);
        let ends = [
            points.iter().min_by(by_height),
            points.iter().max_by(by_height),
        ];
        let mut ends: Vec<Point> = ends.into_iter().flatten().copied().collect();
        ends.sort_by(|a, b| a.x.total_cmp(&b.x));
        ends
    };
    points.chunks(stretch).flat_map(extremes).collect()
}

fn legend(flow: &mut Flow<'_>, lines: &[Line]) {
    let mut x = LEFT;
    flow.y += 1.0;
    for (line, (color, dash)) in lines.iter().zip(LOOKS) {
        let label = text::fit(flow.fonts, &line.label, SMALL, WIDTH - 40.0);
        let width = 26.0 + flow.fonts.width(&label, SMALL) + 14.0;
        if x + width > RIGHT && x > LEFT {
            x = LEFT;
            flow.y += SMALL.leading();
        }
        flow.ensure(SMALL.leading());
        let y = flow.y + SMALL.leading() / 2.0;
        let stroke = Stroke {
            color,
            width: 1.6,
            dash,
        };
        flow.line(Point { x, y }, Point { x: x + 20.0, y }, stroke);
        flow.text(x + 26.0, flow.y, label, SMALL);
        x += width;
    }
    flow.y += SMALL.leading();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_among_a_million_points_is_drawn() {
        let mut points: Vec<Point> = (0..1_000_000)
            .map(|x| Point {
                x: x as f32,
                y: 100.0,
            })
            .collect();
        points[123_456].y = 3.0;
        let thin = thin(&points);
        assert!(thin.len() <= MOST_POINTS + 2);
        assert!(thin.iter().any(|point| point.y == 3.0));
        assert!(thin.is_sorted_by(|a, b| a.x <= b.x));
    }
}
