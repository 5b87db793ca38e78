//! PutInlinePolicyToPermissionSet: the one inline policy, as it will stand in every role.

use portcullis_base::Value;
use portcullis_policy::PolicyKind;

use super::{row, scope, set};
use crate::action::Row;
use crate::identity_center::provision;

/// The action.
pub const ROW: Row = row::change(
    "PutInlinePolicyToPermissionSet",
    row::on!("PutInlinePolicyToPermissionSet", scope::On::Instance, scope::On::Set),
    |ask, draft| {
        let text = ask.text("InlinePolicy")?;
        scope::set(ask)?;
        portcullis_policy::parse(text, PolicyKind::Identity)
            .map_err(|error| scope::invalid(format!("InlinePolicy is not valid: {}", error.message)))?;
        provision::inline_size(ask, text)
            .map_err(|message| scope::refuse("ServiceQuotaExceededException", message))?;
        crate::lint::note(text, PolicyKind::Identity, draft);
        set::change(ask, draft, |record| {
            record.inline = Some(text.to_owned());
            Ok(())
        })?;
        Ok(Value::structure())
    },
);
