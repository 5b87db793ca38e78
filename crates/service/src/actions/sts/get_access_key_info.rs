//! GetAccessKeyInfo: which account an access key belongs to (STS API reference, GetAccessKeyInfo).
//!
//! The account stands in the id itself, so every id that carries one is answered, whether or not there is such a key
//! and whosever account it is. The operator's own root key may have an id of another make; it is answered too.

use portcullis_base::{AccessKeyId, Value};

use crate::action::{Access, Category, Handler, Need, Permission, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "GetAccessKeyInfo",
    permission: Permission::Named("sts:GetAccessKeyInfo", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Read(answer),
};

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let text = ask.text("AccessKeyId")?;
    let invalid = || ApiError::validation(format!("The access key ID {text} is not valid"));
    let id: AccessKeyId = text.parse().map_err(|_| invalid())?;
    let held = ask.snapshot.access_key(&id).map(|key| key.account);
    let carried = || id.account().filter(|_| text.starts_with("AKIA") || text.starts_with("ASIA"));
    let account = held.or_else(carried).ok_or_else(invalid)?;
    Ok(Value::structure().with("Account", account.to_string()))
}
