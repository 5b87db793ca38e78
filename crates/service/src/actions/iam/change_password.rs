//! ChangePassword: a user replaces its own password, and must know the old one. Whether the new one was used before is
//! told only to who does.

use std::sync::Arc;

use portcullis_base::Value;

use super::{login_profile, password_rules, row, target};
use crate::action::{Ask, Need, Output, Permission, Row};
use crate::error::{ApiError, Family};
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::slow_change(
    "ChangePassword",
    Permission::Named("iam:ChangePassword", |ask, action| {
        Ok(match caller(ask) {
            Ok(user) => target::need_on(action, user),
            Err(_) => Need::anywhere(action, ask.account()),
        })
    }),
    |ask| caller(ask).map(|user| ("AWS::IAM::User", user.arn.to_string())).into_iter().collect(),
    run,
);

/// The caller, who must be a user.
fn caller<'a>(ask: &Ask<'a>) -> Result<&'a User, ApiError> {
    let own = ask.caller.own_user().and_then(|user| ask.snapshot.users.get(user.record.id));
    own.map(AsRef::as_ref).ok_or_else(|| {
        ApiError::caller("InvalidUserType", 400, "Only IAM Users can change their own password")
    })
}

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let ask = flow.ask();
        let user = caller(&ask)?;
        let id = user.record.id;
        let held = Arc::clone(login_profile::find(&ask, user)?);
        let (old, new) =
            (login_profile::given(&ask, "OldPassword")?, login_profile::given(&ask, "NewPassword")?);
        password_rules::check(&ask, new.expose_text())?;
        let service = Arc::clone(&flow.service);
        service.passwords.attempt(id, ask.now).map_err(|_| {
            let message = "The old password was wrong too often. Try again after fifteen minutes.";
            ApiError::caller("EntityTemporarilyUnmodifiable", 409, message)
        })?;
        let worker = Arc::clone(&service);
        let is_right =
            service.passwords.work(move || login_profile::is_present(&worker, &held, &old)).await?;
        if !is_right {
            return Err(ApiError::access_denied(Family::Query, "The old password was incorrect."));
        }
        service.passwords.forget(id);
        let prepared = login_profile::prepare(flow, id, new).await?;
        let done = flow.change(|ask, draft| {
            let user = caller(ask)?;
            login_profile::find(ask, user)?;
            draft.put_login_profile(&prepared.record(ask, user, false)?);
            Ok(Value::structure())
        });
        done.await.map(Output::from)
    })
}
