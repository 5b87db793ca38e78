//! The serving engine: the decision as every request meets it.
//!
//! ```text
//! Document -> Compiled (once, when it changes) -> PolicySet (where a holder has many)
//! Request + View + Layers -> decide -> Decision
//! ```
//!
//! A document is laid out flat with an index in front ([`Compiled`]); a decision finds the statements of its action by
//! a hash, those of its resource by prefixes or pieces of it, and looks at nothing else. Long lists of values are
//! looked up the same way. The condition keys are borrowed and typed ([`View`]). It gives the answer of
//! [`crate::decide()`], which is written from AWS's pages and tells more; the two are compared by every case of the
//! corpus and by generated ones.

mod compile;
mod condition;
mod decide;
mod folded;
mod hash;
mod index;
mod key;
mod layers;
mod lookup;
mod members;
mod networks;
mod pat;
mod set;
mod sides;
mod table;
mod view;
mod warm;

pub use compile::Compiled;
pub use decide::decide;
pub use key::{Known, TagFamily};
pub use layers::{Deciding, Decision, Layers, Request, ResourceLayer, Source};
pub use set::PolicySet;
pub use view::{Value, View};
