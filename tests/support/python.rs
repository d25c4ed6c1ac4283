//! Tools written in Python, from a virtual environment of their own: `tests/requirements.txt` pins them.

use std::path::{Path, PathBuf};

/// pyHanko, which signs and validates PDF.
pub fn pyhanko() -> PathBuf {
    tool("pyhanko")
}

/// The interpreter, with the libraries of the environment.
pub fn python() -> PathBuf {
    tool("python")
}

fn tool(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = std::env::var_os("TMINUS_TEST_VENV").map(PathBuf::from);
    let venv = venv.unwrap_or_else(|| root.join("target/test-venv"));
    let path = venv.join("bin").join(name);
    assert!(
        path.exists(),
        "{} is missing; `tests/run` makes it",
        path.display(),
    );
    path
}
