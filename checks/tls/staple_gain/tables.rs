//! The table and the numbers about what staples save.

use super::gain::Gain;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::model::{Exhibit, Measure};

/// Of every address of an endpoint that was greeted.
pub(crate) fn measures(
    settings: &Settings,
    endpoint: &Endpoint,
    observation: &Observation,
) -> Vec<Measure> {
    let mut measures = Vec::new();
    let name = endpoint.to_string();
    for (address, session) in observation.sessions(endpoint) {
        if session.flights.is_empty() {
            continue;
        }
        let at = address.ip().to_string();
        let gain = Gain::of(settings, session, observation);
        let labels = [("endpoint", name.as_str()), ("address", at.as_str())];
        let seconds = |name, micros: f64| Measure::new(name, micros / 1e6, "seconds", labels);
        if let Ok(question) = gain.question {
            measures.push(seconds("tls_ocsp_question_seconds", question as f64));
        }
        if let Some(time) = gain.time() {
            measures.push(seconds("tls_staple_saved_seconds", time as f64));
        }
        let Ok([with, without]) = gain.flights else {
            continue;
        };
        for (staple, side) in [("with", with), ("without", without)] {
            let labels = [
                ("endpoint", name.as_str()),
                ("address", at.as_str()),
                ("staple", staple),
            ];
            let (bytes, time) = (side.bytes as f64, side.time as f64 / 1e6);
            let measure = |name, value, unit| Measure::new(name, value, unit, labels);
            measures.push(measure("tls_first_flight_bytes", bytes, "bytes"));
            measures.push(measure("tls_first_flight_seconds", time, "seconds"));
        }
    }
    measures
}

/// A row for each address that was greeted; none where nobody was.
pub(crate) fn exhibit(settings: &Settings, observation: &Observation) -> Option<Exhibit> {
    let mut rows = Vec::new();
    for (endpoint, address, session) in observation.each_session(settings) {
        if session.flights.is_empty() {
            continue;
        }
        let gain = Gain::of(settings, session, observation);
        let flights = gain.flights.as_ref().ok();
        let side = |number: usize| {
            flights.map_or_else(dash, |sides| {
                format!(
                    "{} ms, {} bytes",
                    ms(sides[number].time as f64),
                    sides[number].bytes
                )
            })
        };
        let question = gain.question.as_ref();
        let question = question.map_or_else(|_| dash(), |time| ms(*time as f64) + " ms");
        let time = gain.time();
        let time = time.map_or_else(dash, |time| ms(time as f64) + " ms");
        rows.push(vec![
            endpoint.to_string(),
            address.ip().to_string(),
            side(0),
            side(1),
            question,
            time,
        ]);
    }
    let columns = [
        "Endpoint",
        "Address",
        "First flight with staple",
        "Without",
        "Question to the responder",
        "Gain",
    ];
    (!rows.is_empty()).then(|| Exhibit::Table {
        title: "What a staple saves (medians; the largest flight)".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: crate::model::Cell::old(rows),
        omitted: 0,
    })
}

fn ms(micros: f64) -> String {
    format!("{:.1}", micros / 1e3)
}

fn dash() -> String {
    "-".to_owned()
}
