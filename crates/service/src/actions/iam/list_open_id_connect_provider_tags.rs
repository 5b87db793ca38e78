//! ListOpenIDConnectProviderTags: the tags of an OpenID Connect provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::read(
    "ListOpenIDConnectProviderTags",
    Permission::Named("iam:ListOpenIDConnectProviderTags", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    tagging::list::<OidcProvider>,
);
