//! ListOpenIDConnectProviders: their ARNs, all at once.

use portcullis_base::Value;

use super::row;
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row = row::read(
    "ListOpenIDConnectProviders",
    row::anywhere("iam:ListOpenIDConnectProviders"),
    no_resources,
    |ask| {
        let providers = ask.snapshot.oidc_providers.list(ask.account(), None);
        let shown = providers.map(|provider| Value::structure().with("Arn", provider.arn.as_str()));
        Ok(Value::structure().with("OpenIDConnectProviderList", shown.collect::<Value>()))
    },
);
