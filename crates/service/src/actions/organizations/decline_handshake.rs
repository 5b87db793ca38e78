//! DeclineHandshake: the invited account says no.

use super::scope::refuse;
use super::{handshake, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "DeclineHandshake",
    Permission::Named("organizations:DeclineHandshake", handshake::need),
    |ask, draft| {
        let held = handshake::find(ask)?;
        if held.account != ask.account() {
            return Err(refuse("AccessDeniedException", "Only the invited account can decline."));
        }
        handshake::end(ask, held, "DECLINED", draft)
    },
);
