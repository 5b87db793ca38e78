//! DisablePerson and EnablePerson: whether a person may sign in. Disabled, nothing that a sign-in session is asked for is
//! given any more, from the next call on, and whoever is enabled again signs in again; sessions of roles go on, as in AWS.

use portcullis_base::Value;

use super::{row, shown, user};
use crate::action::{Access, Ask, Handler, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::sign_in::session;

/// The action that takes it away.
pub const DISABLE: Row = row(
    "DisablePerson",
    "portcullis:DisablePerson",
    Access::Write,
    &[],
    Handler::Change(|ask, draft| set(ask, draft, false)),
);

/// The action that gives it back.
pub const ENABLE: Row = row(
    "EnablePerson",
    "portcullis:EnablePerson",
    Access::Write,
    &[],
    Handler::Change(|ask, draft| set(ask, draft, true)),
);

fn set(ask: &Ask<'_>, draft: &mut Draft, is_enabled: bool) -> Result<Value, ApiError> {
    let before = user(ask)?;
    let mut record = before.as_ref().clone();
    if record.is_enabled != is_enabled {
        record.is_enabled = is_enabled;
        record.revision += 1;
        (record.stamps.updated, record.stamps.updated_by) = (ask.now, ask.caller.arn.clone());
        draft.put_directory_user(&record);
        if !is_enabled {
            session::end_all(ask.snapshot, draft, &record.id);
        }
    }
    Ok(shown(&record))
}
