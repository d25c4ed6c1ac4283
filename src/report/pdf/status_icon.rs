//! Icons of statuses and verdicts, drawn as shapes so that they differ without colour.

use super::canvas::{Draw, Point, Stroke};
use super::flow::Flow;
use super::theme::{Color, WHITE, status_color};
use crate::model::{Status, Verdict};

/// The sign of a status: check mark in a disc, exclamation mark in a triangle, cross in a square, question mark
/// in a diamond, dash in a ring.
pub(super) fn status(flow: &mut Flow<'_>, status: Status, center: Point, radius: f32) {
    sign(flow, status, center, radius, status_color(status), WHITE);
}

/// The sign of a verdict, over a band of the colour `behind`.
pub(super) fn verdict(
    flow: &mut Flow<'_>,
    verdict: Verdict,
    center: Point,
    radius: f32,
    behind: Color,
) {
    let as_status = match verdict {
        Verdict::Go => Status::Pass,
        Verdict::NoGo => Status::Fail,
        Verdict::Undetermined => Status::Error,
    };
    sign(flow, as_status, center, radius, WHITE, behind);
}

fn sign(
    flow: &mut Flow<'_>,
    status: Status,
    center: Point,
    radius: f32,
    fill: Color,
    stroke: Color,
) {
    let at = |x: f32, y: f32| Point {
        x: center.x + x * radius,
        y: center.y + y * radius,
    };
    let shape = |corners: &[(f32, f32)]| Draw::Shape {
        points: corners.iter().map(|&(x, y)| at(x, y)).collect(),
        fill,
    };
    let thick = Stroke::solid(stroke, radius * 0.26);
    let line = |corners: &[(f32, f32)], stroke: Stroke| Draw::Line {
        points: corners.iter().map(|&(x, y)| at(x, y)).collect(),
        stroke,
    };
    let dot = |x: f32, y: f32| Draw::Disc {
        center: at(x, y),
        radius: radius * 0.15,
        fill: stroke,
    };
    match status {
        Status::Pass => {
            flow.draw(Draw::Disc {
                center,
                radius,
                fill,
            });
            flow.draw(line(&[(-0.48, 0.02), (-0.12, 0.40), (0.50, -0.36)], thick));
        }
        Status::Warn => {
            flow.draw(shape(&[(0.0, -1.0), (1.08, 0.92), (-1.08, 0.92)]));
            flow.draw(line(&[(0.0, -0.42), (0.0, 0.32)], thick));
            flow.draw(dot(0.0, 0.62));
        }
        Status::Fail => {
            flow.draw(shape(&[
                (-0.92, -0.92),
                (0.92, -0.92),
                (0.92, 0.92),
                (-0.92, 0.92),
            ]));
            flow.draw(line(&[(-0.46, -0.46), (0.46, 0.46)], thick));
            flow.draw(line(&[(-0.46, 0.46), (0.46, -0.46)], thick));
        }
        Status::Error => {
            flow.draw(shape(&[
                (0.0, -1.15),
                (1.15, 0.0),
                (0.0, 1.15),
                (-1.15, 0.0),
            ]));
            let hook = [
                (-0.30, -0.30),
                (-0.24, -0.50),
                (0.0, -0.60),
                (0.24, -0.50),
                (0.30, -0.28),
                (0.20, -0.08),
                (0.0, 0.06),
                (0.0, 0.24),
            ];
            flow.draw(line(&hook, Stroke::solid(stroke, radius * 0.22)));
            flow.draw(dot(0.0, 0.56));
        }
        Status::Skipped | Status::NotSelected => {
            flow.draw(Draw::Ring {
                center,
                radius: radius * 0.88,
                stroke: Stroke::solid(fill, radius * 0.22),
            });
            flow.draw(line(
                &[(-0.42, 0.0), (0.42, 0.0)],
                Stroke::solid(fill, radius * 0.24),
            ));
        }
    }
}
