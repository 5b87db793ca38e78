//! UntagOpenIDConnectProvider: removes tags of an OpenID Connect provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::change(
    "UntagOpenIDConnectProvider",
    Permission::Named("iam:UntagOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    tagging::untag::<OidcProvider>,
);
