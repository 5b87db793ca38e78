//! UploadSSHPublicKey: keeps an SSH public key for a user, for services that ask who a key belongs to.

use portcullis_base::{UniqueId, UniqueIdKind, Value};
use portcullis_store::record::SshKeyRecord;

use super::ssh_encoding::SshPublicKey;
use super::{naming, row, ssh_key, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "UploadSSHPublicKey",
    Permission::Named("iam:UploadSSHPublicKey", target::need::<User>),
    target::concerned::<User>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let user = target::find::<User>(ask)?;
    let text = ask.text("SSHPublicKeyBody")?;
    let key = SshPublicKey::parse(text)?;
    let blob = key.blob();
    let held = || ask.snapshot.belongings.ssh_keys_of(user.record.id);
    if held().any(|held| held.blob == blob) {
        let message = format!("The SSH public key already exists for user {}.", user.record.name);
        return Err(ApiError::caller("DuplicateSSHPublicKey", 400, message));
    }
    naming::within(ask, "ssh-public-keys-per-user", "SSHPublicKeysPerUser", held().count() + 1)?;
    let record = SshKeyRecord {
        id: UniqueId::generate(UniqueIdKind::PublicKey, ask.service.world.entropy.as_ref()),
        account: user.record.account,
        user: user.record.id,
        blob,
        is_active: true,
        uploaded: ask.now,
    };
    draft.put_ssh_key(&record);
    Ok(Value::structure().with("SSHPublicKey", ssh_key::whole(user, &record, &key, text)))
}
