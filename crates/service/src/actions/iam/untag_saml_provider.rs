//! UntagSAMLProvider: removes tags of a SAML provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::change(
    "UntagSAMLProvider",
    Permission::Named("iam:UntagSAMLProvider", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    tagging::untag::<SamlProvider>,
);
