//! UpdateAssumeRolePolicy: who may assume a role from now on. Sessions that were issued go on.

use portcullis_base::Value;

use super::{boundary, documents, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::change(
    "UpdateAssumeRolePolicy",
    Permission::Named("iam:UpdateAssumeRolePolicy", boundary::need_held::<Role>),
    target::concerned::<Role>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut record = target::find_modifiable::<Role>(ask)?.record.clone();
    record.trust = documents::trust(ask, ask.text("PolicyDocument")?, draft)?;
    draft.put_role(&record);
    Ok(Value::structure())
}
