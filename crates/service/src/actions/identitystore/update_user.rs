//! UpdateUser: attributes are changed one after the other, all or none. The name can change; the id never does.

use portcullis_base::Value;
use portcullis_store::record::ExternalIdRecord;

use super::attributes::Attributes;
use super::{external, naming, row, scope, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The longest user name.
const NAME_MAX: usize = 128;

/// The action.
pub const ROW: Row = row::change(
    "UpdateUser",
    row::on!("UpdateUser", scope::On::Store, scope::On::One(scope::Kind::User, "UserId")),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let store = scope::store(ask)?;
    let before = scope::user(ask, ask.text("UserId")?)?;
    naming::current(ask, before.revision)?;
    let mut record = before.as_ref().clone();
    let mut attributes = Attributes::stored(&record.attributes);
    for operation in ask.input.list("Operations") {
        let path = operation.text("AttributePath").unwrap_or_default();
        let given = operation.member("AttributeValue");
        if path.eq_ignore_ascii_case("userName") {
            record.user_name = user_name(given)?;
        } else if path.eq_ignore_ascii_case(external::PATH) {
            record.external_ids = external::requested(given)?;
        } else {
            attributes.change(path, given)?;
        }
    }
    naming::user_vacant(ask, &record.user_name, Some(&record.id))?;
    naming::email_vacant(ask, attributes.email(), Some(&record.id))?;
    let holder = |id: &ExternalIdRecord| {
        ask.snapshot.directory.user_of(&id.issuer, &id.id).map(|user| user.id.as_str())
    };
    external::vacant(&record.external_ids, &record.id, holder)?;
    record.email = attributes.email().map(str::to_owned);
    record.attributes = attributes.text();
    record.revision += 1;
    naming::touch(ask, &mut record.stamps);
    draft.put_directory_user(&record);
    Ok(shown::user_ids(store, &record))
}

/// A name as CreateUser would take it.
fn user_name(given: Option<&Value>) -> Result<String, ApiError> {
    let name = given.and_then(Value::as_text).ok_or_else(|| scope::invalid("userName must be a text."))?;
    let is_fit = name.chars().count() <= NAME_MAX && scope::is_plain(name);
    let refused =
        || scope::invalid(format!("userName must have 1 to {NAME_MAX} characters and no white space."));
    is_fit.then(|| name.to_owned()).ok_or_else(refused)
}
