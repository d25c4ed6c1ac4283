//! A run record as `judge` and `verify` read it: decoded, judged again, compared, and summed up for the console.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tminus::checks::REGISTRY;
use tminus::engine::{differences, rejudge};
use tminus::report::{console, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = json::from_json(bytes) else {
        return;
    };
    let style = console::Style {
        color: false,
        width: 80,
    };
    if let Ok(judged) = rejudge(&record, REGISTRY, None) {
        let _ = differences(&record, &judged);
        let _ = console::summary(&judged, style);
        // What was judged can be read back, and judging it again changes nothing.
        let again = json::from_json(&json::to_json(&judged)).expect("a record is read back");
        let again = rejudge(&again, REGISTRY, None).expect("a record of this schema");
        assert_eq!(again.verdict, judged.verdict);
    }
});
