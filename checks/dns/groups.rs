//! Equal things told once, with all who showed them.

/// What was seen, with the resolvers that showed it, in the order of their first.
#[derive(Default)]
pub(super) struct Groups<'a>(Vec<(String, Vec<&'a str>)>);

impl<'a> Groups<'a> {
    pub(super) fn add(&mut self, text: String, resolver: &'a str) {
        match self.0.iter_mut().find(|(met, _)| *met == text) {
            Some((_, resolvers)) => resolvers.push(resolver),
            None => self.0.push((text, vec![resolver])),
        }
    }

    /// How many different things were seen.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn text(&self) -> String {
        let groups = self.0.iter();
        let groups = groups.map(|(text, resolvers)| format!("{text} ({})", resolvers.join(", ")));
        groups.collect::<Vec<_>>().join("; ")
    }
}
