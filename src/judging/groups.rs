//! Equal things told once, with all who showed them.

use super::text;

/// What was seen, with those who showed it, in the order of their first.
#[derive(Clone, Debug, Default)]
pub struct Groups<'a>(Vec<(String, Vec<&'a str>)>);

impl<'a> Groups<'a> {
    /// Takes up what one of them showed.
    pub fn add(&mut self, text: String, who: &'a str) {
        match self.0.iter_mut().find(|(known, _)| *known == text) {
            Some((_, all)) => all.push(who),
            None => self.0.push((text, vec![who])),
        }
    }

    /// How many different things were seen.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// "192.0.2.1 (10.0.0.1, 10.0.0.2); NXDOMAIN (10.0.0.3)", bounded.
    pub fn text(&self) -> String {
        let groups = self.0.iter().take(text::MOST);
        let mut groups: Vec<_> = groups
            .map(|(text, who)| format!("{text} ({})", text::list(who)))
            .collect();
        match self.0.len().saturating_sub(text::MOST) {
            0 => {}
            more => groups.push(format!("{more} more")),
        }
        groups.join("; ")
    }
}
