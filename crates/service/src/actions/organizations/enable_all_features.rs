//! EnableAllFeatures: organizations here have all features from the beginning.

use super::row;
use super::scope::{self, refuse};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::change("EnableAllFeatures", row::anywhere("organizations:EnableAllFeatures"), |ask, _| {
        scope::organization(ask)?;
        Err(refuse("HandshakeConstraintViolationException", "The organization already has all features.")
            .with("Reason", "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"))
    });
