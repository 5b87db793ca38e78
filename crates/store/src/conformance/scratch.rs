//! A directory for one test.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A directory of its own that is removed with the value. It does not exist until somebody makes it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A path in the system's directory for temporary files that no other value has.
    pub fn new(name: &str) -> Self {
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        Self(std::env::temp_dir().join(format!("portcullis-{name}-{}-{count}", std::process::id())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may never have been made, and a test that fails to tidy up has still passed.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
