//! CreateVirtualMFADevice: a device, which is nobody's until it is enabled. Its seed is in this answer and nowhere else,
//! as text and as a picture that authenticator apps read.

use portcullis_base::{Secret, UniqueId, UniqueIdKind, Value};
use portcullis_store::Key;
use portcullis_store::record::MfaDeviceRecord;

use super::target::Target;
use super::{naming, qr_code, row, tagging};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::mfa;
use crate::snapshot::MfaDevice;

const CREATE: &str = "iam:CreateVirtualMFADevice";
const TAG: &str = "iam:TagMFADevice";
/// Bytes of a seed: sixty-four characters in base 32, as AWS's have.
const SEED_BYTES: usize = 40;
/// Longest serial number (IAM API reference, `SerialNumber`).
const SERIAL_CHARS_MAX: usize = 256;

/// The action.
pub const ROW: Row = row::change(
    "CreateVirtualMFADevice",
    Permission::Several(&[CREATE, TAG], |ask| {
        let make = naming::need_new::<MfaDevice>(ask, CREATE, "VirtualMFADeviceName")?;
        Ok(tagging::needs_new(ask, make, TAG))
    }),
    |ask| naming::concerned_new::<MfaDevice>(ask, "VirtualMFADeviceName"),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("VirtualMFADeviceName")?;
    naming::vacancy::<MfaDevice>(ask, name)?;
    let entropy = ask.service.world.entropy.as_ref();
    let mut seed = vec![0_u8; SEED_BYTES];
    entropy.fill(&mut seed);
    let seed = Secret::new(seed);
    let id = UniqueId::generate(UniqueIdKind::MfaDevice, entropy);
    let place = Key::mfa_device(ask.account(), id);
    let record = MfaDeviceRecord {
        id,
        account: ask.account(),
        name: name.to_owned(),
        path: naming::path(ask).to_owned(),
        created: ask.now,
        tags: tagging::requested::<MfaDevice>(ask)?,
        sealed_seed: ask.service.master.seal(&place.0, seed.expose_bytes()),
        assigned: None,
    };
    let device = MfaDevice::new(record, seed);
    if device.arn.chars().count() > SERIAL_CHARS_MAX {
        return Err(ApiError::invalid_input(format!(
            "The serial number of the device would have more than {SERIAL_CHARS_MAX} characters; choose a shorter name \
             or path."
        )));
    }
    MfaDevice::put(draft, &device.record);
    let text = mfa::base32(&device.seed);
    let picture = qr_code::png(&uri(ask, name, text.expose_text()))?;
    let shown = Value::structure()
        .with("SerialNumber", device.arn.as_str())
        .with("Base32StringSeed", Value::Blob(text.expose_bytes().to_vec()))
        .with("QRCodePNG", Value::Blob(picture))
        .with_some("Tags", tagging::shown_if_any(&device.record.tags));
    Ok(Value::structure().with("VirtualMFADevice", shown))
}

/// What the picture says (IAM API reference, VirtualMFADevice: `QRCodePNG`). No character of a device's name has a
/// meaning of its own there but `+`, `=`, `,` and `@`, which stand for themselves in a path (RFC 3986 section 3.3).
fn uri(ask: &Authorized<'_>, name: &str, seed: &str) -> Secret {
    format!("otpauth://totp/{name}@{}?secret={seed}", ask.account()).into()
}
