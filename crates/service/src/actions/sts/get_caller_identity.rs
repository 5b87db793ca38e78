//! GetCallerIdentity: who the credential belongs to. Needs no permission, and no policy can refuse it (STS API
//! reference, GetCallerIdentity).

use portcullis_base::Value;

use crate::action::{Access, Category, Handler, Permission, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "GetCallerIdentity",
    permission: Permission::CallerOnly("sts:GetCallerIdentity"),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Read(answer),
};

#[expect(clippy::unnecessary_wraps, reason = "the table's handlers can all refuse")]
fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    Ok(Value::structure()
        .with("UserId", ask.caller.user_id.as_str())
        .with("Account", ask.account().to_string())
        .with("Arn", ask.caller.arn.as_str()))
}
