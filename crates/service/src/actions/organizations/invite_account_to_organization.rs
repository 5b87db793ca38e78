//! InviteAccountToOrganization: an account of this deployment that stands alone is asked in.

use std::sync::Arc;
use std::time::Duration;

use portcullis_base::Value;
use portcullis_store::Key;
use portcullis_store::record::{AccountRecord, HandshakeRecord};

use super::scope::{self, refuse};
use super::{handshake, ids, row, tagging};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// How long an invitation is kept after its end.
pub(super) const KEPT_S: u64 = 30 * 24 * 3600;
/// As many are forgotten at a time.
pub(super) const FORGOTTEN_MAX: usize = 50;
const INVITE: &str = "organizations:InviteAccountToOrganization";

/// The action.
pub const ROW: Row = row::change(
    "InviteAccountToOrganization",
    Permission::Several(&[INVITE, scope::TAG], |ask| Ok(scope::tagged(ask, scope::anywhere(ask, INVITE)))),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    scope::organization(ask)?;
    let party = ask.input.member("Target").cloned().unwrap_or_else(Value::structure);
    let (kind, id) = (party.text("Type").unwrap_or_default(), party.text("Id").unwrap_or_default());
    let account = target(ask, kind, id)?;
    let accounts = &ask.snapshot.accounts;
    let violation = |reason: &'static str, message: &str| {
        refuse("HandshakeConstraintViolationException", message).with("Reason", reason)
    };
    if account.membership.is_some() {
        return Err(violation("ALREADY_IN_AN_ORGANIZATION", "The account is already in an organization."));
    }
    let mut open = accounts.handshakes().filter(|held| handshake::state(ask, held) == "OPEN");
    if open.any(|held| held.account == account.id) {
        return Err(refuse("DuplicateHandshakeException", "The account is already invited."));
    }
    if handshake::counted_accounts(ask) >= ask.service.settings.limits.quota("accounts") {
        return Err(violation(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "The organization has as many accounts as it can.",
        ));
    }
    let record = HandshakeRecord {
        id: ids::fresh(ask, "h", 32),
        account: account.id,
        target: (kind.to_owned(), id.to_owned()),
        requested: ask.now,
        expires: ask.now.plus(Duration::from_secs(handshake::LIFE_S)),
        state: "OPEN".to_owned(),
        notes: ask.input.text("Notes").map(str::to_owned),
        tags: tagging::requested(ask)?,
    };
    // AWS keeps ended invitations for a month.
    let is_old = |held: &&Arc<HandshakeRecord>| {
        handshake::state(ask, held) != "OPEN" && ask.now.since(held.expires).as_secs() > KEPT_S
    };
    for held in accounts.handshakes().filter(is_old).take(FORGOTTEN_MAX) {
        draft.delete(Key::handshake(&held.id));
    }
    draft.put_handshake(&record);
    Ok(Value::structure().with("Handshake", handshake::shown(ask, &record)))
}

/// The account that is meant. Accounts elsewhere cannot be reached from here.
fn target<'a>(ask: &Ask<'a>, kind: &str, id: &str) -> Result<&'a AccountRecord, ApiError> {
    let mut all = ask.snapshot.accounts.all();
    let found = match kind {
        "ACCOUNT" => all.find(|account| account.id.to_string() == id),
        "EMAIL" => all.find(|account| account.email.eq_ignore_ascii_case(id)),
        _ => {
            return Err(scope::invalid(
                "INVALID_PARTY_TYPE_TARGET",
                "Only accounts can be invited: ACCOUNT or EMAIL.",
            ));
        }
    };
    found.filter(|account| !account.is_closed).map(AsRef::as_ref).ok_or_else(|| {
        scope::invalid(
            "TARGET_NOT_SUPPORTED",
            format!("There is no account {id} in this deployment to invite."),
        )
    })
}
