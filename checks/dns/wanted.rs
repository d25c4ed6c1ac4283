//! What an answer must hold. What `dig +short` prints is understood: the records, and the aliases before them.

use std::collections::BTreeSet;

use super::reading::{Answer, canonical_expected, canonical_name};
use super::settings::{DomainName, Settings};
use crate::instrument::dns::RecordType;
use crate::judging::text::clipped_list;

/// What is expected of one question.
pub(super) struct Wanted {
    /// Each value as data of the type, and as the name of an alias.
    values: Vec<(String, String)>,
    /// Whether an answer may leave some out.
    any_of: bool,
    /// Whether none of the values is data of the type, so that its data may be anything.
    only_aliases: bool,
}

impl Wanted {
    /// What the settings expect; nothing where any answer will do.
    pub(super) fn of(settings: &Settings, name: &DomainName, kind: RecordType) -> Option<Self> {
        let (values, any_of) = settings.expected(name, kind);
        let is_data =
            |value: &&str| !kind.is_address() || value.parse::<std::net::IpAddr>().is_ok();
        let only_aliases = !values.iter().any(is_data);
        let both = |value: &str| {
            (
                canonical_expected(kind, value),
                canonical_name(value.trim()),
            )
        };
        let values: Vec<_> = values.into_iter().map(both).collect();
        (!values.is_empty()).then_some(Self {
            values,
            any_of,
            only_aliases,
        })
    }

    /// What is wrong with an answer.
    pub(super) fn difference(&self, answer: &Answer<'_>) -> Option<String> {
        let data = |value: &&(String, String)| answer.data.contains(&value.0);
        let alias = |value: &&(String, String)| answer.chain.contains(&value.1);
        let missing = self
            .values
            .iter()
            .filter(|value| !data(value) && !alias(value));
        let missing: BTreeSet<_> = missing.map(|(data, _)| data).collect();
        let known: BTreeSet<_> = self.values.iter().map(|(data, _)| data).collect();
        let surplus = answer
            .data
            .iter()
            .filter(|data| !self.only_aliases && !known.contains(data));
        let surplus: BTreeSet<_> = surplus.collect();
        let is_short = !missing.is_empty() && !self.any_of;
        let parts = [
            ("missing", clipped_list(missing), is_short),
            ("not expected", clipped_list(&surplus), !surplus.is_empty()),
        ];
        let parts = parts.iter().filter(|(.., wrong)| *wrong);
        let parts: Vec<_> = parts
            .map(|(word, list, _)| format!("{word}: {list}"))
            .collect();
        (!parts.is_empty()).then(|| format!("fix the zone or `expect` ({})", parts.join("; ")))
    }

    /// "192.0.2.1, 192.0.2.2", or "any of" them.
    pub(super) fn text(&self) -> String {
        let values: BTreeSet<_> = self.values.iter().map(|(data, _)| data).collect();
        let list = clipped_list(values);
        match self.any_of {
            true => format!("any of {list}"),
            false => list,
        }
    }
}
