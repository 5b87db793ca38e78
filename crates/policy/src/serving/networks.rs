//! Address ranges of a condition, joined into intervals: however many there are, an address is found by bisection.

use std::net::IpAddr;

use ipnet::IpNet;

/// Ranges of both families. An address of one family is in no range of the other.
#[derive(Debug, Clone)]
pub(super) struct Networks {
    four: Box<[(u32, u32)]>,
    six: Box<[(u128, u128)]>,
}

impl Networks {
    pub(super) fn new<'n>(networks: impl Iterator<Item = &'n IpNet>) -> Self {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(network) => four.push((network.network().to_bits(), network.broadcast().to_bits())),
                IpNet::V6(network) => six.push((network.network().to_bits(), network.broadcast().to_bits())),
            }
        }
        Self { four: joined(four), six: joined(six) }
    }

    /// Whether the address, an IPv4 one never mapped to IPv6, is in one of the ranges.
    pub(super) fn contain(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => holds(&self.four, address.to_bits()),
            IpAddr::V6(address) => holds(&self.six, address.to_bits()),
        }
    }
}

/// The intervals in order, those that overlap made one.
fn joined<T: Ord + Copy>(mut intervals: Vec<(T, T)>) -> Box<[(T, T)]> {
    intervals.sort_unstable();
    let mut joined: Vec<(T, T)> = Vec::with_capacity(intervals.len());
    for (first, last) in intervals {
        match joined.last_mut().filter(|held| first <= held.1) {
            Some(held) => held.1 = held.1.max(last),
            None => joined.push((first, last)),
        }
    }
    joined.into()
}

fn holds<T: Ord + Copy>(intervals: &[(T, T)], value: T) -> bool {
    let behind = intervals.partition_point(|(first, _)| *first <= value);
    behind.checked_sub(1).and_then(|at| intervals.get(at)).is_some_and(|(_, last)| value <= *last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_trying_each_range(
            ranges in proptest::collection::vec((0_u32..64, 26_u8..=32), 0..12), address in 0_u32..64,
        ) {
            let ranges: Vec<IpNet> = ranges
                .into_iter()
                .map(|(bits, prefix)| IpNet::new(IpAddr::V4(bits.into()), prefix).unwrap().trunc())
                .collect();
            let address = IpAddr::V4(address.into());
            let each = ranges.iter().any(|range| range.contains(&address));
            prop_assert_eq!(Networks::new(ranges.iter()).contain(address), each);
        }
    }
}
