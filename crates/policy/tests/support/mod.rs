//! What the tests of the decision share: the engines they run, the cast of callers, and cases as data.

#![allow(dead_code, reason = "each test binary uses its part")]

pub mod case;
pub mod cast;
pub mod explained;
pub mod grammar;
pub mod scene;
pub mod serving;

use std::path::{Path, PathBuf};

use portcullis_policy::{Decision, Layers, Request};

/// An implementation of the decision. Every case runs on every engine.
pub trait Engine {
    fn name(&self) -> &'static str;
    fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision;
}

/// The engine written straight from AWS's pages.
pub struct Reference;

impl Engine for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        portcullis_policy::decide(request, layers)
    }
}

pub fn engines() -> Vec<Box<dyn Engine>> {
    vec![
        Box::new(Reference),
        Box::new(serving::Serving { sources: serving::Sources::Apart }),
        Box::new(serving::Serving { sources: serving::Sources::OneIndex }),
    ]
}

/// `corpus/` at the top of the repository.
pub fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// The case files two levels below a folder of the corpus, in order.
pub fn case_files(folder: &str) -> Vec<PathBuf> {
    let list = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    list(&corpus().join(folder)).iter().filter(|path| path.is_dir()).flat_map(|rule| list(rule)).collect()
}

pub fn read_json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
