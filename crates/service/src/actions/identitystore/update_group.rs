//! UpdateGroup: its name, its description and its ids elsewhere.

use portcullis_base::Value;
use portcullis_store::record::ExternalIdRecord;

use super::{external, naming, row, scope, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The longest name and description.
const TEXT_MAX: usize = 1024;

/// The action.
pub const ROW: Row = row::change(
    "UpdateGroup",
    row::on!("UpdateGroup", scope::On::Store, scope::On::One(scope::Kind::Group, "GroupId")),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let (store, before) = (scope::store(ask)?, scope::group(ask)?);
    naming::current(ask, before.revision)?;
    let mut record = before.as_ref().clone();
    for operation in ask.input.list("Operations") {
        let path = operation.text("AttributePath").unwrap_or_default();
        let given = operation.member("AttributeValue");
        if path.eq_ignore_ascii_case(external::PATH) {
            record.external_ids = external::requested(given)?;
            continue;
        }
        let text = given.map(|given| text(given, path)).transpose()?;
        match (path.to_ascii_lowercase().as_str(), text) {
            ("displayname", Some(name)) => record.display_name = name,
            ("displayname", None) => return Err(scope::invalid("displayName must not be null.")),
            ("description", text) => record.description = text,
            _ => return Err(scope::invalid(format!("{path} is no attribute that can be changed."))),
        }
    }
    naming::group_vacant(ask, &record.display_name, Some(&record.id))?;
    let holder = |id: &ExternalIdRecord| {
        ask.snapshot.directory.group_of(&id.issuer, &id.id).map(|group| group.id.as_str())
    };
    external::vacant(&record.external_ids, &record.id, holder)?;
    record.revision += 1;
    naming::touch(ask, &mut record.stamps);
    draft.put_directory_group(&record);
    Ok(shown::group_ids(store, &record))
}

fn text(given: &Value, path: &str) -> Result<String, ApiError> {
    let text = given.as_text().filter(|text| text.chars().count() <= TEXT_MAX && scope::is_readable(text));
    text.map(str::to_owned)
        .ok_or_else(|| scope::invalid(format!("{path} must be a text of 1 to {TEXT_MAX} characters.")))
}
