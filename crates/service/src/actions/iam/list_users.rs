//! ListUsers: users, by path.

use super::{listing, row, shown};
use crate::action::{Permission, Row, no_resources};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::read(
    "ListUsers",
    Permission::Named("iam:ListUsers", |ask, action| Ok(listing::need::<User>(ask, action))),
    no_resources,
    |ask| listing::answer::<User>(ask, "Users", |_, user| shown::user(user)),
);
