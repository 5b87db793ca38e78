//! GetLoginProfile: whether a user has a password, since when, and whether it must be replaced.

use portcullis_base::Value;

use super::owner::{self, Owner};
use super::{login_profile, row};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "GetLoginProfile",
    Permission::Named("iam:GetLoginProfile", owner::need),
    owner::concerned,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let Owner::User(user) = Owner::of(ask)? else { return Err(login_profile::absent("root")) };
    let record = login_profile::find(ask, user)?;
    Ok(Value::structure().with("LoginProfile", login_profile::shown(&user.record.name, record)))
}
