//! The bodies of the targets. Each takes any bytes; inputs are texts in fields, so that a person can write one and a
//! fuzzer can cut them up. Each panics when something does not hold.

mod condition;
mod decision;
mod parse;
mod pattern;
mod scene;
// The same adapter by which the tests of the decision ask the serving engine.
#[path = "../../../crates/policy/tests/support/serving.rs"]
mod serving;

use portcullis_policy::{Decision, Layers, Request};

pub use condition::condition;
pub use decision::decision;
pub use parse::parse;
pub use pattern::pattern;

/// An engine. Every one of `scene::engines` must give the same decision on every input.
pub trait Engine {
    /// What it is called where it disagrees.
    fn name(&self) -> &'static str;
    /// Its decision.
    fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision;
}

/// Ends a field of an input.
pub const FIELD_END: char = '\0';
/// Stands between the values of a field.
pub const VALUE_END: char = '\u{1}';

/// The text of an input, unless it is too long to say anything that a shorter one does not.
fn text(input: &[u8]) -> Option<&str> {
    const LENGTH_MAX: usize = 8_192;
    std::str::from_utf8(input).ok().filter(|text| text.len() <= LENGTH_MAX)
}
