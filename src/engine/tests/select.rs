use super::{check, checklist, needing, waiver};
use crate::engine::select;
use crate::model::Checklist;
use crate::model::Selected;

fn list() -> Checklist {
    let mut edge = check("edge", "");
    edge.tags = vec!["dns".to_owned(), "edge".to_owned()];
    edge.phase = Some("T-2h".to_owned());
    let mut chain = needing(check("chain", ""), &["edge"]);
    chain.tags = vec!["tls".to_owned()];
    let mut far = needing(check("far", ""), &["chain"]);
    far.phase = Some("T-2h".to_owned());
    let mut list = checklist([edge, chain, far, check("alone", "")]);
    list.waivers = vec![waiver("chain", 1), waiver("alone", 1)];
    list
}

fn selected(ids: &[&str], tags: &[&str], phases: &[&str]) -> Result<Vec<String>, String> {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let selection = Selected {
        ids: owned(ids),
        tags: owned(tags),
        phases: owned(phases),
    };
    let list = select(list(), &selection).map_err(|error| error.to_string())?;
    let selected = list.checks.into_iter().filter(|check| check.selected);
    Ok(selected.map(|check| check.id).collect())
}

#[test]
fn lists_narrow_and_needs_come_along() {
    let all = ["edge", "chain", "far", "alone"];
    assert_eq!(selected(&[], &[], &[]).unwrap(), all);
    assert_eq!(selected(&["far"], &[], &[]).unwrap(), all[..3]);
    assert_eq!(
        selected(&["alone", "edge"], &[], &[]).unwrap(),
        ["edge", "alone"]
    );
    assert_eq!(selected(&[], &["dns", "tls"], &[]).unwrap(), all[..2]);
    assert_eq!(selected(&[], &["edge"], &["T-2h"]).unwrap(), ["edge"]);
}

#[test]
fn waivers_of_what_is_not_selected_are_left_out() {
    let selection = Selected {
        ids: vec!["far".to_owned()],
        ..Selected::default()
    };
    assert_eq!(
        select(list(), &selection).unwrap().waivers,
        [waiver("chain", 1)]
    );
}

#[test]
fn nothing_and_slips_of_the_pen_are_refused() {
    let refusals = [
        selected(&["chian"], &[], &[]),
        selected(&["something"], &[], &[]),
        selected(&[], &["tls", "egde"], &[]),
        selected(&[], &[], &["T-3h"]),
        selected(&["alone"], &["tls"], &[]),
    ];
    let refusals: Vec<_> = refusals.into_iter().map(Result::unwrap_err).collect();
    insta::assert_snapshot!(refusals.join("\n"), @r"
    no check has the id `chian`; did you mean `chain`?
    no check has the id `something`
    no check has the tag `egde`; did you mean `edge`?
    no check has the phase `T-3h`; did you mean `T-2h`?
    this selection matches no check
    ");
    assert!(select(checklist([]), &Selected::default()).is_err());
}
