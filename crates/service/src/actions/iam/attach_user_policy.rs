//! AttachUserPolicy: a managed policy counts for a user from now on.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "AttachUserPolicy",
    Permission::Named("iam:AttachUserPolicy", attachment::need::<User>),
    attachment::concerned::<User>,
    attachment::attach::<User>,
);
