//! The table of who refuses what, `verdicts.tsv`: kind, OpenSSL, Go, and where tminus says something else than their
//! words ask for, what it says and why. `TMINUS_UPDATE=1` writes it again; the reasons are written by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

const HEAD: &str = "kind\tOpenSSL\tGo\ttminus, where it differs\twhy\n";

/// One line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub openssl: String,
    pub go: String,
    /// What tminus says, where it is not what the two ask for.
    pub differs: String,
    /// Why it is right in that.
    pub why: String,
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls/chains/verdicts.tsv")
}

pub fn read() -> BTreeMap<String, Verdicts> {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    let line = |line: &str| {
        let mut fields = line.split('\t').map(str::to_owned);
        let mut next = || fields.next().unwrap_or_default();
        let kind = next();
        let verdicts = Verdicts {
            openssl: next(),
            go: next(),
            differs: next(),
            why: next(),
        };
        (kind, verdicts)
    };
    text.lines().skip(1).map(line).collect()
}

/// In the order of the kinds.
pub fn write<'a>(lines: impl IntoIterator<Item = (&'a str, &'a Verdicts)>) {
    let mut text = HEAD.to_owned();
    for (kind, verdicts) in lines {
        let Verdicts {
            openssl,
            go,
            differs,
            why,
        } = verdicts;
        let line = format!("{kind}\t{openssl}\t{go}\t{differs}\t{why}");
        writeln!(text, "{}", line.trim_end_matches('\t')).expect("text");
    }
    std::fs::write(path(), text).expect("the table");
}
