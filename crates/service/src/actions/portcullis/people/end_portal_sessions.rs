//! EndPortalSessions: a person is signed out of the portal, everywhere or of one session. Sessions of roles go on.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, shown, user};
use crate::action::{Access, Ask, Handler, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::sign_in::session;

/// The action.
pub const ROW: Row = row(
    "EndPortalSessions",
    "portcullis:EndPortalSessions",
    Access::Write,
    &[],
    Handler::Change(|ask, draft| plan(ask, draft)),
);

fn plan(ask: &Ask<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let user = user(ask)?;
    let ended = match ask.input.text("SessionId") {
        None => {
            session::end_all(ask.snapshot, draft, &user.id);
            // Those that had expired before ended by themselves.
            ask.snapshot.sign_ins.sessions_of(&user.id).filter(|held| ask.now < held.expires).count()
        }
        Some(id) => {
            let held = ask.snapshot.sign_ins.session(id).filter(|held| held.user == user.id);
            let held = held.ok_or_else(|| {
                ApiError::caller("ResourceNotFoundException", 400, format!("The session {id} was not found."))
            })?;
            draft.delete(Key::portal_session(&held.id));
            1
        }
    };
    Ok(shown(user).with("Ended", i64::try_from(ended).unwrap_or(i64::MAX)))
}
