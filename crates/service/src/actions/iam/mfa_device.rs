//! Virtual MFA devices: named by their serial number, which is an ARN, and each of one user or of root.
//!
//! EnableMFADevice must name a user. The root user, which has no name, calls itself `root` there, unless a user has that
//! name.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Tags, Value};
use portcullis_policy::Principal;
use portcullis_store::record::MfaDeviceRecord;

use super::owner::{self, Owner};
use super::target::{self, Target, stored};
use crate::action::{Ask, Need};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Prospect;
use crate::mfa::{Codes, Proof, Unproved, prove};
use crate::port::BoxFuture;
use crate::snapshot::{MfaDevice, Snapshot, Table, User};

impl Target for MfaDevice {
    stored!(MfaDeviceRecord, mfa_devices, put_mfa_device);
    const WORD: &'static str = "mfa";
    const TITLE: &'static str = "MFADevice";
    const MEMBER: &'static str = "SerialNumber";
    const KIND: &'static str = "AWS::IAM::VirtualMFADevice";
    // IAM quotas: as many as users.
    const QUOTA: (&'static str, &'static str) = ("users", "VirtualMFADevicesPerAccount");
    const HAS_IAM_TAGS: bool = false;

    fn path(&self) -> &str {
        &self.record.path
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.record.tags)
    }

    fn lookup<'a>(snapshot: &'a Snapshot, account: AccountId, text: &str) -> Option<&'a Arc<Self>> {
        snapshot.mfa_device(text).filter(|device| device.record.account == account)
    }

    fn imagined(account: AccountId, text: &str) -> Result<(String, AccountId), ApiError> {
        // Serial numbers of hardware devices are no ARNs.
        let owner = text.parse::<Arn>().ok().and_then(|arn| arn.account_id()).unwrap_or(account);
        Ok((text.to_owned(), owner))
    }

    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("VirtualMFADevice with serial number {text} doesn't exist."))
    }

    fn taken(_: &str) -> ApiError {
        ApiError::already_exists("MFADevice entity at the same path and name already exists.")
    }
}

/// Whether the input's user is the root user, which is calling.
fn means_root(ask: &Ask<'_>) -> bool {
    ask.input.text("UserName") == Some("root")
        && matches!(ask.caller.principal, Principal::Root { .. })
        && ask.snapshot.users.named(ask.account(), "root").is_none()
}

/// Whose devices the request is about.
///
/// # Errors
/// Those of [`Owner::of`].
pub fn owner<'a>(ask: &Ask<'a>) -> Result<Owner<'a>, ApiError> {
    if means_root(ask) { Ok(Owner::Root) } else { Owner::of(ask) }
}

/// The permission on the owner of devices.
///
/// # Errors
/// Those of [`owner::need`].
pub fn need(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    if means_root(ask) {
        let root = Arn::iam(ask.account(), "root").to_string();
        return Ok(Need::new(action, root, ask.account()));
    }
    owner::need(ask, action)
}

/// What the event of a request about an owner's device names.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let whose = if means_root(ask) { Vec::new() } else { owner::concerned(ask) };
    whose.into_iter().chain(target::concerned::<MfaDevice>(ask)).collect()
}

/// The owner's device that the input names.
///
/// # Errors
/// `NoSuchEntity`, also when it is another's.
pub fn find_of_owner<'a>(ask: &Ask<'a>) -> Result<(&'a Arc<MfaDevice>, Owner<'a>), ApiError> {
    let owner = owner(ask)?;
    let device = target::find::<MfaDevice>(ask)?;
    if device.owner() != Some(owner.as_record()) {
        return Err(MfaDevice::absent(ask.text(MfaDevice::MEMBER)?));
    }
    Ok((device, owner))
}

/// What finds the device of a request, or says what is wrong with it.
type Find = for<'a> fn(&Ask<'a>) -> Result<(&'a Arc<MfaDevice>, Owner<'a>), ApiError>;

/// Looks at the two codes in the input, once the device is found, and uses them up.
pub fn prepare(prospect: &mut Prospect, find: Find) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let device = Arc::clone(find(&prospect.ask())?.0);
        let code = |name| prospect.input.text(name).unwrap_or_default();
        let codes = Codes::Two(code("AuthenticationCode1"), code("AuthenticationCode2"));
        let proof = prove(&prospect.service, &device, codes).await.map_err(|error| match error {
            Unproved::Refused => invalid_code(),
            Unproved::Failed(error) => error,
        })?;
        prospect.loaded.proof = Some(proof);
        Ok(())
    })
}

fn invalid_code() -> ApiError {
    ApiError::caller("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
}

/// What the codes have proved of this device.
///
/// # Errors
/// `InvalidAuthenticationCode` when they were of another, or it has changed hands meanwhile.
pub fn proof<'a>(ask: &Ask<'a>, device: &MfaDevice) -> Result<&'a Proof, ApiError> {
    ask.loaded.proof.as_ref().filter(|proof| proof.is_of(device)).ok_or_else(invalid_code)
}

/// A device in a list of its owner's.
pub fn shown(device: &MfaDevice, user: Option<&User>) -> Value {
    Value::structure()
        .with_some("UserName", user.map(|user| user.record.name.as_str()))
        .with("SerialNumber", device.arn.as_str())
        .with_some("EnableDate", device.record.assigned.map(|assigned| assigned.enabled))
}
