//! Invitations: a standalone account is asked into the organization, and answers.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::{AccountRecord, HandshakeRecord};

use super::scope::{self, refuse};
use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;

/// How long an invitation stands (Organizations User Guide, "Quotas": 15 days).
pub const LIFE_S: u64 = 15 * 24 * 3600;

/// AWS's word for where an invitation stands now.
pub fn state<'a>(ask: &Ask<'_>, record: &'a HandshakeRecord) -> &'a str {
    if record.state == "OPEN" && ask.now >= record.expires { "EXPIRED" } else { &record.state }
}

/// The accounts that count against their quota: those that are in, and those that are invited (Organizations User
/// Guide, "Quotas").
pub fn counted_accounts(ask: &Ask<'_>) -> usize {
    let accounts = &ask.snapshot.accounts;
    accounts.members().count() + accounts.handshakes().filter(|held| state(ask, held) == "OPEN").count()
}

/// An invitation as answers have it.
pub fn shown(ask: &Ask<'_>, record: &HandshakeRecord) -> Value {
    let resource = |kind: &str, value: String| Value::structure().with("Type", kind).with("Value", value);
    let party = |kind: &str, id: String| Value::structure().with("Id", id).with("Type", kind);
    let organization = ask.snapshot.accounts.organization();
    let id = organization.map(|held| held.id.clone()).unwrap_or_default();
    let management = organization.and_then(|held| ask.snapshot.accounts.get(held.management));
    let told =
        |of: fn(&AccountRecord) -> &String| management.map(|account| of(account).clone()).unwrap_or_default();
    let own = vec![
        resource("MASTER_EMAIL", told(|account| &account.email)),
        resource("MASTER_NAME", told(|account| &account.name)),
        resource("ORGANIZATION_FEATURE_SET", "ALL".to_owned()),
    ];
    let of_organization =
        resource("ORGANIZATION", id.clone()).with("Resources", own.into_iter().collect::<Value>());
    let (kind, target) = &record.target;
    let notes = record.notes.clone().map(|notes| resource("NOTES", notes));
    let resources: Value =
        [of_organization, resource(kind, target.clone())].into_iter().chain(notes).collect();
    let bare_id = id.trim_start_matches("o-").to_owned();
    Value::structure()
        .with("Id", record.id.as_str())
        .with("Arn", scope::arn_of(ask, &record.id))
        .with(
            "Parties",
            [party("ORGANIZATION", bare_id), party(kind, target.clone())].into_iter().collect::<Value>(),
        )
        .with("State", state(ask, record))
        .with("RequestedTimestamp", record.requested)
        .with("ExpirationTimestamp", record.expires)
        .with("Action", "INVITE")
        .with("Resources", resources)
}

/// The invitation that the input names, if it is this account's business: who invited, and who is invited.
///
/// # Errors
/// `HandshakeNotFoundException`.
pub fn find<'a>(ask: &Ask<'a>) -> Result<&'a Arc<HandshakeRecord>, ApiError> {
    let id = ask.text("HandshakeId")?;
    let accounts = &ask.snapshot.accounts;
    let is_inviter = accounts.organization().is_some_and(|held| held.management == ask.account());
    accounts
        .handshake(id)
        .filter(|record| is_inviter || record.account == ask.account())
        .ok_or_else(|| refuse("HandshakeNotFoundException", format!("There is no handshake {id}.")))
}

/// The permission of the caller's own account on the invitation.
///
/// # Errors
/// When the input names none.
pub fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let id = ask.text("HandshakeId")?;
    Ok(Need::new(action, scope::arn_of(ask, id), ask.account()))
}

/// Drafts an open invitation in its last state.
///
/// # Errors
/// `HandshakeAlreadyInStateException`, `InvalidHandshakeTransitionException`.
pub fn end(
    ask: &Ask<'_>,
    record: &HandshakeRecord,
    to: &'static str,
    draft: &mut Draft,
) -> Result<Value, ApiError> {
    match state(ask, record) {
        "OPEN" => {}
        held if held == to => {
            return Err(refuse(
                "HandshakeAlreadyInStateException",
                format!("The handshake is already {held}."),
            ));
        }
        held => {
            return Err(refuse(
                "InvalidHandshakeTransitionException",
                format!("The handshake is {held} and cannot become {to}."),
            ));
        }
    }
    let record = HandshakeRecord { state: to.to_owned(), ..record.clone() };
    draft.put_handshake(&record);
    Ok(Value::structure().with("Handshake", shown(ask, &record)))
}

/// Whether a filter in the input lets the invitation through.
pub fn is_asked(ask: &Ask<'_>) -> bool {
    let kind = ask.input.member("Filter").and_then(|filter| filter.text("ActionType"));
    kind.is_none_or(|kind| kind == "INVITE")
}
