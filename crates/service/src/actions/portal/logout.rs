//! Logout: the sign-in session ends, and with it every token that names it. Sessions of roles go on.

use portcullis_base::Value;
use portcullis_store::Key;

use super::bearer::{own, row, signed_in};
use crate::action::{Access, Handler, Row};

/// The action.
pub const ROW: Row = row(
    "Logout",
    &["sso:Logout"],
    |ask| own(ask, "sso:Logout"),
    Access::Write,
    Handler::Change(|ask, draft| {
        draft.delete(Key::portal_session(&signed_in(ask)?.session.id));
        Ok(Value::structure())
    }),
);
