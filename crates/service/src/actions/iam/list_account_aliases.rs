//! ListAccountAliases: other names of the account, of which there are none here.

use super::{nothing, row};
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row =
    row::read("ListAccountAliases", row::anywhere("iam:ListAccountAliases"), no_resources, |ask| {
        nothing::list(ask, "AccountAliases")
    });
