//! CreateGroup: people who get things together.

use portcullis_base::Value;
use portcullis_store::record::DirectoryGroupRecord;

use super::{naming, row, scope, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// Groups of an identity store (IAM Identity Center User Guide, "Quotas").
const GROUPS_MAX: usize = 100_000;

/// The action.
pub const ROW: Row = row::change("CreateGroup", row::on!("CreateGroup", scope::On::Store), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let store = scope::store(ask)?;
    let name =
        ask.input.text("DisplayName").ok_or_else(|| scope::invalid("DisplayName must not be null."))?;
    naming::group_vacant(ask, name, None)?;
    if ask.snapshot.directory.group_count() >= GROUPS_MAX {
        return Err(scope::too_many(format!("An identity store has {GROUPS_MAX} groups at most.")));
    }
    let record = DirectoryGroupRecord {
        id: ask.service.uuid(),
        display_name: name.to_owned(),
        description: ask.input.text("Description").map(str::to_owned),
        attributes: "{}".to_owned(),
        stamps: naming::stamps(ask),
        revision: 1,
    };
    draft.put_directory_group(&record);
    Ok(shown::group_ids(store, &record))
}
