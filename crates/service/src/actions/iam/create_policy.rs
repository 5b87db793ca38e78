//! CreatePolicy: a managed policy with its first version.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::PolicyRecord;
use thin_vec::thin_vec;

use super::{naming, row, shown, tagging, version};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

const CREATE: &str = "iam:CreatePolicy";
const TAG: &str = "iam:TagPolicy";

/// The action.
pub const ROW: Row = row::change(
    "CreatePolicy",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = naming::need_new::<ManagedPolicy>(ask, CREATE, "PolicyName")?;
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| naming::concerned_new::<ManagedPolicy>(ask, "PolicyName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("PolicyName")?;
    naming::vacancy::<ManagedPolicy>(ask, name)?;
    let first = version::requested(ask, 1, draft)?;
    let record = PolicyRecord {
        id: UniqueId::generate(UniqueIdKind::Policy, ask.service.world.entropy.as_ref()),
        account: ask.account(),
        name: name.into(),
        path: naming::path(ask).into(),
        created: ask.now,
        updated: ask.now,
        tags: tagging::requested::<ManagedPolicy>(ask)?,
        description: ask.input.text("Description").map(str::to_owned),
        default_version: first.number,
        last_version: first.number,
        versions: thin_vec![first],
    };
    draft.put_policy(&record);
    // The answer leaves out the description, as AWS's does.
    let policy = ManagedPolicy::new(record);
    let shown = shown::policy(ask, &policy).with_some("Tags", tagging::shown_if_any(&policy.record.tags));
    Ok(Value::structure().with("Policy", shown))
}
