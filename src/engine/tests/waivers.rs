use super::{check, checklist, run_with, waiver};
use crate::engine::Options;
use crate::model::Verdict;

#[test]
fn a_waiver_counts_while_it_holds() {
    let mut list = checklist([
        check("a", "acts = ['fail']"),
        check("b", ""),
        check("c", "acts = ['fail']"),
    ]);
    list.waivers = vec![
        waiver("a", 1),
        waiver("a", 3),
        waiver("a", 2),
        waiver("b", 1),
        waiver("c", 0),
    ];
    let record = run_with(&list, &Options::default()).record;
    assert_eq!(
        record.checks[0].waiver,
        Some(waiver("a", 3)),
        "the one that holds longest"
    );
    assert!(record.checks[0].is_waived());
    assert!(record.checks[1].waiver.is_some() && !record.checks[1].is_waived());
    assert_eq!(record.checks[2].waiver, None, "it ends at its expiry");
    assert_eq!(record.expired_waivers, [waiver("c", 0)]);
    assert_eq!(record.summary.waived, 1);
    assert_eq!(record.verdict, Verdict::NoGo);
}
