//! Lists of names in the order of their bytes, with names that share a prefix up to a delimiter rolled up into one.
//!
//! Rolled up names are skipped over, not read: a list of a thousand folders reads about a thousand records, however
//! much lies in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_base::Value;
use portcullis_store::{Engine, Key, Range, Versioned};

use super::refusal::invalid_argument;
use crate::error::ApiError;

/// Entries of one answer (S3 API reference, ListObjectsV2).
pub(super) const ENTRIES_MAX: usize = 1000;
/// Records read at once when many of them may be skipped.
const PAGE: usize = 128;
/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/').remove(b'*');

/// What is to be listed.
pub(super) struct Wanted<'a> {
    /// Every record under this key belongs to the list.
    pub(super) base: Key,
    /// Names must begin so.
    pub(super) prefix: &'a str,
    /// Names are rolled up at the first of these behind the prefix.
    pub(super) delimiter: Option<&'a str>,
    /// Behind this key, if it lies behind the prefix's beginning.
    pub(super) from: Option<Key>,
    /// The last name that an earlier page told: if it is a rolled up one, all of it has been told.
    pub(super) told: Option<&'a str>,
    /// How many entries at most.
    pub(super) most: usize,
    /// The name in the part of a key behind the base.
    pub(super) name: fn(&str) -> &str,
}

/// An entry of a list.
pub(super) enum Entry {
    /// A record: its key behind the base, and its bytes.
    Record(String, Versioned),
    /// Names that begin with this.
    Prefix(String),
}

/// A page of a list.
pub(super) struct Listed {
    /// The entries in order.
    pub(super) entries: Vec<Entry>,
    /// Whether there are more.
    pub(super) more: bool,
}

/// The key that begins a list behind a name: names are whole keys behind the base.
pub(super) fn behind(base: &Key, name: &str) -> Key {
    let mut key = base.0.clone();
    key.extend_from_slice(name.as_bytes());
    key.push(0);
    Key(key)
}

fn under(base: &Key, prefix: &str) -> Key {
    Key([base.0.as_slice(), prefix.as_bytes()].concat())
}

/// Lists.
///
/// # Errors
/// Of the world, when the store fails.
pub(super) async fn list(engine: &dyn Engine, wanted: &Wanted<'_>) -> Result<Listed, ApiError> {
    let mut listed = Listed { entries: Vec::new(), more: false };
    if wanted.most == 0 {
        return Ok(listed);
    }
    let first = under(&wanted.base, wanted.prefix);
    let end = first.prefix_end();
    let mut start = wanted.from.clone().filter(|from| *from > first).unwrap_or(first);
    if let Some(told) = wanted.told
        && rolled_up(told, wanted).as_deref() == Some(told)
    {
        start = start.max(under(&wanted.base, told).prefix_end());
    }
    'pages: loop {
        // One more than wanted tells whether there are more.
        let left = wanted.most + 1 - listed.entries.len();
        let limit = if wanted.delimiter.is_some() { PAGE.min(left) } else { left.min(ENTRIES_MAX + 1) };
        let page = engine.range(Range::between(start.clone(), end.clone()).limit(limit)).await?;
        let more = page.more;
        for (key, held) in page.items {
            let tail = key.0.get(wanted.base.0.len()..).and_then(|tail| std::str::from_utf8(tail).ok());
            start = Key([key.0.as_slice(), &[0]].concat());
            let Some(tail) = tail else { continue };
            let rolled = rolled_up((wanted.name)(tail), wanted);
            if listed.entries.len() == wanted.most {
                listed.more = true;
                return Ok(listed);
            }
            match rolled {
                None => listed.entries.push(Entry::Record(tail.to_owned(), held)),
                Some(prefix) => {
                    start = under(&wanted.base, &prefix).prefix_end();
                    listed.entries.push(Entry::Prefix(prefix));
                    continue 'pages;
                }
            }
        }
        if !more {
            return Ok(listed);
        }
    }
}

/// The prefix that a name is rolled up into, if it is.
fn rolled_up(name: &str, wanted: &Wanted<'_>) -> Option<String> {
    let delimiter = wanted.delimiter.filter(|delimiter| !delimiter.is_empty())?;
    let rest = name.strip_prefix(wanted.prefix)?;
    let at = rest.find(delimiter)?;
    name.get(..wanted.prefix.len() + at + delimiter.len()).map(str::to_owned)
}

/// How many entries a request wants: as many as it says, but no more than S3 gives.
///
/// # Errors
/// `InvalidArgument` for a negative number.
pub(super) fn most(input: &Value, member: &str, parameter: &str) -> Result<usize, ApiError> {
    match input.int(member) {
        None => Ok(ENTRIES_MAX),
        Some(number) => usize::try_from(number).map(|number| number.min(ENTRIES_MAX)).map_err(|_| {
            let message = format!("Argument {parameter} must be an integer between 0 and 2147483647");
            invalid_argument(parameter, &number.to_string(), &message)
        }),
    }
}

/// How names are written in an answer.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    /// As they are.
    Plain,
    /// With everything but letters, digits and a few signs percent-encoded.
    Url,
}

