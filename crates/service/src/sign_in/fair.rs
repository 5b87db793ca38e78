//! A line in which strangers wait. Where it is too long, somebody gives way: the one who waits longest of the network
//! ([`crate::network::site`]) with the most, so that a flood pushes out itself.
//!
//! Whatever is asked of it costs the logarithm of its length.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use crate::network;

/// A place in the line; later ones are greater.
pub type Place = u64;

/// The line.
#[derive(Default)]
pub struct Line {
    by_age: BTreeMap<Place, (IpAddr, Vec<u8>)>,
    by_network: HashMap<IpAddr, BTreeSet<Place>>,
    // How many wait of each network.
    crowds: BTreeSet<(usize, IpAddr)>,
    last: Place,
}

impl Line {
    /// Stands at the end.
    pub fn push(&mut self, from: IpAddr, key: Vec<u8>) -> Place {
        self.last += 1;
        let (place, network) = (self.last, network::site(from));
        self.by_age.insert(place, (network, key));
        self.change(network, |places| places.insert(place));
        place
    }

    /// Waits no longer.
    pub fn remove(&mut self, place: Place) {
        if let Some((network, _)) = self.by_age.remove(&place) {
            self.change(network, |places| places.remove(&place));
        }
    }

    fn change(&mut self, network: IpAddr, change: impl FnOnce(&mut BTreeSet<Place>) -> bool) {
        let places = self.by_network.entry(network).or_default();
        self.crowds.remove(&(places.len(), network));
        change(places);
        if places.is_empty() {
            self.by_network.remove(&network);
        } else {
            self.crowds.insert((places.len(), network));
        }
    }

    /// Who waits longest.
    pub fn first(&self) -> Option<&[u8]> {
        self.by_age.first_key_value().map(|(_, (_, key))| key.as_slice())
    }

    /// Who gives way. Where no network has more than one, that is who waits longest.
    pub fn gives_way(&self) -> Option<&[u8]> {
        let (most, network) = self.crowds.last()?;
        if *most == 1 {
            return self.first();
        }
        let place = self.by_network.get(network)?.first()?;
        self.by_age.get(place).map(|(_, key)| key.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn who_waits_longest_of_the_network_with_the_most_gives_way() {
        let mut line = Line::default();
        line.push(at("198.51.100.7"), vec![0]);
        assert_eq!(line.gives_way(), Some(&[0][..]), "nobody has more");
        let first = line.push(at("192.0.2.1"), vec![1]);
        line.push(at("::ffff:192.0.2.1"), vec![2]);
        assert_eq!(line.gives_way(), Some(&[1][..]), "one address, however it is written");
        line.remove(first);
        assert_eq!(line.gives_way(), Some(&[0][..]));
        line.push(at("2001:db8::1"), vec![3]);
        line.push(at("2001:db8::ffff:2"), vec![4]);
        line.push(at("2001:db8:1::1"), vec![5]);
        assert_eq!((line.gives_way(), line.first()), (Some(&[3][..]), Some(&[0][..])), "one customer's");
    }

    #[test]
    fn nothing_is_left_of_those_who_are_gone() {
        let mut line = Line::default();
        let places: Vec<Place> = (0..10).map(|key| line.push(at("192.0.2.1"), vec![key])).collect();
        for place in places {
            line.remove(place);
        }
        assert!(line.by_age.is_empty() && line.by_network.is_empty() && line.crowds.is_empty());
        line.remove(1);
        assert!(line.first().is_none() && line.gives_way().is_none());
    }
}
