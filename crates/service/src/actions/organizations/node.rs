//! A change to a root, unit or account, whichever it is: what is attached to it, and its tags.

use portcullis_base::Tags;

use crate::draft::Draft;
use crate::snapshot::organization::Node;

/// Drafts the node with what the function makes of its attachments and tags.
pub fn change(draft: &mut Draft, node: &Node, change: impl FnOnce(&mut Vec<String>, &mut Tags)) {
    match node {
        Node::Root(record) => {
            let mut record = record.as_ref().clone();
            change(&mut record.attached, &mut record.tags);
            draft.put_organization(&record);
        }
        Node::Unit(record) => {
            let mut record = record.as_ref().clone();
            change(&mut record.attached, &mut record.tags);
            draft.put_unit(&record);
        }
        Node::Account(record) => {
            let mut record = record.as_ref().clone();
            if let Some(membership) = &mut record.membership {
                change(&mut membership.attached, &mut membership.tags);
            }
            draft.put_account(&record);
        }
    }
}
