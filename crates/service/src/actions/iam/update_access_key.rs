//! UpdateAccessKey: switches a key off, or on again.

use portcullis_base::Value;

use super::owner::{self, Owner};
use super::{access_key, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::AccessKey;

/// The action.
pub const ROW: Row = row::change(
    "UpdateAccessKey",
    Permission::Named("iam:UpdateAccessKey", owner::need),
    owner::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let key = access_key::find(ask, &Owner::of(ask)?)?;
    let is_active = access_key::requested_status(ask)?;
    let changed = AccessKey {
        id: key.id.clone(),
        account: key.account,
        owner: key.owner,
        secret: key.secret.clone(),
        is_active,
        created: key.created,
    };
    access_key::draft(ask, &changed, draft);
    Ok(Value::structure())
}
