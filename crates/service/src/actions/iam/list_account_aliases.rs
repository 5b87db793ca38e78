//! ListAccountAliases: the account's other name, if it has one.

use portcullis_base::Value;

use super::paging::Page;
use super::row;
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row =
    row::read("ListAccountAliases", row::anywhere("iam:ListAccountAliases"), no_resources, |ask| {
        let settings = ask.snapshot.belongings.settings_of(ask.account());
        let alias = settings.and_then(|settings| settings.alias.as_deref());
        let page = Page::of(ask, "account aliases")?;
        Ok(page.answer("AccountAliases", alias, |alias| (*alias).to_owned(), |alias| Value::from(*alias)))
    });
