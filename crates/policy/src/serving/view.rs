//! The condition keys of a request as the serving engine reads them: borrowed, typed, and found by number.
//!
//! Nothing is copied, formatted or folded when a request is described; an instant stays an instant, and only the key
//! that a condition asks for is looked at.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use arrayvec::{ArrayString, ArrayVec};
use portcullis_base::{AccountId, Tag, Timestamp};

use super::key::{KNOWN, Key, Known, TagFamily, folds_to, tag_key};
use crate::context::{Context, ContextValue};

/// The value or values of one condition key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// An instant; as text, ISO 8601 with milliseconds.
    Moment(Timestamp),
    /// An instant; as text, its whole seconds since 1970.
    Epoch(Timestamp),
    /// An account.
    Account(AccountId),
    /// An address; as text, its usual form.
    Address(IpAddr),
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Count(u64),
    /// The values of a multivalued key; only the set operators reach them.
    Many(&'a [String]),
}

/// Room for the text of a typed value, the longest of which is an IPv6 address.
pub(super) struct Line(ArrayString<64>);

impl Line {
    pub(super) fn new() -> Self {
        Self(ArrayString::new())
    }

    fn write(&mut self, arguments: fmt::Arguments<'_>) -> &str {
        // Writing what fits cannot fail.
        let _ = self.0.write_fmt(arguments);
        &self.0
    }
}

impl<'a> Value<'a> {
    /// The text of a single value; `None` for many.
    pub(super) fn text<'l>(&self, line: &'l mut Line) -> Option<&'l str>
    where
        'a: 'l,
    {
        Some(match self {
            Self::Text(text) => text,
            Self::Moment(at) => line.write(format_args!("{at}")),
            Self::Epoch(at) => line.write(format_args!("{}", at.seconds())),
            Self::Account(account) => line.write(format_args!("{account}")),
            Self::Address(address) => line.write(format_args!("{address}")),
            Self::Flag(true) => "true",
            Self::Flag(false) => "false",
            Self::Count(number) => line.write(format_args!("{number}")),
            Self::Many(_) => return None,
        })
    }
}

/// The tags of one family: a key of the first list hides the same key of the second.
type TagLists<'a> = [&'a [Tag]; 2];

/// The condition keys of one request.
///
/// ```
/// use portcullis_policy::serving::{Known, Value, View};
/// let mut view = View::new();
/// view.set(Known::USERNAME, Value::Text("alice"));
/// view.set_named("s3:Prefix", Value::Text("home/"));
/// assert_eq!(view.lookup("AWS:UserName"), Some(Value::Text("alice")));
/// assert_eq!(view.lookup("aws:SourceIdentity"), None);
/// ```
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// One more than the place in `values`; zero for an absent key.
    places: [u8; KNOWN.len()],
    values: ArrayVec<Value<'a>, { KNOWN.len() }>,
    tags: [TagLists<'a>; TagFamily::COUNT],
    others: ArrayVec<(&'a str, Value<'a>), OTHERS>,
    /// Those for which there was no more room.
    more: Vec<(&'a str, Value<'a>)>,
}

/// As many keys beside the well-known ones cost no allocation.
const OTHERS: usize = 6;

impl Default for View<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> View<'a> {
    /// No key at all.
    pub fn new() -> Self {
        Self {
            places: [0; KNOWN.len()],
            values: ArrayVec::new(),
            tags: [[&[]; 2]; TagFamily::COUNT],
            others: ArrayVec::new(),
            more: Vec::new(),
        }
    }

    /// The same keys, borrowed from a context.
    pub fn of(context: &'a Context) -> Self {
        let mut view = Self::new();
        for (name, value) in context.iter() {
            let value = match value {
                ContextValue::One(text) => Value::Text(text),
                ContextValue::Many(values) => Value::Many(values),
            };
            view.set_named(name, value);
        }
        view
    }

    /// Sets a well-known key; an earlier value is replaced.
    #[inline]
    pub fn set(&mut self, key: Known, value: Value<'a>) {
        let Some(place) = self.places.get_mut(key.place()) else { return };
        if *place != 0 {
            if let Some(held) = self.values.get_mut(usize::from(*place) - 1) {
                *held = value;
            }
            return;
        }
        // INVARIANT: one value for each place at most, so that there is room and their number fits.
        if self.values.try_push(value).is_ok() {
            *place = u8::try_from(self.values.len()).unwrap_or(0);
        }
    }

    /// Sets a key by its name, in any case; an earlier value is replaced.
    pub fn set_named(&mut self, name: &'a str, value: Value<'a>) {
        match Known::find(name) {
            Some(known) => self.set(known, value),
            // The last one of a name is the one that is found.
            None => {
                if let Err(full) = self.others.try_push((name, value)) {
                    self.more.push(full.element());
                }
            }
        }
    }

    /// Sets the tags of a family. A key of `first` hides the same key of `second`, whatever its case; a tag set by
    /// [`View::set_named`] hides both.
    pub fn set_tags(&mut self, family: TagFamily, first: &'a [Tag], second: &'a [Tag]) {
        if let Some(lists) = self.tags.get_mut(family.place()) {
            *lists = [first, second];
        }
    }

    /// The value of a key by its name, in any case.
    pub fn lookup(&self, name: &str) -> Option<Value<'a>> {
        self.value(&Key::new(&name.to_lowercase()))
    }

    /// The same keys as a context of its own, for the obvious engine and for whoever shows them.
    pub fn to_context(&self) -> Context {
        let mut context = Context::new();
        for (family, prefix) in [(0, "aws:PrincipalTag/"), (1, "aws:RequestTag/"), (2, "aws:ResourceTag/")] {
            let lists = self.tags.get(family).into_iter().flatten().rev();
            for tag in lists.flat_map(|list| list.iter()) {
                context.set_one(&format!("{prefix}{}", tag.key), tag.value.clone());
            }
        }
        for (name, place) in KNOWN.iter().zip(self.places) {
            let value = usize::from(place).checked_sub(1).and_then(|at| self.values.get(at));
            if let Some(value) = value {
                put(&mut context, name, *value);
            }
        }
        for (name, value) in self.others.iter().chain(&self.more) {
            put(&mut context, name, *value);
        }
        context
    }

    pub(super) fn value(&self, key: &Key) -> Option<Value<'a>> {
        match key {
            Key::Known(known) => {
                let place = usize::from(*self.places.get(known.place())?).checked_sub(1)?;
                self.values.get(place).copied()
            }
            Key::Tag(family, name) => self.other(name).or_else(|| {
                let lists = self.tags.get(family.place())?;
                let mut tags = lists.iter().flat_map(|list| list.iter());
                let wanted = tag_key(name);
                tags.find(|tag| folds_to(&tag.key, wanted)).map(|tag| Value::Text(&tag.value))
            }),
            Key::Other(name) => self.other(name),
        }
    }

    /// The text of a single-valued key by its name in lower case.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.value(&Key::new(name))?.text(&mut Line::new()).map(str::to_owned)
    }

    fn other(&self, folded: &str) -> Option<Value<'a>> {
        let mut latest_first = self.more.iter().rev().chain(self.others.iter().rev());
        latest_first.find(|(name, _)| folds_to(name, folded)).map(|(_, value)| *value)
    }
}

fn put(context: &mut Context, name: &str, value: Value<'_>) {
    match value {
        Value::Many(values) => context.set_many(name, values.to_vec()),
        single => context.set_one(name, single.text(&mut Line::new()).unwrap_or_default()),
    }
}
