//! CreatePolicyVersion: a new text for a managed policy, in force at once if the request says so.

use portcullis_base::Value;

use super::{row, target, version};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::change(
    "CreatePolicyVersion",
    Permission::Named("iam:CreatePolicyVersion", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find_modifiable::<ManagedPolicy>(ask)?.record.clone();
    let most = ask.service.settings.limits.quota("versions-per-policy");
    if record.versions.len() >= most {
        return Err(ApiError::limit_exceeded(format!(
            "A managed policy can have up to {most} versions. Before you create a new version, you must delete \
             an existing version."
        )));
    }
    let made = version::requested(ask, record.last_version + 1, draft)?;
    record.last_version = made.number;
    record.updated = ask.now;
    if ask.input.bool("SetAsDefault") == Some(true) {
        record.default_version = made.number;
    }
    let shown = version::shown(&made, record.default_version);
    record.versions.push(made);
    draft.put_policy(&record);
    Ok(Value::structure().with("PolicyVersion", shown))
}
