//! The table and the numbers about what staples gain.

use super::gain::{Gain, Side};
use crate::checks::tls::families as family;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::settings::Settings;
use crate::model::{Cell, Exhibit, Measure};

/// Of one address that was greeted.
pub(crate) fn measures(
    at: [(&str, &str); 2],
    settings: &Settings,
    session: &Session,
    observation: &Observation,
) -> Vec<Measure> {
    let mut measures = Vec::new();
    if session.flights.is_empty() {
        return measures;
    }
    let gain = Gain::of(settings, session, observation);
    if let Ok(question) = gain.question {
        measures.push(family::OCSP_QUERY.measure(question as f64 / 1e6, at));
    }
    if let Some(time) = gain.time() {
        measures.push(family::STAPLE_SAVED.measure(time as f64 / 1e6, at));
    }
    let Ok([with, without]) = gain.flights else {
        return measures;
    };
    for (staple, side) in [("with", with), ("without", without)] {
        let [endpoint, address] = at;
        let labels = [endpoint, address, ("staple", staple)];
        measures.push(family::FIRST_FLIGHT_BYTES.measure(side.bytes as f64, labels));
        measures.push(family::FIRST_FLIGHT_DURATION.measure(side.time as f64 / 1e6, labels));
    }
    measures
}

/// A row for each address that was greeted; none where none was.
pub(crate) fn exhibit(settings: &Settings, observation: &Observation) -> Option<Exhibit> {
    let sessions = observation.each_session(settings);
    let greeted = sessions.filter(|(_, _, session)| !session.flights.is_empty());
    let rows = greeted.map(|(endpoint, address, session)| {
        let gain = Gain::of(settings, session, observation);
        let [with, without] = gain
            .flights
            .as_ref()
            .map_or([None, None], |[with, without]| {
                [Some(*with), Some(*without)]
            });
        [
            endpoint.to_string().into(),
            address.ip().to_string().into(),
            time(with),
            bytes(with),
            time(without),
            bytes(without),
            gain.question
                .as_ref()
                .map_or(Cell::Absent, |time| ms(*time as f64)),
            gain.time().map_or(Cell::Absent, |time| ms(time as f64)),
        ]
    });
    let columns = [
        "Endpoint",
        "Address",
        "First flight with staple",
        "Its size",
        "Without staple",
        "Its size",
        "OCSP query",
        "Saved",
    ];
    let title = "What a staple gains (medians; the largest flight)";
    Exhibit::table(title, columns, rows)
}

fn time(side: Option<Side>) -> Cell {
    side.map_or(Cell::Absent, |side| ms(side.time as f64))
}

fn bytes(side: Option<Side>) -> Cell {
    side.map_or(Cell::Absent, |side| {
        Cell::number(side.bytes as f64, "bytes")
    })
}

fn ms(micros: f64) -> Cell {
    Cell::number((micros / 100.0).round() / 10.0, "ms")
}
