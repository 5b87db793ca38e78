//! ListServiceSpecificCredentials: a user's passwords for single services, or everybody's; there are none here.

use super::{nothing, owner, row};
use crate::action::{Ask, Need, Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "ListServiceSpecificCredentials",
    Permission::Named("iam:ListServiceSpecificCredentials", |ask, action| {
        if is_about_everybody(ask) {
            return Ok(Need::anywhere(action, ask.account()));
        }
        owner::need(ask, action)
    }),
    |ask| if is_about_everybody(ask) { Vec::new() } else { owner::concerned(ask) },
    |ask| {
        const MEMBER: &str = "ServiceSpecificCredentials";
        if is_about_everybody(ask) { nothing::list(ask, MEMBER) } else { nothing::list_of_owner(ask, MEMBER) }
    },
);

fn is_about_everybody(ask: &Ask<'_>) -> bool {
    ask.input.bool("AllUsers") == Some(true)
}
