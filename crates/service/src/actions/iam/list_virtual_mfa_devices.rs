//! ListVirtualMFADevices: the account's virtual devices, and whose they are. Without tags, as AWS's lists are.

use portcullis_base::{Arn, Value};
use portcullis_store::record::AccessKeyOwner;

use super::paging::Page;
use super::{listing, row, shown};
use crate::action::{Ask, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::MfaDevice;

/// The action.
pub const ROW: Row =
    row::read("ListVirtualMFADevices", row::anywhere("iam:ListVirtualMFADevices"), no_resources, answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let page = Page::of(ask, "virtual-mfa-devices")?;
    let is_wanted: fn(&MfaDevice) -> bool = match ask.input.text("AssignmentStatus") {
        Some("Assigned") => |device| device.owner().is_some(),
        Some("Unassigned") => |device| device.owner().is_none(),
        _ => |_| true,
    };
    let devices = ask.snapshot.mfa_devices.list(ask.account(), page.after());
    Ok(page.answer(
        "VirtualMFADevices",
        devices.filter(|device| is_wanted(device)),
        |device| listing::key(device.as_ref()),
        |device| entry(ask, device),
    ))
}

fn entry(ask: &Ask<'_>, device: &MfaDevice) -> Value {
    let owner = match device.owner() {
        None => None,
        Some(AccessKeyOwner::User(id)) => ask.snapshot.users.get(id).map(|user| shown::user(user)),
        // The root user has neither name nor path.
        Some(AccessKeyOwner::Root) => Some(
            Value::structure()
                .with("UserId", ask.account().to_string())
                .with("Arn", Arn::iam(ask.account(), "root").to_string())
                .with("CreateDate", ask.service.founded),
        ),
    };
    Value::structure()
        .with("SerialNumber", device.arn.as_str())
        .with_some("User", owner)
        .with_some("EnableDate", device.record.assigned.map(|assigned| assigned.enabled))
}
