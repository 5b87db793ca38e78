//! CancelHandshake: whoever invited takes the invitation back.

use super::scope::refuse;
use super::{handshake, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "CancelHandshake",
    Permission::Named("organizations:CancelHandshake", handshake::need),
    |ask, draft| {
        let held = handshake::find(ask)?;
        if held.account == ask.account() {
            return Err(refuse("AccessDeniedException", "Only who invited can cancel; decline instead."));
        }
        handshake::end(ask, held, "CANCELED", draft)
    },
);
