//! About whom it is asked: a key, a session, a user or a role, as far as whoever asks may know of them.

use std::sync::Arc;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, AccountId};
use portcullis_policy::Principal;

use crate::caller::{Caller, Holder};
use crate::credential::Opened;
use crate::error::{ApiError, Family};
use crate::flow::Flow;
use crate::preview::of_key;
use crate::sessions::{Filter, Which};

/// The name of a session that a role does not have yet.
const NEW_SESSION: &str = "new-session";

/// The caller that a key id, the ARN of a session, of a user or of a role stands for: of a user by a key of its own,
/// of a role by a new session.
///
/// # Errors
/// `ResourceNotFoundException`, also for what lies in another account; 503 when the store fails.
pub async fn caller(flow: &Flow, text: &str, limit: Option<AccountId>) -> Result<Caller, ApiError> {
    let absent = || ApiError::caller("ResourceNotFoundException", 400, format!("{text} was not found."));
    let snapshot = &flow.snapshot;
    let key = match text.parse::<AccessKeyId>() {
        Ok(key) => Some(key),
        Err(_) if text.starts_with("arn:aws:sts:") => Some(newest(flow, text, limit).ok_or_else(absent)?),
        Err(_) => None,
    };
    if let Some(key) = key {
        let is_live = key.kind() != AccessKeyKind::Temporary
            || flow.service.sessions.get(&key, flow.now).is_some_and(|live| is_seen(live.account, limit));
        let opened = of_key(&flow.service, snapshot, &key).await?.filter(|_| is_live).ok_or_else(absent)?;
        let is_mine = |opened: &Opened| match opened {
            Opened::LongTerm(held) => is_seen(held.account, limit),
            Opened::Session(_) => true,
        };
        let opened = Some(opened).filter(is_mine).ok_or_else(absent)?;
        return Caller::of(&opened, snapshot, flow.now, Family::Query).map_err(|_| absent());
    }
    let user = snapshot.user_by_arn(text).filter(|user| is_seen(user.record.account, limit));
    if let Some(user) = user {
        let (account, id, arn) = (user.record.account, user.record.id, user.arn.to_string());
        return Ok(Caller {
            principal: Principal::User { account, id, arn: arn.clone(), session: None },
            account: Some(account),
            arn,
            user_id: id.to_string(),
            holder: Holder::User(Arc::clone(user)),
            ..Caller::anonymous()
        });
    }
    let role = snapshot.role_by_arn(text).filter(|role| is_seen(role.record.account, limit));
    let role = role.ok_or_else(absent)?;
    Ok(Caller::in_role(role, NEW_SESSION))
}

fn is_seen(account: AccountId, limit: Option<AccountId>) -> bool {
    limit.is_none_or(|own| own == account)
}

/// The newest live session that acts under an ARN.
fn newest(flow: &Flow, arn: &str, limit: Option<AccountId>) -> Option<AccessKeyId> {
    let which = vec![vec![Which::Arn(arn.to_owned())]];
    let filter = Filter { any_of: which, account: limit, ..Filter::default() };
    let listed = flow.service.sessions.list(&filter, None, 1, flow.now);
    listed.sessions.first().map(|live| live.access_key_id.clone())
}
