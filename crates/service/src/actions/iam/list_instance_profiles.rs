//! ListInstanceProfiles: instance profiles, by path, with their roles.

use super::{instance_profile, listing, row};
use crate::action::{Permission, Row, no_resources};
use crate::snapshot::InstanceProfile;

/// The action.
pub const ROW: Row = row::read(
    "ListInstanceProfiles",
    Permission::Named("iam:ListInstanceProfiles", |ask, action| {
        Ok(listing::need::<InstanceProfile>(ask, action))
    }),
    no_resources,
    |ask| listing::answer::<InstanceProfile>(ask, "InstanceProfiles", instance_profile::shown),
);
