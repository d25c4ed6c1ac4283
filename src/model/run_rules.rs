//! The engine's own rules: what it reports of a check itself, and of the run as a whole. They live with the model
//! because a checklist's waivers name them, too.

use super::Rule;

/// All of them, in the order documentation lists them.
pub const RULES: &[Rule] = &[
    DEADLINE,
    PROBE_FAILED,
    PANIC,
    INTERRUPTED,
    NOT_ALLOWED,
    NEEDS_UNMET,
    FAIL_FAST,
    NOT_OBSERVED,
    NOT_JUDGED,
    EMPTY,
    REJUDGED,
    CHECK_DROPPED,
    PAST_LAUNCH,
    NO_BLOCKER,
    PHASE_ALONE,
    ADVISORIES_FAILED,
    RETRIED,
    SHORT_SECRET,
    WAIVER_UNUSED,
    WAIVER_TOO_SHORT,
];

/// Those that are about the run as a whole. No check has findings of them, so no waiver accepts one.
pub const OF_THE_RUN: &[Rule] = &[
    REJUDGED,
    CHECK_DROPPED,
    PAST_LAUNCH,
    NO_BLOCKER,
    PHASE_ALONE,
    ADVISORIES_FAILED,
    RETRIED,
    SHORT_SECRET,
    WAIVER_UNUSED,
    WAIVER_TOO_SHORT,
];

/// Whether a rule is about the run as a whole.
pub fn is_of_the_run(id: &str) -> bool {
    OF_THE_RUN.iter().any(|rule| rule.id == id)
}

/// A probe has to end before its deadline.
pub const DEADLINE: Rule = Rule {
    id: "run/deadline",
    summary: "The check finishes before its deadline",
    why: "What the probe did not see is unknown. A system that hangs before a launch may hang during it.",
    fix: "Find out what hangs. If the check may take longer, raise its `timeout`.",
};

/// A probe has to be able to look.
pub const PROBE_FAILED: Rule = Rule {
    id: "run/probe-failed",
    summary: "The probe can do its work",
    why: "Nothing was seen, so nothing is known. An error is never a pass.",
    fix: "Fix the cause that the finding names, and run the checklist again.",
};

/// Modules have no defects.
pub const PANIC: Rule = Rule {
    id: "run/panic",
    summary: "The module does not crash",
    why: "A bug in tminus says nothing about the system it checked.",
    fix: "Report the bug, with the text of the finding.",
};

/// A run has to come to its end.
pub const INTERRUPTED: Rule = Rule {
    id: "run/interrupted",
    summary: "The run is not interrupted",
    why: "A check that was stopped or never started has determined nothing.",
    fix: "Run the checklist again.",
};

/// Load and write need permission.
pub const NOT_ALLOWED: Rule = Rule {
    id: "run/not-allowed",
    summary: "A check that loads or changes a system has permission to run",
    why: "Checks only read unless you allow more, so that production is never loaded or changed by accident.",
    fix: "If this run may do it, add `--allow load` or `--allow write`.",
};

/// Needs come first.
pub const NEEDS_UNMET: Rule = Rule {
    id: "run/needs-unmet",
    summary: "The checks that it needs pass",
    why: "The check means nothing before the checks in its `needs` pass.",
    fix: "Fix the checks that it needs, and run again.",
};

/// `--fail-fast` stops early.
pub const FAIL_FAST: Rule = Rule {
    id: "run/fail-fast",
    summary: "No blocker before it failed or ended in error",
    why: "With `--fail-fast` no check starts after such a blocker, so this one has determined nothing.",
    fix: "Fix the blocker and run again, or run without `--fail-fast`.",
};

/// A verdict needs an observation.
pub const NOT_OBSERVED: Rule = Rule {
    id: "run/not-observed",
    summary: "The record holds an observation of the check",
    why: "A check that was added to the checklist after the run, or changed its module, was never probed.",
    fix: "Run the checklist.",
};

