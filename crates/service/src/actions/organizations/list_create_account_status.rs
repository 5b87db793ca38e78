//! ListCreateAccountStatus: what came of all requests to make accounts, or of those in some states.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row =
    row::read("ListCreateAccountStatus", row::anywhere("organizations:ListCreateAccountStatus"), |ask| {
        scope::organization(ask)?;
        let states: Vec<&str> = ask.input.list("States").iter().filter_map(Value::as_text).collect();
        let page = Page::next(ask, "create-account")?;
        let is_asked =
            |state: Option<&str>| states.is_empty() || state.is_some_and(|held| states.contains(&held));
        let requests = ask.snapshot.accounts.requests();
        Ok(page.answer(
            "CreateAccountStatuses",
            requests.filter(|request| is_asked(shown::request(request).text("State"))),
            |request| request.id.clone(),
            |request| shown::request(request),
        ))
    });
