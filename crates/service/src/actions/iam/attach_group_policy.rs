//! AttachGroupPolicy: a managed policy counts for a group from now on.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "AttachGroupPolicy",
    Permission::Named("iam:AttachGroupPolicy", attachment::need::<Group>),
    attachment::concerned::<Group>,
    attachment::attach::<Group>,
);
