//! TagOpenIDConnectProvider: sets tags of an OpenID Connect provider.

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::change(
    "TagOpenIDConnectProvider",
    Permission::Named("iam:TagOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    tagging::tag::<OidcProvider>,
);
