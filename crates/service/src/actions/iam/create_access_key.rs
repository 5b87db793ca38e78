//! CreateAccessKey: a long-term key for a user, or for root. Its secret is in this answer and nowhere else.

use std::sync::Arc;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, Value};

use super::owner::{self, Owner};
use super::{access_key, naming, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::secret_access_key;
use crate::snapshot::AccessKey;

/// The action.
pub const ROW: Row = row::change(
    "CreateAccessKey",
    Permission::Named("iam:CreateAccessKey", owner::need),
    owner::concerned,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let owner = Owner::of(ask)?;
    let held: Vec<&Arc<AccessKey>> = ask.snapshot.access_keys_of(ask.account(), owner.user_id());
    naming::within(ask, "access-keys-per-user", "AccessKeysPerUser", held.len() + 1)?;
    let entropy = ask.service.world.entropy.as_ref();
    let key = AccessKey {
        id: AccessKeyId::generate(AccessKeyKind::LongTerm, ask.account(), entropy),
        account: ask.account(),
        owner: owner.as_record(),
        secret: secret_access_key(entropy),
        is_active: true,
        created: ask.now,
    };
    access_key::draft(ask, &key, draft);
    let shown = access_key::shown(&key, &owner).with("SecretAccessKey", key.secret.expose_text());
    Ok(Value::structure().with("AccessKey", shown))
}
