//! What the signed report costs: `cargo bench --bench pdf`.
//!
//! For each size a process of its own, so that its peak memory is its own: time to a first report, median of
//! all, peak resident memory, size of the file.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    dead_code,
    unreachable_pub,
    reason = "a benchmark meets the world, prints its figures and has nobody to hand an error to"
)]

#[path = "../tests/support/dossier.rs"]
mod dossier;

use std::process::Command;
use std::time::Instant;

use jiff::Timestamp;
use tminus::report::{RenderContext, signed};
use tminus::sign::Identity;

const SIZES: [usize; 3] = [30, 1_000, 5_000];
const ROUNDS: usize = 5;

fn main() {
    let size = std::env::args().nth(1).and_then(|size| size.parse().ok());
    if let Some(size) = size {
        return measure(size);
    }
    println!("checks  first ms  median ms  peak MiB  file KiB");
    for size in SIZES {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program);
        let status = child.arg(size.to_string()).status().expect("started");
        assert!(status.success());
    }
}

fn measure(checks: usize) {
    let dossier = dossier::many(checks);
    let now = Timestamp::now();
    let context = RenderContext {
        identity: Some(Identity::create("bench", now).expect("an identity")),
        signed_at: now,
    };
    let mut bytes = 0;
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            let report = (signed::FORMAT.render)(&dossier, &context);
            bytes = report.expect("a report").len();
            begin.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    let first = times[0];
    times.sort_by(f64::total_cmp);
    let median = times[ROUNDS / 2];
    let (peak, size) = (peak_kib() / 1024, bytes / 1024);
    println!("{checks:6}  {first:8.1}  {median:9.1}  {peak:8}  {size:8}");
}

/// The largest resident set so far, as Linux tells it.
fn peak_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let size = line.and_then(|line| line.split_whitespace().next());
    size.and_then(|size| size.parse().ok()).expect("a size")
}
