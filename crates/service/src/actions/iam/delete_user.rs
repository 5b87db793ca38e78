//! DeleteUser: only when nothing belongs to it any more. Its sessions end with it, and a namesake made later gets
//! nothing that named it (IAM User Guide, "Deleting an IAM user").

use portcullis_base::Value;
use portcullis_store::Key;
use portcullis_store::record::UserRecord;

use super::holder::refuse_policies;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Snapshot, User};

/// The action.
pub const ROW: Row = row::change(
    "DeleteUser",
    Permission::Named("iam:DeleteUser", target::need::<User>),
    target::concerned::<User>,
    plan,
);

/// Whether a user still has something of a kind.
type Holds = fn(&Snapshot, &UserRecord) -> bool;

/// What must be gone first beside policies, in the order in which it is named.
const BELONGINGS: [(Holds, &str); 5] = [
    (|_, user| !user.groups.is_empty(), "must remove user from group first."),
    (
        |snapshot, user| !snapshot.access_keys_of(user.account, Some(user.id)).is_empty(),
        "must delete access keys first.",
    ),
    (|snapshot, user| snapshot.belongings.login_of(user.id).is_some(), "must delete login profile first."),
    (
        |snapshot, user| snapshot.belongings.ssh_keys_of(user.id).next().is_some(),
        "must delete SSH public keys first.",
    ),
    (
        |snapshot, user| !snapshot.mfa_devices_of(user.account, Some(user.id)).is_empty(),
        "must delete MFA device first.",
    ),
];

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let user = target::find::<User>(ask)?;
    let record = &user.record;
    refuse_policies(user.as_ref())?;
    if let Some((_, first)) = BELONGINGS.iter().find(|(holds, _)| holds(ask.snapshot, record)) {
        return Err(ApiError::delete_conflict(format!("Cannot delete entity, {first}")));
    }
    draft.delete(Key::user(record.account, record.id));
    Ok(Value::structure())
}
