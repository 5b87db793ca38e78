//! EnablePolicyType: policies of a type can be attached from now on.

use super::{row, scope, switching};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "EnablePolicyType",
    Permission::Named("organizations:EnablePolicyType", |ask, action| scope::one(ask, action, "RootId")),
    |ask, draft| switching::enable(ask, draft),
);
