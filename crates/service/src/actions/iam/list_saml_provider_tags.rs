//! ListSAMLProviderTags: the tags of a SAML provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::read(
    "ListSAMLProviderTags",
    Permission::Named("iam:ListSAMLProviderTags", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    tagging::list::<SamlProvider>,
);
