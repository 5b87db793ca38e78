//! UpdateGroup: another name or path. Members and policies stay; the ARN changes (IAM User Guide, "Renaming a user
//! group").

use portcullis_base::Value;

use super::{naming, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "UpdateGroup",
    Permission::Several(&["iam:UpdateGroup"], |ask| {
        naming::needs_moved::<Group>(ask, "iam:UpdateGroup", "NewGroupName")
    }),
    target::concerned::<Group>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let group = target::find::<Group>(ask)?;
    let (path, name) = naming::moved(ask, group.as_ref(), "NewGroupName");
    naming::vacant_for(ask, group.as_ref(), name)?;
    let mut record = group.record.clone();
    (record.path, record.name) = (path.into(), name.into());
    draft.put_group(&record);
    Ok(Value::structure())
}
