//! Which of many patterns can match a text, without trying them all.
//!
//! Every pattern is filed under one thing that a text must have to match it: the whole text, a prefix, or a piece of
//! it somewhere. A look-up hashes the text once, probes at each length at which there are prefixes, and searches the
//! pieces with one automaton (Aho-Corasick). What it finds are candidates: the caller matches them.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use aho_corasick::AhoCorasick;

use super::hash::{self, Prefixes};
use super::table::Table;

/// As many patterns are tried one after the other.
pub(super) const FEW: usize = 8;

/// What a text must have to match a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor<'a> {
    /// Nothing that is known beforehand.
    Always,
    /// It is this text.
    Exact(&'a str),
    /// It begins so.
    Prefix(&'a str),
    /// It begins with the first of these and holds the others.
    Pieces(&'a [Box<str>]),
}

/// Patterns by what they need.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    always: Box<[u32]>,
    exact: Table,
    prefixes: Table,
    /// The lengths of the prefixes, ascending.
    lengths: Box<[u32]>,
    pieces: Option<Box<Pieces>>,
}

/// A pattern and the pieces behind its beginning.
type Pieced<'a> = (u32, &'a [Box<str>]);

/// Patterns by a piece of the text.
#[derive(Debug, Clone)]
struct Pieces {
    automaton: AhoCorasick,
    /// For each piece of the automaton, the patterns that need it.
    entries: Box<[Box<[u32]>]>,
}

impl Lookup {
    /// Files the entries.
    pub(super) fn new<'a>(entries: impl Iterator<Item = (u32, Anchor<'a>)>) -> Self {
        let mut always = Vec::new();
        let mut exact = Vec::new();
        let mut prefixes: Vec<(&str, u32)> = Vec::new();
        let mut by_head: BTreeMap<&str, Vec<Pieced<'_>>> = BTreeMap::new();
        for (entry, anchor) in entries {
            match anchor {
                Anchor::Always | Anchor::Prefix("") => always.push(entry),
                Anchor::Exact(text) => exact.push((hash::of(text.as_bytes()), entry)),
                Anchor::Prefix(text) => prefixes.push((text, entry)),
                Anchor::Pieces(pieces) => {
                    let head = pieces.first().map_or("", AsRef::as_ref);
                    let rest = pieces.get(1..).unwrap_or_default();
                    by_head.entry(head).or_default().push((entry, rest));
                }
            }
        }
        let mut crowded = Vec::new();
        for (head, group) in by_head {
            // A beginning that many share tells them apart no better than nothing.
            if group.len() > FEW {
                crowded.extend(group.into_iter().map(|(entry, rest)| (head, entry, rest)));
            } else {
                for (entry, _) in group {
                    if head.is_empty() { always.push(entry) } else { prefixes.push((head, entry)) }
                }
            }
        }
        let pieces = Pieces::new(&crowded, &mut prefixes, &mut always);
        let mut lengths: Vec<u32> =
            prefixes.iter().map(|(text, _)| u32::try_from(text.len()).unwrap_or(u32::MAX)).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let prefixes = prefixes.into_iter().map(|(text, entry)| (hash::of(text.as_bytes()), entry)).collect();
        Self {
            always: always.into(),
            exact: Table::new(exact),
            prefixes: Table::new(prefixes),
            lengths: lengths.into(),
            pieces: pieces.map(Box::new),
        }
    }

    /// Shows every entry that may match the text, some perhaps twice, until `visit` has seen enough.
    pub(super) fn candidates(
        &self,
        text: &str,
        mut visit: impl FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.always.iter().try_for_each(|entry| visit(*entry))?;
        let mut hashes = Prefixes::new(text.as_bytes());
        if !self.prefixes.is_empty() {
            for length in self.lengths.iter().map(|length| *length as usize) {
                if length > text.len() {
                    break;
                }
                self.prefixes.find(hashes.at(length)).iter().try_for_each(|entry| visit(*entry))?;
            }
        }
        if !self.exact.is_empty() {
            self.exact.find(hashes.at(text.len())).iter().try_for_each(|entry| visit(*entry))?;
        }
        if let Some(pieces) = &self.pieces {
            for found in pieces.automaton.find_overlapping_iter(text) {
                let entries = pieces.entries.get(found.pattern().as_usize());
                entries.into_iter().flatten().try_for_each(|entry| visit(*entry))?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Pieces {
    /// Files each pattern under the piece that the fewest others have. One without a piece goes under its beginning.
    fn new<'a>(
        crowded: &[(&'a str, u32, &'a [Box<str>])],
        prefixes: &mut Vec<(&'a str, u32)>,
        always: &mut Vec<u32>,
    ) -> Option<Self> {
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for piece in crowded.iter().flat_map(|(_, _, pieces)| pieces.iter()) {
            *uses.entry(piece).or_default() += 1;
        }
        let mut entries: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (head, entry, pieces) in crowded {
            let rarest = pieces.iter().filter(|piece| !piece.is_empty()).min_by_key(|piece| {
                (uses.get(piece.as_ref()).copied().unwrap_or_default(), std::cmp::Reverse(piece.len()))
            });
            match rarest {
                Some(piece) => entries.entry(piece).or_default().push(*entry),
                None if head.is_empty() => always.push(*entry),
                None => prefixes.push((head, *entry)),
            }
        }
        if entries.is_empty() {
            return None;
        }
        let Ok(automaton) = AhoCorasick::new(entries.keys()) else {
            // Too large for an automaton: then they are tried one after the other.
            always.extend(entries.into_values().flatten());
            return None;
        };
        Some(Self { automaton, entries: entries.into_values().map(Into::into).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lookup: &Lookup, text: &str) -> Vec<u32> {
        let mut entries = Vec::new();
        let _ = lookup.candidates(text, |entry| {
            entries.push(entry);
            ControlFlow::Continue(())
        });
        entries.sort_unstable();
        entries.dedup();
        entries
    }

    #[test]
    fn each_kind_of_anchor_finds_its_own() {
        let crowd: Vec<Vec<Box<str>>> = (0..20)
            .map(|number| {
                vec!["arn:".into(), "shared".into(), format!("needle-{number:02}").into(), "".into()]
            })
            .collect();
        let entries = [(0, Anchor::Always), (1, Anchor::Exact("abc")), (2, Anchor::Prefix("ab"))];
        let crowd = (100..).zip(crowd.iter().map(|pieces| Anchor::Pieces(pieces)));
        let lookup = Lookup::new(entries.into_iter().chain(crowd));
        assert_eq!(found(&lookup, "abc"), [0, 1, 2]);
        assert_eq!(found(&lookup, "abd"), [0, 2]);
        assert_eq!(found(&lookup, "a"), [0]);
        assert_eq!(found(&lookup, "arn:x-shared-needle-07"), [0, 107]);
    }

    #[test]
    fn a_visit_that_has_seen_enough_ends_the_search() {
        let lookup = Lookup::new((0..100).map(|entry| (entry, Anchor::Always)));
        let mut seen = 0;
        let end = lookup.candidates("x", |_| {
            seen += 1;
            ControlFlow::Break(())
        });
        assert!(end.is_break() && seen == 1);
    }
}
