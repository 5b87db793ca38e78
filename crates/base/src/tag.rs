//! Tags of entities and sessions.
//!
//! Keys are unique without regard to case and kept as given (AWS: "Rules for tagging in IAM and STS").

use thin_vec::ThinVec;

use crate::name::FoldedName;

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The key in the case in which it was given.
    pub key: String,
    /// The value, possibly empty.
    pub value: String,
}

/// A set of tags, at most one for each key whatever its case, in the order in which keys first came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(
    // INVARIANT: no two keys fold to the same name.
    ThinVec<Tag>,
);

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tags in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.0.iter()
    }

    /// The tags in order, as a slice.
    pub fn as_slice(&self) -> &[Tag] {
        &self.0
    }

    /// How many tags there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key, whatever its case.
    pub fn value(&self, key: &str) -> Option<&str> {
        let folded = FoldedName::new(key);
        self.0.iter().find(|tag| FoldedName::new(&tag.key) == folded).map(|tag| tag.value.as_str())
    }

    /// Sets a tag; one with the same key, whatever its case, is replaced and takes the new spelling.
    pub fn set(&mut self, tag: Tag) {
        let folded = FoldedName::new(&tag.key);
        match self.0.iter_mut().find(|held| FoldedName::new(&held.key) == folded) {
            Some(held) => *held = tag,
            None => self.0.push(tag),
        }
    }

    /// Removes a key, whatever its case; nothing happens if it is not there.
    pub fn remove(&mut self, key: &str) {
        let folded = FoldedName::new(key);
        self.0.retain(|tag| FoldedName::new(&tag.key) != folded);
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Tag> for Tags {
    /// Later tags replace earlier ones of the same key.
    fn from_iter<T: IntoIterator<Item = Tag>>(tags: T) -> Self {
        let mut set = Self::new();
        for tag in tags {
            set.set(tag);
        }
        set
    }
}
