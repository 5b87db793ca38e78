//! UpdateInstance: the instance's name.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::change("UpdateInstance", row::on!("UpdateInstance", scope::On::Instance), |ask, draft| {
        let mut record = scope::instance(ask)?.as_ref().clone();
        let unserved = ["EncryptionConfiguration", "NetworkConfiguration", "PermissionSetsEnabled"];
        if let Some(member) = unserved.iter().find(|member| ask.input.member(member).is_some()) {
            return Err(scope::invalid(format!("{member} cannot be changed here.")));
        }
        if let Some(name) = ask.input.text("Name") {
            record.name = Some(name.to_owned());
        }
        draft.put_instance(&record);
        Ok(Value::structure())
    });
