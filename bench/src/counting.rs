//! The allocator of all contestants: the product's, with a count of what passes through it.
//!
//! The counts are plain loads and stores without a bus lock, the same cheap ones for everybody: the benchmark runs in
//! one thread, and a contestant that allocates much shall pay for its allocations but not for their being counted.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

use mimalloc::MiMalloc;

/// The product's allocator, counted.
pub struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

#[inline]
fn change(counter: &AtomicUsize, by: impl FnOnce(usize) -> usize) {
    counter.store(by(counter.load(Ordering::Relaxed)), Ordering::Relaxed);
}

#[expect(
    unsafe_code,
    reason = "an allocator has no safe form; every call is handed to the product's as it came"
)]
// SAFETY: mimalloc keeps the contract; the counters touch no memory that is handed out.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        change(&ALLOCATIONS, |count| count.wrapping_add(1));
        change(&LIVE, |bytes| bytes.wrapping_add(layout.size()));
        // SAFETY: the caller's promises are those that mimalloc asks for.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        change(&LIVE, |bytes| bytes.wrapping_sub(layout.size()));
        // SAFETY: as above; the place came from mimalloc.
        unsafe { MiMalloc.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        change(&ALLOCATIONS, |count| count.wrapping_add(1));
        change(&LIVE, |bytes| bytes.wrapping_sub(layout.size()).wrapping_add(size));
        // SAFETY: as above.
        unsafe { MiMalloc.realloc(place, layout, size) }
    }
}

/// How many allocations there have been; growing one counts as one.
pub fn allocations() -> usize {
    ALLOCATIONS.load(Ordering::Relaxed)
}

/// How many bytes are held now.
pub fn live_bytes() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// What a value holds on to, measured by making it.
pub fn bytes_of<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = live_bytes();
    let value = make();
    (value, live_bytes().saturating_sub(before))
}
