//! A hash table from hashes to lists of entries, laid out flat and never changed once it is made.
//!
//! Two texts of one hash share a list: who looks something up compares what is found with the text.

use super::warm::warmed;

/// Where the list of one hash stands.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The upper half of the hash; the lower one is the place in the table.
    tag: u32,
    /// Where the list begins; of a list of one, its entry itself, so that a look-up ends here.
    start: u32,
    // INVARIANT: not zero where the slot is taken.
    count: u32,
}

/// The table.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    // INVARIANT: empty, or a power of two with room left, so that every search ends at a free slot.
    slots: Box<[Slot]>,
    entries: Box<[u32]>,
}

impl Table {
    /// Makes the table; entries of one hash keep their order.
    pub(super) fn new(mut pairs: Vec<(u64, u32)>) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        pairs.sort_by_key(|(hash, _)| *hash);
        let lists = || pairs.chunk_by(|left, right| left.0 == right.0);
        let size = (lists().count() * 2).next_power_of_two();
        let mut slots = vec![Slot::default(); size].into_boxed_slice();
        let mut entries: Vec<u32> = Vec::new();
        for list in lists() {
            let Some((hash, entry)) = list.first() else { continue };
            let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
            let mut start = *entry;
            if count > 1 {
                start = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                entries.extend(list.iter().map(|(_, entry)| *entry));
            }
            let mut place = home(*hash, size);
            while slots.get(place).is_some_and(|slot| slot.count != 0) {
                place = (place + 1) % size;
            }
            if let Some(slot) = slots.get_mut(place) {
                *slot = Slot { tag: tag(*hash), start, count };
            }
        }
        Self { slots, entries: entries.into() }
    }

    /// The entries put in under this hash; perhaps others besides.
    #[inline]
    pub(super) fn find(&self, hash: u64) -> &[u32] {
        let mask = self.slots.len().wrapping_sub(1);
        let mut place = home(hash, self.slots.len());
        while let Some(slot) = self.slots.get(place).filter(|slot| slot.count != 0) {
            if slot.tag == tag(hash) {
                if slot.count == 1 {
                    return std::slice::from_ref(&slot.start);
                }
                let start = slot.start as usize;
                return self.entries.get(start..start + slot.count as usize).unwrap_or_default();
            }
            place = (place + 1) & mask;
        }
        &[]
    }

    /// Reads a little of what a look-up is likely to read.
    pub(super) fn warm(&self) -> u32 {
        warmed(&self.slots, |slot| slot.tag)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

fn tag(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

fn home(hash: u64, size: usize) -> usize {
    let low = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
    low & size.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found() {
        let hash = |number: u32| super::super::hash::of(&number.to_le_bytes());
        let pairs = (0..5_000).map(|number| (hash(number % 2_500), number)).collect();
        let table = Table::new(pairs);
        for number in 0..2_500 {
            let found = table.find(hash(number));
            assert!(found.contains(&number) && found.contains(&(number + 2_500)), "{number}");
        }
        assert!((2_500..9_000).filter(|number| !table.find(hash(*number)).is_empty()).count() < 10);
        assert!(Table::new(Vec::new()).find(7).is_empty());
    }
}
