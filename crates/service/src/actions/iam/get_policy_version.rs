//! GetPolicyVersion: the text of one version of a managed policy, as it was saved.

use portcullis_base::Value;

use super::{row, target, version};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::ManagedPolicy;

/// The action.
pub const ROW: Row = row::read(
    "GetPolicyVersion",
    Permission::Named("iam:GetPolicyVersion", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let record = &target::find::<ManagedPolicy>(ask)?.record;
    let shown = version::whole(version::find(ask, record)?, record.default_version);
    Ok(Value::structure().with("PolicyVersion", shown))
}
