//! How the program ends when the world is against it: signals, kills, full disks, small limits, hostile files. It ends
//! soon, says why, leaves nothing behind, and never claims what did not happen.

mod bounds;
mod limits;
mod output;
mod signals;

use std::path::Path;
use std::time::{Duration, Instant};

/// A checklist of one check that passes.
const PASSES: &str = r#"
[launch]
name = "PixelRush"

[[check]]
id = "yes"
module = "command"
run = ["true"]
"#;

/// A checklist of one check that runs a shell script.
fn script(script: &str) -> String {
    format!(
        "[launch]\nname = \"PixelRush\"\n\n[[check]]\nid = \"script\"\nmodule = \"command\"\ntimeout = \"60s\"\n\
         run = [\"sh\", \"-c\", '''{script}''']\n"
    )
}

/// A checklist of so many checks that pass.
fn many(count: usize) -> String {
    let checks = (1..=count).map(|number| {
        format!("\n[[check]]\nid = \"check-{number}\"\nmodule = \"command\"\nrun = [\"true\"]\n")
    });
    "[launch]\nname = \"PixelRush\"\n".to_owned() + &checks.collect::<String>()
}

/// Waits for what happens in another process.
#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(60), "not yet: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Whether a process still does something; a zombie does not.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned());
    state.is_some_and(|fields| !fields.starts_with('Z'))
}
