//! DetachUserPolicy: a managed policy no longer counts for a user.

use super::{attachment, row};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "DetachUserPolicy",
    Permission::Named("iam:DetachUserPolicy", attachment::need::<User>),
    attachment::concerned::<User>,
    attachment::detach::<User>,
);
