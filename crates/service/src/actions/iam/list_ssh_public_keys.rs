//! ListSSHPublicKeys: a user's SSH public keys, or the caller's own when no user is named.

use portcullis_base::Value;

use super::owner::{self, Owner};
use super::paging::Page;
use super::{nothing, row, ssh_key};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

const LIST: &str = "SSHPublicKeys";

/// The action.
pub const ROW: Row = row::read(
    "ListSSHPublicKeys",
    Permission::Named("iam:ListSSHPublicKeys", owner::need),
    owner::concerned,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let Owner::User(user) = Owner::of(ask)? else { return nothing::list(ask, LIST) };
    let keys = ask.snapshot.belongings.ssh_keys_of(user.record.id);
    Ok(Page::of(ask, LIST)?.answer(LIST, keys, |key| key.id.to_string(), |key| ssh_key::shown(user, key)))
}
