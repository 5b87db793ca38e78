//! The house rules that no other tool checks: walls between crates, sizes of files and functions, leftovers.

mod links;
mod sizes;
mod walls;
mod words;

use std::fs;
use std::path::Path;

use crate::steps::root;

/// A source file.
pub struct Source {
    /// Its path from the root.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Whether its name ends so: `rs`, `toml`.
    pub fn is(&self, kind: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|held| held == kind)
    }
}

/// Folders that hold nothing of ours to check.
const PASSED_OVER: &[&str] = &["target", ".git", "node_modules", "models", "__pycache__", ".pytest_cache"];

/// Checks every rule and tells every breach.
pub fn run() -> Result<(), String> {
    let sources = sources()?;
    let mut breaches = Vec::new();
    breaches.extend(walls::breaches(&sources));
    breaches.extend(sizes::breaches(&sources));
    breaches.extend(words::breaches(&sources));
    breaches.extend(links::breaches(&sources));
    if breaches.is_empty() {
        return Ok(());
    }
    Err(format!("the house rules are broken in {} places:\n  {}", breaches.len(), breaches.join("\n  ")))
}

fn sources() -> Result<Vec<Source>, String> {
    let mut found = Vec::new();
    collect(&root(), &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<Source>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !PASSED_OVER.contains(&name.as_str()) {
                collect(&path, found)?;
            }
        } else if is_checked(&path)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let shown = path.strip_prefix(root()).unwrap_or(&path);
            found.push(Source { path: shown.display().to_string(), text });
        }
    }
    Ok(())
}

fn is_checked(path: &Path) -> bool {
    path.extension()
        .is_some_and(|kind| ["rs", "toml", "md", "py", "ts", "tsx"].iter().any(|held| kind == *held))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_house_rules_hold() {
        super::run().unwrap();
    }
}
