//! SetPersonPassword: an administrator sets a person's password, which is good for one sign-in: another must be chosen
//! then. The person is signed out of the portal everywhere.

use std::sync::Arc;

use portcullis_base::Secret;
use portcullis_store::Key;
use portcullis_store::record::SignInRecord;

use super::{row, shown, user};
use crate::action::{Access, Handler, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::mfa;
use crate::port::BoxFuture;
use crate::sign_in::password;

/// The action.
pub const ROW: Row = row(
    "SetPersonPassword",
    "portcullis:SetPersonPassword",
    Access::Write,
    &["Password"],
    Handler::Flow(run),
);

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let service = Arc::clone(&flow.service);
        let id = user(&flow.ask())?.id.clone();
        let given = flow.input.text("Password").map(str::to_owned);
        if let Some(given) = &given {
            password::check(given)?;
        }
        let is_generated = given.is_none();
        let new: Secret = given.map_or_else(|| password::generated(&service), Secret::from);
        let removes = flow.input.bool("RemoveAuthenticator") == Some(true);
        let sealed = password::sealed(&service, &id, new.clone()).await?;
        let app = service.current()?.sign_ins.of(&id).and_then(|held| held.authenticator.clone());
        // Whoever guessed at its codes keeps nobody out either.
        let unlocked = match &app {
            Some(app) if !removes => mfa::unlocked(&service, app.id).await?,
            _ => None,
        };
        let changed = flow.change(|ask, draft| {
            let user = user(ask)?;
            password::put(ask.snapshot, draft, &user.id, sealed.clone(), true, ask.now);
            if let Some((place, text)) = &unlocked {
                draft.put(place.clone(), text.clone());
            }
            if removes {
                if let Some(app) = &app {
                    draft.delete(Key::mfa_use(app.id));
                }
                draft.put_sign_in(&SignInRecord {
                    user: user.id.clone(),
                    sealed_hash: Some(sealed.clone()),
                    is_change_due: true,
                    set: ask.now,
                    authenticator: None,
                });
            }
            Ok(shown(user))
        });
        let told = changed.await?;
        // Whoever guessed at the old one keeps nobody from the new one.
        service.sign_in.attempts.right(&id);
        // Shown once, and in no event.
        let told = if is_generated { told.with("Password", new.expose_text()) } else { told };
        Ok(told.into())
    })
}
