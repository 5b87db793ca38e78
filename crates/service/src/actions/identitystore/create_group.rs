//! CreateGroup: people who get things together.

use portcullis_base::Value;
use portcullis_store::record::DirectoryGroupRecord;

use super::{naming, row, scope, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change("CreateGroup", row::on!("CreateGroup", scope::On::Store), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let store = scope::store(ask)?;
    let name =
        ask.input.text("DisplayName").ok_or_else(|| scope::invalid("DisplayName must not be null."))?;
    naming::group_vacant(ask, name, None)?;
    naming::room(ask, "directory-groups", ask.snapshot.directory.group_count())?;
    let record = DirectoryGroupRecord {
        id: ask.service.uuid(),
        display_name: name.to_owned(),
        description: ask.input.text("Description").map(str::to_owned),
        attributes: "{}".to_owned(),
        stamps: naming::stamps(ask),
        revision: 1,
        external_ids: Vec::new(),
    };
    draft.put_directory_group(&record);
    Ok(shown::group_ids(store, &record))
}
