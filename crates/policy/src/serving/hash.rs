//! The hash behind the tables of the serving engine, made so that one pass over a text gives the hash of each of its
//! prefixes. It is quick and nothing else: whatever is found by a hash is compared with the text before it counts.

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const BLOCK: u64 = 0xa076_1d64_78bd_642f;
const LAST: u64 = 0xe703_7ed1_a0b4_28db;
const BLOCK_BYTES: usize = 8;

/// Both halves of the product, folded: every bit of the input reaches every bit of the result.
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    low ^ u64::try_from(product >> 64).unwrap_or(0)
}

/// The hash of the whole text.
pub(super) fn of(bytes: &[u8]) -> u64 {
    Prefixes::new(bytes).at(bytes.len())
}

/// The hashes of the prefixes of a text, asked for in ascending length.
pub(super) struct Prefixes<'t> {
    bytes: &'t [u8],
    state: u64,
    blocks: usize,
}

impl<'t> Prefixes<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, state: SEED, blocks: 0 }
    }

    /// The hash of the first `length` bytes; no length may be smaller than one asked for before.
    pub(super) fn at(&mut self, length: usize) -> u64 {
        let wanted = length / BLOCK_BYTES;
        let (blocks, _) = self.bytes.as_chunks::<BLOCK_BYTES>();
        for block in blocks.get(self.blocks..wanted).unwrap_or_default() {
            self.state = fold(self.state ^ u64::from_le_bytes(*block), BLOCK);
        }
        self.blocks = self.blocks.max(wanted);
        let tail = self.bytes.get(wanted * BLOCK_BYTES..length).unwrap_or_default();
        let tail = tail.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        fold(self.state ^ tail, LAST ^ length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_the_hash_of_its_text() {
        let text = "arn:aws:s3:::a-bucket-of-some-length/and/a/key";
        let mut prefixes = Prefixes::new(text.as_bytes());
        let mut seen = std::collections::BTreeSet::new();
        for length in 0..=text.len() {
            let hash = prefixes.at(length);
            assert_eq!(hash, of(&text.as_bytes()[..length]), "{length}");
            assert!(seen.insert(hash), "{length}");
        }
    }
}
