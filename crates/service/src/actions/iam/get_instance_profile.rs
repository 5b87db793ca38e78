//! GetInstanceProfile: an instance profile with its role and tags.

use portcullis_base::Value;

use super::{instance_profile, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::read(
    "GetInstanceProfile",
    Permission::Named("iam:GetInstanceProfile", target::need::<InstanceProfile>),
    target::concerned::<InstanceProfile>,
    |ask| {
        let profile = target::find::<InstanceProfile>(ask)?;
        Ok(Value::structure().with("InstanceProfile", instance_profile::whole(ask.snapshot, profile)))
    },
);
