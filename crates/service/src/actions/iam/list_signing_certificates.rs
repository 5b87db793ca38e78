//! ListSigningCertificates: a user's signing certificates, of which there are none here.

use super::{nothing, owner, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "ListSigningCertificates",
    Permission::Named("iam:ListSigningCertificates", owner::need),
    owner::concerned,
    |ask| nothing::list_of_owner(ask, "Certificates"),
);
