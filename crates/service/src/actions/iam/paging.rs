//! Pages of lists: `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out.
//!
//! A marker says after which item the next page begins, so that what comes or goes between two pages neither repeats
//! nor hides another item. It also names its list: one list's marker is refused by another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_base::Value;

use crate::action::Ask;
use crate::error::ApiError;

/// Items on a page when the request does not say (IAM API reference, `MaxItems`).
const DEFAULT_ITEMS: usize = 100;
/// Items on a page at most.
const MOST_ITEMS: usize = 1000;
/// Between the list's name and the key of its last item.
const SEPARATOR: char = '\n';

/// Which part of a list a request asks for.
pub struct Page {
    list: &'static str,
    items: usize,
    after: Option<String>,
}

impl Page {
    /// The page that the input asks for of this list.
    ///
    /// # Errors
    /// `ValidationError` for a marker that this list did not give out.
    pub fn of(ask: &Ask<'_>, list: &'static str) -> Result<Self, ApiError> {
        let items = ask.input.int("MaxItems").and_then(|items| usize::try_from(items).ok());
        let items = items.unwrap_or(DEFAULT_ITEMS).clamp(1, MOST_ITEMS);
        let after = match ask.input.text("Marker") {
            Some(marker) => {
                Some(opened(marker, list).ok_or_else(|| ApiError::validation("Invalid Marker."))?)
            }
            None => None,
        };
        Ok(Self { list, items, after })
    }

    /// The same with no more items than these.
    #[must_use]
    pub fn at_most(mut self, items: usize) -> Self {
        self.items = self.items.min(items);
        self
    }

    /// After which key the page begins; none for the first.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The answer with the page's items, from items in the order of their keys.
    pub fn answer<T>(
        &self,
        member: &str,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
        show: impl Fn(&T) -> Value,
    ) -> Value {
        let (items, rest) = self.cut(items, key);
        rest.finish(Value::structure().with(member, items.iter().map(show).collect::<Value>()))
    }

    /// The page's items, and what is said of the rest.
    pub fn cut<T>(&self, items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> String) -> (Vec<T>, Rest) {
        let is_due = |item: &T| self.after.as_ref().is_none_or(|after| key(item) > *after);
        let mut due = items.into_iter().filter(is_due);
        let page: Vec<T> = due.by_ref().take(self.items).collect();
        let is_more = due.next().is_some();
        let marker = page.last().filter(|_| is_more).map(|item| self.marker(&key(item)));
        (page, Rest { marker })
    }

    fn marker(&self, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{SEPARATOR}{key}", self.list))
    }
}

/// What is said of the items that did not fit on a page.
pub struct Rest {
    marker: Option<String>,
}

impl Rest {
    /// Adds `IsTruncated`, and `Marker` if it is true.
    pub fn finish(self, answer: Value) -> Value {
        answer.with("IsTruncated", self.marker.is_some()).with_some("Marker", self.marker)
    }
}

fn opened(marker: &str, list: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    let (held, key) = text.split_once(SEPARATOR)?;
    (held == list).then(|| key.to_owned())
}
