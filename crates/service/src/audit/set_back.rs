//! When the clock was set back, as the events themselves show it: what was written after an instant can then be as early
//! as another, and whoever must see all that came after looks there too.

use portcullis_base::Timestamp;
use portcullis_store::codec;

use super::limits;

/// Times that are kept; of more, the oldest are merged.
const KEPT: usize = 64;

/// From which instants to which the clock was set back, the former rising.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SetBacks {
    newest: Option<Timestamp>,
    times: Vec<(Timestamp, Timestamp)>,
}

impl SetBacks {
    /// With what was kept, and the latest instant that was written.
    pub(super) fn new(kept: &[u8], newest: Option<Timestamp>) -> Self {
        let instant = Timestamp::from_millis;
        let kept: Vec<(i64, i64)> = codec::from_bytes(kept).unwrap_or_default();
        let times: Vec<_> = kept.into_iter().map(|(from, to)| (instant(from), instant(to))).collect();
        let newest = newest.max(times.iter().map(|(from, _)| *from).max());
        Self { newest, times }
    }

    /// What is to be kept of those that matter for events from this instant on.
    pub(super) fn kept(&self, first: Timestamp) -> Vec<u8> {
        let later = self.times.iter().filter(|(from, _)| *from >= first);
        codec::to_bytes(&later.map(|(from, to)| (from.millis(), to.millis())).collect::<Vec<_>>())
    }

    /// Sees an event of this instant.
    pub(super) fn see(&mut self, at: Timestamp) {
        let Some(newest) = self.newest.filter(|newest| at.plus(limits::CLOCK_MARGIN) < *newest) else {
            self.newest = self.newest.max(Some(at));
            return;
        };
        match self.times.last_mut() {
            Some((from, to)) if *from == newest => *to = at.min(*to),
            _ => self.times.push((newest, at)),
        }
        if self.times.len() > KEPT {
            let (_, to) = self.times.remove(0);
            if let Some((_, next)) = self.times.first_mut() {
                *next = to.min(*next);
            }
        }
    }

    /// The earliest instant of an event that was written after one of this instant.
    pub(super) fn earliest_after(&self, instant: Timestamp) -> Timestamp {
        let since = self.times.iter().filter(|(from, _)| *from >= instant).map(|(_, to)| *to);
        since.min().map_or(instant, |earliest| earliest.min(instant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(hours * 3_600_000)
    }

    #[test]
    fn what_came_after_is_looked_for_where_the_clock_was_set_back_to() {
        let mut seen = SetBacks::default();
        for hours in [10, 20, 12, 13, 11, 21, 30, 25, 31] {
            seen.see(at(hours));
        }
        for (instant, earliest) in [(5, 5), (15, 11), (20, 11), (22, 22), (26, 25), (31, 31)] {
            assert_eq!(seen.earliest_after(at(instant)), at(earliest), "{instant}");
        }
        let again = SetBacks::new(&seen.kept(at(0)), Some(at(31)));
        assert_eq!(again, seen);
        assert_eq!(SetBacks::new(&seen.kept(at(21)), None).earliest_after(at(15)), at(15));
        assert_eq!(SetBacks::new(b"", None), SetBacks::default());
    }

    #[test]
    fn there_are_never_too_many() {
        let mut seen = SetBacks::default();
        for hours in 0..1000 {
            seen.see(at(10 + 3 * hours));
            seen.see(at(8 + 3 * hours));
        }
        assert_eq!(seen.times.len(), KEPT);
        assert_eq!(seen.earliest_after(at(10)), at(8).min(at(10)));
    }
}
