//! IsMemberInGroups: of each group, whether a user is in it.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "IsMemberInGroups",
    row::on!(
        "IsMemberInGroups",
        scope::On::Every(scope::Kind::Membership),
        scope::On::Groups,
        scope::On::Store,
        scope::On::Member
    ),
    |ask| {
        let user = scope::user(ask, scope::member(ask)?)?;
        let directory = &ask.snapshot.directory;
        let mut results = Vec::new();
        for text in ask.input.list("GroupIds").iter().filter_map(Value::as_text) {
            let id = scope::Kind::Group.id(text);
            let group = directory.group(id).ok_or_else(|| scope::absent("GROUP", id))?;
            let is_in = directory.membership_of(&group.id, &user.id).is_some();
            results.push(
                Value::structure()
                    .with("GroupId", group.id.as_str())
                    .with("MemberId", Value::structure().with("UserId", user.id.as_str()))
                    .with("MembershipExists", is_in),
            );
        }
        Ok(Value::structure().with("Results", Value::List(results)))
    },
);
