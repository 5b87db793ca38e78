//! ListHandshakesForOrganization: the invitations that the organization has sent.

use super::{handshake, row, scope};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListHandshakesForOrganization",
    row::anywhere("organizations:ListHandshakesForOrganization"),
    |ask| {
        scope::organization(ask)?;
        Ok(Page::next(ask, "handshakes-for-organization")?.answer(
            "Handshakes",
            ask.snapshot.accounts.handshakes().filter(|_| handshake::is_asked(ask)),
            |held| held.id.clone(),
            |held| handshake::shown(ask, held),
        ))
    },
);
