//! What the module judges, and the number it measures.

use crate::model::{Family, Rule};

/// A program that cannot start says nothing.
pub(super) const STARTED: Rule = Rule {
    id: "command/started",
    summary: "The program can be started",
    why: "A program that never ran has checked nothing, so the result is an error and not a failure.",
    fix: "Install the program or correct its path, make it executable, and check `cwd`.",
};

/// A program that hangs says nothing either.
pub(super) const ENDED: Rule = Rule {
    id: "command/ended",
    summary: "The program ends before the deadline",
    why: "A program that is still running has not given its answer. Its process group is killed at the deadline.",
    fix: "Find out what the program waits for; it gets no input. If it may take longer, raise the check's `timeout`.",
};

/// The program's own verdict.
pub(super) const EXIT_CODE: Rule = Rule {
    id: "command/exit-code",
    summary: "The program ends with the expected exit code",
    why: "The exit code is the program's own verdict. A program that a signal killed has none.",
    fix: "Run the same command by hand in the same folder, and fix what it complains about. The report keeps its \
          output as `stdout.txt` and `stderr.txt`.",
};

/// Children that stay behind.
pub(super) const LEFT_RUNNING: Rule = Rule {
    id: "command/left-running",
    summary: "The program leaves no process behind that holds its output",
    why: "Whatever a leftover process was still doing is cut off when the check ends.",
    fix: "Let the program wait for its children, or start what should stay with `setsid` and its output redirected.",
};

/// Wanted patterns.
pub(super) const OUTPUT_MATCHES: Rule = Rule {
    id: "command/output-matches",
    summary: "The output matches every pattern that is required",
    why: "Many programs exit with 0 whatever they found. Their output says what really happened.",
    fix: "Look at `stdout.txt` and `stderr.txt` in the report. Fix what the program reports, or correct the pattern.",
};

/// Unwanted patterns.
pub(super) const OUTPUT_LACKS: Rule = Rule {
    id: "command/output-lacks",
    summary: "The output matches none of the patterns that are ruled out",
    why: "A warning in the output is often the first sign of what breaks during the launch.",
    fix: "Look at `stdout.txt` and `stderr.txt` in the report. Fix what the program reports, or correct the pattern.",
};

/// In the order in which documentation lists them.
pub(super) const RULES: &[Rule] = &[
    STARTED,
    ENDED,
    EXIT_CODE,
    LEFT_RUNNING,
    OUTPUT_MATCHES,
    OUTPUT_LACKS,
];

/// How long the program ran.
pub(super) const DURATION: Family = Family {
    name: "command_duration_seconds",
    help: "How long the program ran",
    unit: "seconds",
    labels: &[],
};

/// All measures.
pub(super) const MEASURES: &[Family] = &[DURATION];
