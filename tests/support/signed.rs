//! Zones signed by the tools of ldns, with keys of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A key of a zone, in the files that its maker wrote.
pub struct Key {
    zone: String,
    folder: PathBuf,
    base: String,
}

impl Key {
    /// A new key (ECDSA P-256) that signs everything of a zone.
    pub fn new(folder: &Path, zone: &str) -> Self {
        let mut command = Command::new("ldns-keygen");
        command.args(["-r", "/dev/urandom", "-a", "ECDSAP256SHA256", "-k", zone]);
        let base = run(command.current_dir(folder)).trim().to_owned();
        Self {
            zone: zone.to_owned(),
            folder: folder.to_owned(),
            base,
        }
    }

    /// The DS record that the zone above publishes.
    pub fn ds(&self) -> String {
        std::fs::read_to_string(self.file("ds")).unwrap()
    }

    /// One of its files: `ds`, `key`.
    pub fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.base))
    }

    /// The zone with signatures that begin and end so many hours from now; denial is by NSEC3 or NSEC.
    pub fn sign(&self, text: &str, hours: (i64, i64), nsec3: bool) -> String {
        let (plain, signed) = (self.folder.join("unsigned"), self.folder.join("signed"));
        std::fs::write(&plain, text).unwrap();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        let at = |hours: i64| (now.as_secs() as i64 + hours * 3600).to_string();
        let mut command = Command::new("ldns-signzone");
        command.args([
            "-i",
            &at(hours.0),
            "-e",
            &at(hours.1),
            "-o",
            &self.zone,
            "-f",
        ]);
        command.arg(&signed);
        if nsec3 {
            command.arg("-n");
        }
        run(command
            .arg(&plain)
            .arg(&self.base)
            .current_dir(&self.folder));
        std::fs::read_to_string(signed).unwrap()
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot start {command:?}: {error}; `tests/run` installs what the tests need")
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