impl Spelling {
    /// As the request wants it.
    ///
    /// # Errors
    /// `InvalidArgument` for any other than `url`.
    pub(super) fn of(input: &Value) -> Result<Self, ApiError> {
        match input.text("EncodingType") {
            None | Some("") => Ok(Self::Plain),
            Some("url") => Ok(Self::Url),
            Some(other) => {
                Err(invalid_argument("encoding-type", other, "Invalid Encoding Method specified in Request"))
            }
        }
    }

    /// A name as the answer has it.
    pub(super) fn of_name(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => utf8_percent_encode(name, PLAIN).to_string(),
        }
    }

    /// The answer's `EncodingType`.
    pub(super) fn told(self) -> Option<&'static str> {
        matches!(self, Self::Url).then_some("url")
    }
}

/// The `CommonPrefixes` of an answer.
pub(super) fn common_prefixes(entries: &[Entry], spelling: Spelling) -> Value {
    let prefixes = entries.iter().filter_map(|entry| match entry {
        Entry::Prefix(prefix) => Some(Value::structure().with("Prefix", spelling.of_name(prefix))),
        Entry::Record(..) => None,
    });
    prefixes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_store::{MemoryEngine, Transaction, memory};

    async fn engine(names: &[&str]) -> MemoryEngine {
        let engine = memory();
        let mut transaction = Transaction::new();
        for name in names {
            transaction = transaction.put(Key::object("b", name), vec![1]);
        }
        transaction = transaction.put(Key::object("c", "foreign"), vec![1]);
        engine.commit(transaction).await.unwrap();
        engine
    }

    async fn page(
        engine: &impl Engine,
        prefix: &str,
        delimiter: Option<&str>,
        after: Option<&str>,
        most: usize,
    ) -> (Vec<String>, bool) {
        let base = Key::objects("b");
        let from = after.map(|after| behind(&base, after));
        let wanted = Wanted { base, prefix, delimiter, from, told: after, most, name: |tail| tail };
        let listed = list(engine, &wanted).await.unwrap();
        let names = listed.entries.into_iter().map(|entry| match entry {
            Entry::Record(name, _) => name,
            Entry::Prefix(prefix) => format!("[{prefix}]"),
        });
        (names.collect(), listed.more)
    }

    #[tokio::test]
    async fn names_come_in_the_order_of_their_bytes_and_prefixes_count() {
        let engine = engine(&["a/1", "a/2", "a/b/3", "b", "é", "z//x", "z/y", "Z"]).await;
        let all = page(&engine, "", None, None, 10).await;
        assert_eq!(
            all,
            (["Z", "a/1", "a/2", "a/b/3", "b", "z//x", "z/y", "é"].map(str::to_owned).to_vec(), false)
        );
        let rolled = page(&engine, "", Some("/"), None, 10).await;
        assert_eq!(rolled, (["Z", "[a/]", "b", "[z/]", "é"].map(str::to_owned).to_vec(), false));
        assert_eq!(page(&engine, "a/", Some("/"), None, 10).await.0, ["a/1", "a/2", "[a/b/]"]);
        assert_eq!(
            page(&engine, "", Some("//"), None, 2).await,
            (vec!["Z".to_owned(), "a/1".to_owned()], true)
        );
        assert_eq!(page(&engine, "z", Some("//"), None, 5).await.0, ["[z//]", "z/y"]);
        assert_eq!(page(&engine, "none", Some("/"), None, 5).await, (Vec::new(), false));
    }

    #[tokio::test]
    async fn pages_join_without_gap_or_repetition() {
        let names: Vec<String> =
            (0..60).map(|n| format!("f{:02}/{}", n / 7, n)).chain((0..9).map(|n| format!("g{n}"))).collect();
        let engine = engine(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for delimiter in [None, Some("/")] {
            let (whole, more) = page(&engine, "", delimiter, None, 500).await;
            assert!(!more);
            for most in [1, 2, 5] {
                let (mut joined, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
                loop {
                    let (names, more) = page(&engine, "", delimiter, after.as_deref(), most).await;
                    assert!(names.len() <= most);
                    after = names.last().map(|name| name.trim_matches(['[', ']']).to_owned());
                    joined.extend(names);
                    if !more {
                        break;
                    }
                }
                assert_eq!(joined, whole, "{delimiter:?} {most}");
            }
        }
    }

    #[tokio::test]
    async fn an_object_named_like_its_folder_hides_nothing() {
        let engine = engine(&["a/", "a/1", "a/2"]).await;
        assert_eq!(page(&engine, "a/", Some("/"), None, 1).await, (vec!["a/".to_owned()], true));
        assert_eq!(page(&engine, "a/", Some("/"), Some("a/"), 5).await.0, ["a/1", "a/2"]);
    }

    #[tokio::test]
    async fn a_start_behind_the_prefix_does_not_widen_it() {
        let engine = engine(&["home/alice/1", "home/bob/1", "home/bob/2", "home/carol/1"]).await;
        assert_eq!(
            page(&engine, "home/bob/", None, Some("home/alice/"), 9).await.0,
            ["home/bob/1", "home/bob/2"]
        );
        assert_eq!(page(&engine, "home/bob/", None, Some("home/bob/1"), 9).await.0, ["home/bob/2"]);
        assert_eq!(page(&engine, "home/bob/", None, Some("home/c"), 9).await.0, Vec::<String>::new());
        assert_eq!(page(&engine, "home/bob/", None, None, 0).await, (Vec::new(), false));
    }
}
