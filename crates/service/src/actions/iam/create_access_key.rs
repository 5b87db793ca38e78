//! CreateAccessKey: a long-term key for a user, or for root. Its secret is in this answer and nowhere else.

use std::sync::Arc;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, Value};
use portcullis_store::{Guard, Key};

use super::owner::{self, Owner};
use super::{access_key, naming, row};
use crate::action::{Ask, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::issue::secret_access_key;
use crate::snapshot::AccessKey;

/// How often an id is drawn before something must be wrong with the chance.
const DRAWS_MAX: usize = 8;

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
        id: fresh(ask)?,
        account: ask.account(),
        owner: owner.as_record(),
        secret: secret_access_key(entropy),
        is_active: true,
        created: ask.now,
    };
    draft.guard(Guard::Absent(Key::access_key(&key.id)));
    access_key::draft(ask, &key, draft);
    let shown = access_key::shown(&key, &owner).with("SecretAccessKey", key.secret.expose_text());
    Ok(Value::structure().with("AccessKey", shown))
}

/// An id that no key here has. Beside the account's number it holds forty bits of chance, which are few enough to fall
/// twice on the same; the second key would take the place of the first, and its owner's.
fn fresh(ask: &Ask<'_>) -> Result<AccessKeyId, ApiError> {
    let entropy = ask.service.world.entropy.as_ref();
    let mut drawn =
        (0..DRAWS_MAX).map(|_| AccessKeyId::generate(AccessKeyKind::LongTerm, ask.account(), entropy));
    let free = drawn.find(|id| ask.snapshot.access_key(id).is_none());
    free.ok_or_else(|| ApiError::internal("every id drawn for an access key is taken"))
}
