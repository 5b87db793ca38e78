//! ListHandshakesForAccount: the invitations that the caller's account has got.

use super::{handshake, row};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListHandshakesForAccount",
    row::own_account("organizations:ListHandshakesForAccount"),
    |ask| {
        let held = ask.snapshot.accounts.handshakes().filter(|held| held.account == ask.account());
        Ok(Page::next(ask, "handshakes-for-account")?.answer(
            "Handshakes",
            held.filter(|_| handshake::is_asked(ask)),
            |held| held.id.clone(),
            |held| handshake::shown(ask, held),
        ))
    },
);
