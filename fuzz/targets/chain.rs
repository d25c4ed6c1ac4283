//! Certificate chains, judged whole: paths, names, keys, purposes, timestamps, times, and every word about them.
#![no_main]

#[path = "../../tests/support/hostile.rs"]
mod hostile;

use std::path::Path;
use std::sync::LazyLock;

use hostile::Judge;
use libfuzzer_sys::fuzz_target;

static JUDGE: LazyLock<Judge> =
    LazyLock::new(|| Judge::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")));

fuzz_target!(|bytes: &[u8]| {
    let _ = JUDGE.judge(bytes);
});
