//! DeleteAccessKey: the key is refused from now on, and every session made with it lives on by its own token.

use portcullis_base::Value;
use portcullis_store::Key;

use super::owner::{self, Owner};
use super::{access_key, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "DeleteAccessKey",
    Permission::Named("iam:DeleteAccessKey", owner::need),
    owner::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let key = access_key::find(ask, &Owner::of(ask)?)?;
    draft.delete(Key::access_key(&key.id));
    Ok(Value::structure())
}
