//! A change to a root, unit or account, whichever it is: what is attached to it, and its tags.

use portcullis_base::Tags;
use portcullis_store::{Key, codec};

use crate::draft::Draft;
use crate::snapshot::organization::Node;

/// Drafts the node with what the function makes of its attachments and tags.
pub fn change(draft: &mut Draft, node: &Node, change: impl FnOnce(&mut Vec<String>, &mut Tags)) {
    let (key, value) = changed(node, change);
    draft.put(key, value);
}

/// The node's record with what the function makes of its attachments and tags.
pub fn changed(node: &Node, change: impl FnOnce(&mut Vec<String>, &mut Tags)) -> (Key, Vec<u8>) {
    match node {
        Node::Root(record) => {
            let mut record = record.as_ref().clone();
            change(&mut record.attached, &mut record.tags);
            (Key::organization(), codec::to_bytes(&record))
        }
        Node::Unit(record) => {
            let mut record = record.as_ref().clone();
            change(&mut record.attached, &mut record.tags);
            (Key::unit(&record.id), codec::to_bytes(&record))
        }
        Node::Account(record) => {
            let mut record = record.as_ref().clone();
            if let Some(membership) = &mut record.membership {
                change(&mut membership.attached, &mut membership.tags);
            }
            (Key::account(record.id), codec::to_bytes(&record))
        }
    }
}
