//! ProvisionPermissionSet: the roles made of a permission set follow its changes, in one account or in all.

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_store::record::{SsoRequestKind, SsoRequestRecord};

use super::{request, row, scope};
use crate::action::Row;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::identity_center::{provision, reach};

/// The action.
pub const ROW: Row = row::change(
    "ProvisionPermissionSet",
    row::on!("ProvisionPermissionSet", scope::On::Instance, scope::On::Account("TargetId"), scope::On::Set),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let set = scope::set_to_change(ask)?;
    let center = &ask.snapshot.identity_center;
    let (one, accounts): (Option<AccountId>, Vec<AccountId>) = match ask.text("TargetType")? {
        "ALL_PROVISIONED_ACCOUNTS" if ask.input.text("TargetId").is_some() => {
            return Err(scope::invalid("TargetId goes with the target type AWS_ACCOUNT alone."));
        }
        "ALL_PROVISIONED_ACCOUNTS" => {
            let all = center.all_provisioned().filter(|held| held.set == set.id).map(|held| held.account);
            (None, all.filter(|account| reach::reaches(ask.snapshot, *account)).collect())
        }
        _ => {
            let account = scope::account_to_open(ask, "TargetId")?;
            if center.provisioned(account, &set.id).is_none() {
                let message = format!("The permission set is not provisioned in account {account}.");
                return Err(scope::absent(message));
            }
            (Some(account), vec![account])
        }
    };
    // Where one account lacks what it takes, the others follow all the same.
    let failures: Vec<String> = accounts
        .into_iter()
        .filter_map(|account| provision::provision(ask, set, account, draft).err())
        .collect();
    let record = SsoRequestRecord {
        id: String::new(),
        kind: SsoRequestKind::Provisioning,
        account: one,
        set: set.id.clone(),
        assignee: None,
        failure: (!failures.is_empty()).then(|| failures.join(" ")),
        at: Timestamp::EPOCH,
    };
    let record = request::remember(ask, draft, record);
    Ok(Value::structure().with("PermissionSetProvisioningStatus", request::begun(ask, &record)?))
}
