//! UpdateLoginProfile: an administrator sets another password for a user, or says whether the user must.

use portcullis_base::Value;

use super::{login_profile, row, target};
use crate::action::{Ask, Output, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::slow_change(
    "UpdateLoginProfile",
    Permission::Named("iam:UpdateLoginProfile", target::need::<User>),
    target::concerned::<User>,
    run,
);

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let ask = flow.ask();
        let user = target::find::<User>(&ask)?;
        login_profile::find(&ask, user)?;
        let id = user.record.id;
        if ask.input.text("Password").is_none() {
            return flow.change(switch).await.map(Output::from);
        }
        let password = login_profile::given(&ask, "Password")?;
        let prepared = login_profile::prepare(flow, id, password).await?;
        let done = flow.change(|ask, draft| {
            let user = target::find::<User>(ask)?;
            let held = login_profile::find(ask, user)?;
            let reset_required = ask.input.bool("PasswordResetRequired").unwrap_or(held.reset_required);
            draft.put_login_profile(&prepared.record(ask, user, reset_required)?);
            Ok(Value::structure())
        });
        let done = done.await?;
        flow.service.passwords.forget(id);
        Ok(done.into())
    })
}

/// The same without another password.
fn switch(ask: &Ask<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let held = login_profile::find(ask, target::find::<User>(ask)?)?;
    if let Some(reset_required) = ask.input.bool("PasswordResetRequired") {
        let mut record = held.as_ref().clone();
        record.reset_required = reset_required;
        draft.put_login_profile(&record);
    }
    Ok(Value::structure())
}
