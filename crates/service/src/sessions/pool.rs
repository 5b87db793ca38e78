//! Texts that many sessions have in common are held once.

use std::collections::HashSet;
use std::sync::Arc;

/// Below this many texts it is not worth while to look for those that nobody has any more.
const SWEEP_FROM: usize = 1024;

/// Texts that are in use.
#[derive(Default)]
pub(super) struct Pool {
    texts: HashSet<Arc<str>>,
    sweep_at: usize,
}

impl Pool {
    /// The one text like this.
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(held) = self.texts.get(text) {
            return Arc::clone(held);
        }
        if self.texts.len() >= self.sweep_at.max(SWEEP_FROM) {
            self.texts.retain(|held| Arc::strong_count(held) > 1);
            // Twice as many as are in use: the looking is paid for by those that came in between.
            self.sweep_at = self.texts.len() * 2;
        }
        let made: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&made));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_once_and_goes_with_its_last_holder() {
        let mut pool = Pool::default();
        let (one, two) = (pool.shared("a"), pool.shared("a"));
        assert!(Arc::ptr_eq(&one, &two));
        for number in 0..10 * SWEEP_FROM {
            pool.shared(&number.to_string());
        }
        assert!(pool.texts.len() <= SWEEP_FROM, "{}", pool.texts.len());
        assert!(Arc::ptr_eq(&one, &pool.shared("a")));
    }
}
