//! Domain names as checklists write them.

use std::cmp::Ordering;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;
use std::sync::Arc;

use crate::instrument::dns::{Question, QuestionError};
use crate::model::text_value::{TextValue, refused, text_value};

/// A domain name as the checklist writes it. Names that differ in case or final dot alone are the same.
#[derive(Clone, Debug)]
pub struct DomainName {
    text: Arc<str>,
    canonical: Box<str>,
}

impl DomainName {
    /// Reads a name as written.
    ///
    /// # Errors
    /// When it is not a domain name.
    pub fn new(text: &str) -> Result<Self, QuestionError> {
        // An address can be asked for its name (PTR), and the system resolver gives it back.
        let address = text.parse::<Ipv6Addr>().ok().map(|ip| ip.to_string());
        let canonical = match address {
            Some(address) => address,
            None => Question::canonical_name(text)?,
        };
        Ok(Self {
            text: text.into(),
            canonical: canonical.into(),
        })
    }

    /// As written.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// In lower case, in its ASCII form, with the final dot.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl PartialEq for DomainName {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for DomainName {}

impl Ord for DomainName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl PartialOrd for DomainName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for DomainName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::new(text).map_err(|error| format!("{}: {error}", refused::<Self>(text)))
    }
}

impl TextValue for DomainName {
    const EXPECTED: &'static str = "a domain name, such as \"login.example.com\"";
}

text_value!(DomainName);
