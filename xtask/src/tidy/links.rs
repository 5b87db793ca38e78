//! Documents name files that are there.

use super::Source;
use crate::steps::root;

/// Folders whose files documents name in backticks.
const FOLDERS: &[&str] = &["tests/", "crates/", "corpus/", "examples/", "xtask/"];

/// Paths in documents at which nothing stands.
pub fn breaches(sources: &[Source]) -> Vec<String> {
    sources.iter().filter(|source| source.is("md") && !source.path.contains('/')).flat_map(missing).collect()
}

fn missing(source: &Source) -> Vec<String> {
    source
        .text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
        .filter(|word| !word.contains(['*', '…', '<', ' ']) && !root().join(word).exists())
        .map(|word| format!("{}: `{word}` is not there", source.path))
        .collect()
}
