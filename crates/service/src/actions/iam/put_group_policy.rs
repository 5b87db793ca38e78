//! PutGroupPolicy: writes a policy into a group, over the one of the same name.

use super::{inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::Group;

/// The action.
pub const ROW: Row = row::change(
    "PutGroupPolicy",
    Permission::Named("iam:PutGroupPolicy", target::need::<Group>),
    target::concerned::<Group>,
    inline::put::<Group>,
);
