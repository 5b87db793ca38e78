//! DeleteLoginProfile: the user has no password any more. Its access keys and sessions are not touched.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{login_profile, owner, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "DeleteLoginProfile",
    Permission::Named("iam:DeleteLoginProfile", owner::need),
    owner::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let record = login_profile::find(ask, login_profile::user(ask)?)?;
    draft.delete(Key::login_profile(record.account, record.user));
    Ok(Value::structure())
}
