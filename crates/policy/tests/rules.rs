//! `corpus/RULES.md` names every case file under the rule it shows, and no file that is not there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use std::collections::BTreeSet;

#[test]
fn every_case_file_stands_under_its_rule() {
    let corpus = support::corpus();
    let page = std::fs::read_to_string(corpus.join("RULES.md")).unwrap();
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("decide/") || word.starts_with("condition/"))
        .filter(|word| *word != "decide/cast.json" && !word.ends_with('/'))
        .collect();
    let once: BTreeSet<String> = named.iter().map(|&name| name.to_owned()).collect();
    let there: BTreeSet<String> = ["decide", "condition"]
        .iter()
        .flat_map(|folder| support::case_files(folder))
        .map(|path| path.strip_prefix(&corpus).unwrap().to_str().unwrap().to_owned())
        .collect();
    let unnamed: Vec<_> = there.difference(&once).collect();
    let missing: Vec<_> = once.difference(&there).collect();
    assert!(unnamed.is_empty(), "RULES.md does not name {unnamed:?}");
    assert!(missing.is_empty(), "RULES.md names {missing:?}, which are not there");
    assert_eq!(named.len(), once.len(), "RULES.md names a file twice");
    assert!(there.len() > 100, "only {} case files were found", there.len());
}
