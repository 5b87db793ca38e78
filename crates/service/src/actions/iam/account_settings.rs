//! What is set for an account as a whole: one record, written whole, so that a change of one setting keeps the rest.

use portcullis_store::record::AccountSettingsRecord;

use crate::action::Ask;

/// The settings as they are, to be changed and put back.
pub fn of(ask: &Ask<'_>) -> AccountSettingsRecord {
    let account = ask.account();
    match ask.snapshot.belongings.settings_of(account) {
        Some(held) => AccountSettingsRecord::clone(held),
        None => {
            AccountSettingsRecord { account, alias: None, password_policy: None, global_token_version: None }
        }
    }
}
