//! This project's engine.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use portcullis_base::UniqueId;
use portcullis_policy::{Document, PolicyKind, parse};

use super::{Contestant, World, obvious};

/// Makes a world ready.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    obvious::prepare(world)
}

/// A policy as it is kept for deciding.
pub type Compiled = Arc<Document>;

/// Reads a policy's text.
pub fn read(text: &str) -> Document {
    parse(text, PolicyKind::Identity).expect("a valid policy").document
}

/// Makes a policy that was read ready for deciding. The obvious engine has nothing to do here.
pub fn compile(document: &Document) -> Compiled {
    Arc::new(black_box(document).clone())
}

/// What is kept for each principal beside the shared policies.
pub type Members = HashMap<UniqueId, Box<[Compiled]>>;

/// Attaches policies to principals: for each its id and the places of its policies.
pub fn attach(policies: &[Compiled], principals: impl Iterator<Item = (UniqueId, [usize; 3])>) -> Members {
    principals.map(|(id, places)| (id, places.iter().map(|at| Arc::clone(&policies[*at])).collect())).collect()
}
