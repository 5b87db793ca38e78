//! DescribeResourcePolicy: the organization's resource policy.

use portcullis_base::Value;

use super::scope::{self, refuse};
use super::{row, shown_delegation};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::read("DescribeResourcePolicy", row::anywhere("organizations:DescribeResourcePolicy"), |ask| {
        let organization = scope::organization(ask)?;
        let held = organization.resource_policy.as_ref().ok_or_else(|| {
            refuse("ResourcePolicyNotFoundException", "The organization has no resource policy.")
        })?;
        Ok(Value::structure().with("ResourcePolicy", shown_delegation::of(ask, organization, held)))
    });
