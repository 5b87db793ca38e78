//! DescribeHandshake: an invitation, to either side.

use portcullis_base::Value;

use super::{handshake, row};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "DescribeHandshake",
    Permission::Named("organizations:DescribeHandshake", handshake::need),
    |ask| Ok(Value::structure().with("Handshake", handshake::shown(ask, handshake::find(ask)?))),
);
