//! UpdatePermissionSet: everything about it but its name, which never changes.

use portcullis_base::Value;

use super::{duration, row, scope, set};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "UpdatePermissionSet",
    row::on!("UpdatePermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let session_s = ask.input.text("SessionDuration").map(duration::seconds).transpose()?;
        let text = |member: &str| ask.input.text(member).map(str::to_owned);
        set::change(ask, draft, |record| {
            record.session_s = session_s.unwrap_or(record.session_s);
            record.description = text("Description").or_else(|| record.description.take());
            record.relay_state = text("RelayState").or_else(|| record.relay_state.take());
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
