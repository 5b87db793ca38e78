//! DeleteUser: the user, its memberships and all that it signed in with go. What was assigned to it stays written, and is nobody's.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{naming, row, scope};
use crate::action::Row;
use crate::sign_in::session;

/// The action.
pub const ROW: Row = row::change(
    "DeleteUser",
    row::on!("DeleteUser", scope::On::Store, scope::On::One(scope::Kind::User, "UserId")),
    |ask, draft| {
        let user = scope::user(ask, ask.text("UserId")?)?;
        naming::current(ask, user.revision)?;
        let memberships = ask.snapshot.directory.groups_of(&user.id);
        draft.delete_all(memberships.map(|held| Key::directory_membership(&held.id)).collect());
        draft.delete(Key::sign_in(&user.id));
        session::end_all(ask.snapshot, draft, &user.id);
        draft.delete(Key::directory_user(&user.id));
        Ok(Value::structure())
    },
);
