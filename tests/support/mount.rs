//! Small file systems of a test's own: a disk that is full or read-only is a real one.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A file system of its own, gone with this value.
pub struct Mount(TempDir);

impl Mount {
    /// An empty one of this size.
    pub fn tmpfs(size: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        mount(
            &["-t", "tmpfs", "-o", &format!("size={size}"), "tminus-test"],
            folder.path(),
        );
        Self(folder)
    }

    /// Changes its options.
    pub fn remount(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}")], self.path());
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

fn mount(args: &[&str], folder: &Path) {
    let output = Command::new("mount")
        .args(args)
        .arg(folder)
        .output()
        .expect("mount starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "mount {args:?}, which this test does as root: {said}"
    );
}
