//! CreateLoginProfile: gives a user a password.

use portcullis_base::Value;

use super::owner;
use super::{login_profile, row};
use crate::action::{Ask, Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::slow_change(
    "CreateLoginProfile",
    Permission::Named("iam:CreateLoginProfile", owner::need),
    owner::concerned,
    run,
);

/// The user, who has no password yet.
fn vacant<'a>(ask: &Ask<'a>) -> Result<&'a User, ApiError> {
    let user = login_profile::user(ask)?;
    if ask.snapshot.belongings.login_of(user.record.id).is_some() {
        let name = &user.record.name;
        return Err(ApiError::already_exists(format!("Login Profile for user {name} already exists.")));
    }
    Ok(user)
}

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let ask = flow.ask();
        let user = vacant(&ask)?.record.id;
        let password = login_profile::given(&ask, "Password")?;
        let reset_required = ask.input.bool("PasswordResetRequired").unwrap_or(false);
        let prepared = login_profile::prepare(flow, user, password).await?;
        let done = flow.change(|ask, draft| {
            let user = vacant(ask)?;
            let record = prepared.record(ask, user, reset_required)?;
            draft.put_login_profile(&record);
            let shown = login_profile::shown(&user.record.name, &record);
            Ok(Value::structure().with("LoginProfile", shown))
        });
        done.await.map(Output::from)
    })
}
