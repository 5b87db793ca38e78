//! ListIdentityStores: the one that there is, for an account that may administer it.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::actions::paging::Page;
use crate::actions::sso::own_instance;
use crate::identity_center::access::store_arn;

/// The action.
pub const ROW: Row = row::read("ListIdentityStores", row::on!("ListIdentityStores", scope::On::All), |ask| {
    let page = Page::center(ask, "identity-stores")?;
    Ok(page.answer(
        "IdentityStores",
        own_instance(ask),
        |held| held.store.clone(),
        |held| {
            Value::structure()
                .with("IdentityStoreId", held.store.as_str())
                .with("IdentityStoreArn", store_arn(held))
        },
    ))
});
