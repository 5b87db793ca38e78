//! How far the instance reaches: its own account, and the open ones of the organization.

use portcullis_base::AccountId;
use portcullis_store::Key;

use super::provision;
use crate::draft::Draft;
use crate::snapshot::Snapshot;

/// Whether people can be given access to an account. What was given in one that has left or is closed counts no more.
pub fn reaches(snapshot: &Snapshot, account: AccountId) -> bool {
    let is_own = snapshot.identity_center.instance().is_some_and(|instance| instance.account == account);
    (is_own || snapshot.accounts.organization_of(account).is_some()) && snapshot.has_account(account)
}

/// Drafts that nobody has anything in an account any more, and that its roles of permission sets are gone: it leaves
/// the organization, and nothing of Identity Center stays behind in it.
pub fn withdraw(snapshot: &Snapshot, account: AccountId, draft: &mut Draft) {
    let center = &snapshot.identity_center;
    for held in center.all_provisioned().filter(|held| held.account == account) {
        for assignment in center.assignments_of(account, &held.set) {
            draft.delete(Key::assignment(account, &held.set, &assignment.assignee));
        }
        provision::remove(snapshot, &held.set, account, draft);
    }
}
