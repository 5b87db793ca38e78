//! Where strangers wait until their password is looked at, which is slow on purpose. So many wait and no more: of more, one
//! of the network with the most gives way ([`super::fair`]), and is told so at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::fair::{Line, Place};

/// Passwords that wait at once.
const WAITING_MAX: usize = 256;

#[derive(Default)]
struct Held {
    line: Line,
    told: HashMap<Vec<u8>, (Place, oneshot::Sender<()>)>,
    last: u64,
}

/// All who wait.
#[derive(Default)]
pub struct Queue(Mutex<Held>);

/// Somebody who waits; no longer when dropped.
pub struct Waiting<'a> {
    queue: &'a Queue,
    key: Vec<u8>,
    gives_way: oneshot::Receiver<()>,
}

impl Queue {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stands at the end.
    pub fn stand(&self, from: IpAddr) -> Waiting<'_> {
        let (told, gives_way) = oneshot::channel();
        let mut held = self.held();
        if held.told.len() >= WAITING_MAX
            && let Some(key) = held.line.gives_way().map(<[u8]>::to_vec)
        {
            held.leave(&key);
        }
        held.last += 1;
        let key = held.last.to_be_bytes().to_vec();
        let place = held.line.push(from, key.clone());
        held.told.insert(key.clone(), (place, told));
        Waiting { queue: self, key, gives_way }
    }
}

impl Held {
    /// Whoever waits there learns it by what is dropped.
    fn leave(&mut self, key: &[u8]) {
        if let Some((place, _)) = self.told.remove(key) {
            self.line.remove(place);
        }
    }
}

impl Waiting<'_> {
    /// Waits for a turn; nothing comes of it for one who has to give way.
    pub async fn wait<T>(mut self, turn: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            turn = turn => Some(turn),
            _ = &mut self.gives_way => None,
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.held().leave(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn from(network: usize) -> IpAddr {
        format!("192.0.2.{network}").parse().unwrap()
    }

    #[tokio::test]
    async fn a_flood_pushes_out_itself_and_whoever_comes_from_elsewhere_waits() {
        let queue = Queue::default();
        let other = queue.stand(from(2));
        let mut flood: Vec<_> = (0..WAITING_MAX).map(|_| queue.stand(from(1))).collect();
        assert_eq!(queue.held().told.len(), WAITING_MAX);
        let first = flood.remove(0);
        assert!(first.wait(pending::<()>()).await.is_none(), "the one that waited longest");
        assert_eq!(flood.remove(0).wait(ready(1)).await, Some(1));
        assert_eq!(other.wait(ready(2)).await, Some(2));
        drop(flood);
        assert!(queue.held().told.is_empty() && queue.held().line.first().is_none());
    }
}
