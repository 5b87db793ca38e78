//! GetUser: a user, or the caller itself when none is named.

use portcullis_base::{Arn, Value};

use super::owner::{self, Owner};
use super::{row, shown};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::read("GetUser", Permission::Named("iam:GetUser", owner::need), owner::concerned, answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let user = match Owner::of(ask)? {
        Owner::User(user) => shown::whole_user(ask.snapshot, user),
        // The root user has neither name nor path.
        Owner::Root => Value::structure()
            .with("UserId", ask.account().to_string())
            .with("Arn", Arn::iam(ask.account(), "root").to_string())
            .with("CreateDate", ask.service.founded),
    };
    Ok(Value::structure().with("User", user))
}
