//! What a principal takes beside the policies it shares with others: a million of them with three of a thousand
//! policies each.
//!
//! For the peers it is what their users would keep for the same: for `iam-rs` an evaluator, which owns copies of its
//! policies; for Cedar the entity of the principal with three parents, after which policies can be scoped; for regorus
//! the list of three numbers in the data. What peers need per principal does not depend on how many there are, so
//! fewer of them are made.

use portcullis_base::UniqueId;

use crate::contestant::{cedar, iam_rs, ours, regorus};
use crate::counting::bytes_of;
use crate::policy::{Policy, Statement};
use crate::random::Random;
use crate::workload::{allow, documents, role_id};

const POLICIES: usize = 1_000;
const STATEMENTS: usize = 4;

/// Which policies each principal has.
pub type Attachments = Vec<(String, [usize; 3])>;

/// Bytes of one principal, by engine.
#[derive(Debug, Clone)]
pub struct Memory {
    /// How many principals of ours were made.
    pub principals: usize,
    /// The bytes.
    pub rows: Vec<(&'static str, f64)>,
}

fn shared() -> Vec<Policy> {
    let policy = |number: usize| -> Vec<Policy> {
        let statements: Vec<Statement> =
            (0..STATEMENTS).map(|at| allow("", number * STATEMENTS + at)).collect();
        documents(statements)
    };
    (0..POLICIES).flat_map(policy).collect()
}

fn attachments(principals: usize) -> Attachments {
    let mut random = Random::new(6);
    let mut pick = || random.below(POLICIES);
    (0..principals).map(|number| (role_id(number), [pick(), pick(), pick()])).collect()
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a few hundred megabytes")]
fn each<T>(principals: usize, make: impl FnOnce() -> T) -> f64 {
    let (value, bytes) = bytes_of(make);
    drop(value);
    bytes as f64 / principals as f64
}

/// Measures with this many principals.
pub fn run(principals: usize) -> Memory {
    let policies = shared();
    let compiled: Vec<ours::Compiled> =
        policies.iter().map(|policy| ours::compile(&ours::read(&policy.text))).collect();
    let ids: Vec<(UniqueId, [usize; 3])> = attachments(principals)
        .into_iter()
        .map(|(id, places)| (id.parse().expect("a unique id"), places))
        .collect();
    let ours = each(principals, || ours::attach(&compiled, ids.iter().copied()));
    let few = attachments((principals / 10).max(1));
    let fewer = attachments((principals / 100).max(1));
    Memory {
        principals,
        rows: vec![
            ("ours", ours),
            ("regorus", each(few.len(), || regorus::attach(&few))),
            ("iam-rs", each(fewer.len(), || iam_rs::attach(&policies, &fewer))),
            ("cedar", each(few.len(), || cedar::attach(&few))),
        ],
    }
}
