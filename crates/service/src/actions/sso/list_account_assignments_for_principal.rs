//! ListAccountAssignmentsForPrincipal: all that a user or group has; of a user also what its groups have, which the
//! principal of each says.

use portcullis_store::record::Assignee;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountAssignmentsForPrincipal",
    row::on!("ListAccountAssignmentsForPrincipal", scope::On::Instance),
    |ask| {
        let (instance, principal) = (scope::instance(ask)?, scope::assignee(ask)?);
        let directory = &ask.snapshot.directory;
        let groups: Vec<Assignee> = match &principal {
            Assignee::User(id) if directory.user(id).is_some() => {
                directory.groups_of(id).map(|held| Assignee::Group(held.group.clone())).collect()
            }
            Assignee::Group(id) if directory.group(id).is_some() => Vec::new(),
            _ => {
                let (kind, id) = scope::words(&principal);
                return Err(scope::absent(format!("{kind} with id {id} was not found.")));
            }
        };
        let wanted = ask.input.member("Filter").and_then(|filter| filter.text("AccountId"));
        let whose: Vec<Assignee> = std::iter::once(principal).chain(groups).collect();
        let center = &ask.snapshot.identity_center;
        let mut all: Vec<_> = whose.iter().flat_map(|whose| center.assignments_to(whose)).collect();
        all.retain(|held| wanted.is_none_or(|wanted| held.account.to_string() == wanted));
        all.sort_by_key(|held| shown::assignment_key(held));
        let page = Page::center(ask, "assignments-for")?;
        Ok(page.answer(
            "AccountAssignments",
            all,
            |held| shown::assignment_key(held),
            |held| shown::assignment(instance, held),
        ))
    },
);
