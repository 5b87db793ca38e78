//! DetachGroupPolicy: a managed policy no longer counts for a group.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "DetachGroupPolicy",
    Permission::Named("iam:DetachGroupPolicy", attachment::need::<Group>),
    attachment::concerned::<Group>,
    attachment::detach::<Group>,
);
