//! DescribeIdentityStore: the identity store of the instance.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::identity_center::access::store_arn;

/// The action.
pub const ROW: Row =
    row::read("DescribeIdentityStore", row::on!("DescribeIdentityStore", scope::On::Store), |ask| {
        let store = scope::store(ask)?;
        Ok(Value::structure()
            .with("IdentityStoreId", store.store.as_str())
            .with("IdentityStoreArn", store_arn(store)))
    });
