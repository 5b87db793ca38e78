//! ListAccessKeys: a user's keys, or the caller's own when no user is named, without their secrets.

use portcullis_base::Value;

use super::owner::{self, Owner};
use super::paging::Page;
use super::{access_key, row};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "ListAccessKeys",
    Permission::Named("iam:ListAccessKeys", owner::need),
    owner::concerned,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let owner = Owner::of(ask)?;
    let page = Page::of(ask, "keys")?;
    Ok(page.answer(
        "AccessKeyMetadata",
        ask.snapshot.access_keys_of(ask.account(), owner.user_id()),
        |key| key.id.to_string(),
        |key| access_key::shown(key, &owner),
    ))
}
