//! What identity providers publish, as tests have it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::federation::fetch::{Fetch, FetchError, Wanted};
use crate::port::BoxFuture;

/// Documents by their URL; what is not among them cannot be reached.
#[derive(Default)]
pub struct Outside {
    /// The documents.
    pub documents: Mutex<HashMap<String, String>>,
    /// How often anything was asked for.
    pub asked: AtomicUsize,
}

impl Outside {
    /// Publishes a document.
    pub fn publish(&self, url: &str, text: impl Into<String>) {
        self.documents.lock().unwrap().insert(url.to_owned(), text.into());
    }

    /// How often anything was asked for until now.
    pub fn count(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Fetch for Outside {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Bytes, FetchError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let held = self.documents.lock().unwrap().get(wanted.url).cloned();
        let absent = || FetchError::Unreachable { reason: "nobody is there".to_owned() };
        Box::pin(async move { held.map(Bytes::from).ok_or_else(absent) })
    }
}
