//! ListTagsForResource: the tags that the organization gave to one of its parts.

use super::scope::{self, refuse};
use super::{row, tagging};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListTagsForResource",
    Permission::Named("organizations:ListTagsForResource", |ask, action| {
        scope::one(ask, action, "ResourceId")
    }),
    |ask| {
        scope::organization(ask)?;
        let id = ask.text("ResourceId")?;
        let tags = scope::tags_of(ask, id).ok_or_else(|| {
            refuse("TargetNotFoundException", format!("There is no {id} in your organization."))
        })?;
        let mut shown = tagging::shown(&tags);
        shown.sort_by(|one, other| one.text("Key").cmp(&other.text("Key")));
        let key = |tag: &portcullis_base::Value| tag.text("Key").unwrap_or_default().to_owned();
        Ok(Page::next(ask, "tags-for-resource")?.answer("Tags", shown, key, Clone::clone))
    },
);
