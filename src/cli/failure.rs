//! Why a command could not do its work: one clear message, and its exit code.

use std::fmt;

use super::exit;
use crate::model::escape;

/// What is printed, and what is returned to the shell.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// What is wrong and where; when `rendered`, it brings its own "error: ".
    pub message: String,
    hint: Option<String>,
    rendered: bool,
}

impl Failure {
    /// The command line or its input is wrong; nothing was contacted.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self {
            code: exit::USAGE,
            message: message.to_string(),
            hint: None,
            rendered: false,
        }
    }

    /// Something could not be read, written or signed.
    pub fn unwritten(message: impl fmt::Display) -> Self {
        Self {
            code: exit::UNWRITTEN,
            ..Self::usage(message)
        }
    }

    /// Checklist errors, which have their own layout.
    pub fn checklist(rendered: String) -> Self {
        Self {
            code: exit::USAGE,
            message: rendered,
            hint: None,
            rendered: true,
        }
    }

    /// Says how to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rendered {
            return f.write_str(self.message.trim_end());
        }
        write!(f, "error: {}", escape::text(&self.message))?;
        match &self.hint {
            Some(hint) => write!(f, "\n hint: {}", escape::text(hint)),
            None => Ok(()),
        }
    }
}
