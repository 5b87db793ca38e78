//! GetLoginProfile: a user's password for the console, of which there is none here.

use portcullis_base::Value;

use super::owner::{self, Owner};
use super::row;
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
    let name = Owner::of(ask)?.name().unwrap_or("root");
    Err(ApiError::no_such_entity(format!("Login Profile for User {name} cannot be found.")))
}
