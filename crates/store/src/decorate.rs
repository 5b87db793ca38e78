//! Engines around engines: each adds one behaviour and leaves the rest to the one inside.

mod faulty;

pub use faulty::{Fault, FaultyEngine};
