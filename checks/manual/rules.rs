//! What the module judges.

use crate::model::Rule;

/// Somebody answers for it.
pub(super) const SIGNED_OFF: Rule = Rule {
    id: "manual/signed-off",
    summary: "A named person has signed the item off",
    why: "What no machine can see needs a person who answers for it by name.",
    fix: "Do what the statement says. Then add `signed-off` with your name and the time, or answer when `tminus run \
          --interactive` asks.",
};

/// No sign-off in advance.
pub(super) const NOT_IN_FUTURE: Rule = Rule {
    id: "manual/not-in-future",
    summary: "The sign-off is not dated after the run",
    why: "A sign-off in advance says nothing about what was done.",
    fix: "Correct `at` to the time of the sign-off.",
};

/// Sign-offs go stale.
pub(super) const MAX_AGE: Rule = Rule {
    id: "manual/max-age",
    summary: "The sign-off is recent enough at T-0",
    why: "Systems change. What was true weeks before T-0 may not be true at launch.",
    fix: "Review the item again and sign it off with today's date.",
};

/// The file that was looked at.
pub(super) const FILE: Rule = Rule {
    id: "manual/file",
    summary: "The file behind the sign-off is there and is the one that was signed off",
    why: "A sign-off counts for the file that the person read, not for a later version of it.",
    fix: "Put the file in place, or find out who changed it and have the new version signed off.",
};

/// In the order in which documentation lists them.
pub(super) const RULES: &[Rule] = &[SIGNED_OFF, NOT_IN_FUTURE, MAX_AGE, FILE];
