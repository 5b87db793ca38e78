//! GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, group or role ask for.

use super::get_context_keys_for_custom_policy::shown;
use super::identity::{self, Identity};
use super::row;
use super::simulation::{Exclusions, Policies};
use crate::action::{Permission, Row};

const SOURCE: &str = "PolicySourceArn";

/// The action.
pub const ROW: Row = row::read(
    "GetContextKeysForPrincipalPolicy",
    Permission::Named("iam:GetContextKeysForPrincipalPolicy", |ask, action| {
        identity::need(ask, action, SOURCE)
    }),
    |ask| identity::concerned(ask, SOURCE),
    |ask| {
        let source = Identity::of(ask, SOURCE)?;
        Ok(shown(&Policies::of_identity(ask, source, &Exclusions::of(ask.input)?)?))
    },
);
