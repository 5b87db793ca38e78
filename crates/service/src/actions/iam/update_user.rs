//! UpdateUser: another name or path. The unique id stays and with it everything that was resolved to it; the ARN
//! changes (IAM User Guide, "Renaming an IAM user").

use portcullis_base::Value;

use super::{naming, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "UpdateUser",
    Permission::Several(&["iam:UpdateUser"], |ask| {
        naming::needs_moved::<User>(ask, "iam:UpdateUser", "NewUserName")
    }),
    target::concerned::<User>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let user = target::find::<User>(ask)?;
    let (path, name) = naming::moved(ask, user.as_ref(), "NewUserName");
    naming::vacant_for(ask, user.as_ref(), name)?;
    let mut record = user.record.clone();
    (record.path, record.name) = (path.into(), name.into());
    draft.put_user(&record);
    Ok(Value::structure())
}
