//! ListPortalSessions: who is signed in to the portal, or where one person is. No secret of a session is ever shown.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::PortalSessionRecord;

use super::{row, user};
use crate::action::{Access, Handler, Row};
use crate::actions::paging::Page;
use crate::actions::sso::own_instance;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::sign_in::session;

/// The action.
pub const ROW: Row =
    row("ListPortalSessions", "portcullis:ListPortalSessions", Access::Read, &[], Handler::Read(answer));

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let (page, after) = Page::own(ask, "portal-sessions", |id| Some(id.to_owned()))?;
    let after = after.unwrap_or_default();
    let sign_ins = &ask.snapshot.sign_ins;
    let only = ask.input.text("User").map(|_| user(ask)).transpose()?;
    let is_owner = own_instance(ask).is_some_and(|instance| instance.account == ask.account());
    let all = sign_ins
        .sessions_after(&after)
        .filter(|held| is_owner && ask.now < held.expires && only.is_none_or(|only| only.id == held.user));
    let key = |held: &&Arc<PortalSessionRecord>| held.id.clone();
    Ok(page.answer("PortalSessions", all, key, |held| shown(ask, held)))
}

fn shown(ask: &Authorized<'_>, held: &PortalSessionRecord) -> Value {
    let user = ask.snapshot.directory.user(&held.user);
    Value::structure()
        .with("SessionId", held.id.as_str())
        .with("UserId", held.user.as_str())
        .with_some("UserName", user.map(|user| user.user_name.as_str()))
        .with("SignedInAt", held.created)
        .with("LastUsed", session::last_used(ask.service, held))
        .with("Expires", held.expires)
        .with("SourceIp", held.source_ip.as_str())
        .with("UserAgent", held.user_agent.as_str())
        .with("Mfa", held.has_mfa)
}
