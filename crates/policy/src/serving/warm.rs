//! Asking memory early for what a decision will read.
//!
//! Policies of somebody who was quiet for a while are in no cache, and a decision that follows them from list to list
//! would wait for each in turn. Reading one item of every cache line beforehand lets the processor fetch them at the
//! same time, while it goes on with other work.

use std::hint::black_box;

use super::layers::{Layers, ResourceLayer, Source};

/// Bytes that memory hands over at once.
const CACHE_LINE: usize = 64;

/// One item of each of the first four cache lines of a list, put together so that reading them is not left out.
pub(super) fn warmed<T>(items: &[T], look: impl Fn(&T) -> u32) -> u32 {
    let step = const { CACHE_LINE.div_ceil(size_of::<T>()) };
    let line = |number: usize| items.get(number * step).map_or(0, &look);
    line(0) ^ line(1) ^ line(2) ^ line(3)
}

impl Source<'_> {
    fn warm(self) -> u32 {
        match self {
            Self::One(_, compiled) => compiled.warm(),
            Self::Set(set) => set.warm(),
        }
    }
}

impl Layers<'_> {
    /// Asks memory for what [`super::decide`] is going to read of these policies. Nothing depends on it but time: called
    /// as soon as the policies are known, before the condition keys are put together, it takes most of the waiting out
    /// of a decision about somebody whose policies are in no cache.
    pub fn warm(&self) {
        let rails = self.scps.into_iter().chain(self.rcps).flatten().copied();
        let lists =
            [self.revocations, self.identity, self.session.unwrap_or_default()].into_iter().chain(rails);
        let resource = match self.resource {
            ResourceLayer::Policy(source) | ResourceLayer::Trust(source) => Some(source),
            ResourceLayer::None | ResourceLayer::TrustMissing => None,
        };
        let single = self.boundary.into_iter().chain(resource);
        black_box(lists.flatten().copied().chain(single).fold(0, |seen, source| seen ^ source.warm()));
    }
}
