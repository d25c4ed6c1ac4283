//! Where an exchange is among the others: round by round, in each the resolvers, and at each the questions.

/// How many questions and resolvers a check has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Questions at one resolver in one round.
    pub questions: usize,
    /// Resolvers.
    pub resolvers: usize,
}

impl Layout {
    /// The place of an exchange, rounds counted from 0.
    pub(crate) fn place(self, round: u32, resolver: usize, question: usize) -> usize {
        (round as usize * self.resolvers + resolver) * self.questions + question
    }

    /// The round, resolver and question of a place.
    pub(crate) fn at(self, place: usize) -> (usize, usize, usize) {
        let (questions, resolvers) = (self.questions.max(1), self.resolvers.max(1));
        (
            place / questions / resolvers,
            place / questions % resolvers,
            place % questions,
        )
    }
}
