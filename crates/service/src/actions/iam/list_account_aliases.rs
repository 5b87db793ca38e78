//! ListAccountAliases: other names of the account, of which there are none here.

use super::{nothing, row};
use crate::action::{Permission, Row, no_resources};

/// The action.
pub const ROW: Row = row::read(
    "ListAccountAliases",
    Permission::Named("iam:ListAccountAliases", nothing::need),
    no_resources,
    |ask| nothing::list(ask, "AccountAliases"),
);