/// An observation has to be readable.
pub const NOT_JUDGED: Rule = Rule {
    id: "run/not-judged",
    summary: "The observation can be judged",
    why: "An observation in another format, or by a module that this version lacks, is never guessed at.",
    fix: "Judge it with the version of tminus that recorded it, or run the check again.",
};

/// An empty result is no pass.
pub const EMPTY: Rule = Rule {
    id: "run/empty",
    summary: "The check finds something to judge",
    why: "A check that looks at nothing proves nothing. An empty result is never a pass.",
    fix: "Check that its settings ask for something.",
};

/// Waivers that accept nothing hide the next failure.
pub const WAIVER_UNUSED: Rule = Rule {
    id: "run/waiver-unused",
    summary: "Every waiver accepts something",
    why: "A waiver that accepts nothing today hides the next failure that it happens to match.",
    fix: "Remove the waiver. If it should have matched, compare its `check`, `rule` and `subject` with the report.",
};

/// A waiver has to hold at T-0.
pub const WAIVER_TOO_SHORT: Rule = Rule {
    id: "run/waiver-too-short",
    summary: "A waiver that is needed lasts until T-0",
    why: "What is accepted now is not accepted at launch: the same run at T-0 would be a NO-GO.",
    fix: "Fix the failure before the waiver expires, or have it approved until after T-0.",
};

/// A launch of the past is rarely what a run is for.
pub const PAST_LAUNCH: Rule = Rule {
    id: "run/past-launch",
    summary: "T-0 is at most a day in the past",
    why: "Checks judge the state at T-0. With a forgotten date they judge a launch that is over.",
    fix: "Set `[launch] at` to the coming launch.",
};

/// A checklist without a blocker cannot say NO-GO.
pub const NO_BLOCKER: Rule = Rule {
    id: "run/no-blocker",
    summary: "At least one selected check is a blocker",
    why: "An advisory never changes the verdict, so a run without a blocker says GO whatever it finds.",
    fix: "Remove `severity = \"advisory\"` from the checks that the launch depends on.",
};

/// A phase is a name, and a name misspelled is another phase.
pub const PHASE_ALONE: Rule = Rule {
    id: "run/phase-alone",
    summary: "No check is alone in a phase that is nearly another one",
    why: "A check with a misspelled phase is left out when `--phase` selects the phase it was meant for.",
    fix: "Correct the check's `phase`.",
};

/// A GO beside failures deserves a look.
pub const ADVISORIES_FAILED: Rule = Rule {
    id: "run/advisories-failed",
    summary: "Under a GO, all advisory checks pass",
    why: "An advisory does not stop the launch, but someone added it for a reason.",
    fix: "Look at the checks that it names before you launch.",
};

/// What passes at the second attempt may fail at the third.
pub const RETRIED: Rule = Rule {
    id: "run/retried",
    summary: "Checks pass on the first attempt",
    why: "A check that failed and then passed may fail again at launch.",
    fix: "Look at what the earlier attempts saw, in the sections of these checks.",
};

/// What is short is also a part of other words.
pub const SHORT_SECRET: Rule = Rule {
    id: "run/short-secret",
    summary: "Every secret is long enough to be struck from the whole report",
    why: "A secret of 4 to 7 bytes is struck only from what its own check records: struck everywhere, it would tear up \
          other words. Where another check prints it, the report shows it.",
    fix: "Use a secret of at least 8 bytes. If the value may be shown, put it into `plain-env`.",
};

/// A record that was judged again is not the run itself.
pub const REJUDGED: Rule = Rule {
    id: "run/rejudged",
    summary: "The report is of a run, not of a later judgement",
    why: "The observations are those of an earlier run, judged again under other settings or by another version. Systems \
          may have changed since.",
    fix: "Run the checklist for a report of what holds now.",
};

/// A check that a later checklist dropped.
pub const CHECK_DROPPED: Rule = Rule {
    id: "run/check-dropped",
    summary: "Every check of the run is still in the checklist",
    why: "A later judgement leaves out what its checklist no longer has, a failure too.",
    fix: "See why the check was removed. If that was a mistake, put it back.",
};
