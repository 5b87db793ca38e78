//! TagSAMLProvider: sets tags of a SAML provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::change(
    "TagSAMLProvider",
    Permission::Named("iam:TagSAMLProvider", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    tagging::tag::<SamlProvider>,
);
