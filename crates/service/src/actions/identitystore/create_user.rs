//! CreateUser: a person, known from now on under an id that nobody else ever gets.

use portcullis_base::Value;
use portcullis_store::record::DirectoryUserRecord;

use super::attributes::Attributes;
use super::{naming, row, scope, shown};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change("CreateUser", row::on!("CreateUser", scope::On::Store), plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let store = scope::store(ask)?;
    let name = ask.input.text("UserName").ok_or_else(|| scope::invalid("UserName must not be null."))?;
    let attributes = Attributes::given(ask.input)?;
    naming::user_vacant(ask, name, None)?;
    naming::email_vacant(ask, attributes.email(), None)?;
    naming::room(ask, "directory-users", ask.snapshot.directory.user_count())?;
    let record = DirectoryUserRecord {
        id: ask.service.uuid(),
        user_name: name.to_owned(),
        is_enabled: true,
        attributes: attributes.text(),
        stamps: naming::stamps(ask),
        email: attributes.email().map(str::to_owned),
        revision: 1,
        external_ids: Vec::new(),
    };
    draft.put_directory_user(&record);
    Ok(shown::user_ids(store, &record))
}
