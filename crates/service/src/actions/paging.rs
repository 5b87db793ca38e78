//! Pages of lists: how many items and after which, in; the page and whether there is more, out.
//!
//! IAM has `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out; newer services `MaxResults` and `NextToken`.
//!
//! A marker says after which item the next page begins, so that what comes or goes between two pages neither repeats
//! nor hides another item. It also names its list: one list's marker is refused by another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_base::Value;

use crate::action::Ask;
use crate::error::ApiError;

/// How a service speaks of pages.
struct Style {
    /// Says how many items.
    count: &'static str,
    /// Says after which, both ways.
    token: &'static str,
    /// Says whether there is more.
    flag: Option<&'static str>,
    /// Items on a page when the request does not say.
    default: usize,
    /// Items on a page at most.
    most: usize,
    /// What is said of a token that this list did not give out.
    refusal: fn() -> ApiError,
}

/// IAM API reference, `MaxItems`.
const MARKER: Style = Style {
    count: "MaxItems",
    token: "Marker",
    flag: Some("IsTruncated"),
    default: 100,
    most: 1000,
    refusal: || ApiError::validation("Invalid Marker."),
};

/// Organizations API reference, `MaxResults`.
const NEXT_TOKEN: Style = Style {
    count: "MaxResults",
    token: "NextToken",
    flag: None,
    default: 20,
    most: 20,
    refusal: || {
        ApiError::caller("InvalidInputException", 400, "You specified an invalid value for NextToken.")
            .with("Reason", "INVALID_NEXT_TOKEN")
    },
};

/// SSO Admin API reference, `MaxResults`.
const CENTER: Style = Style {
    count: "MaxResults",
    token: "NextToken",
    flag: None,
    default: 100,
    most: 100,
    refusal: || ApiError::caller("ValidationException", 400, "NextToken is not one that this list gave out."),
};

/// Portal API reference, `max_result`.
const PORTAL: Style = Style {
    count: "maxResults",
    token: "nextToken",
    flag: None,
    default: 100,
    most: 100,
    refusal: || {
        ApiError::caller("InvalidRequestException", 400, "next_token is not one that this list gave out.")
    },
};

/// The lists of the product's own interface.
const OWN: Style = Style {
    count: "MaxResults",
    token: "NextToken",
    flag: None,
    default: 100,
    most: 1000,
    refusal: || {
        let message = "The NextToken is not one that this list gave out.";
        ApiError::caller("InvalidInputException", 400, message)
    },
};

/// Between the list's name and the key of its last item.
const SEPARATOR: char = '\n';

/// Which part of a list a request asks for.
pub struct Page {
    style: &'static Style,
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
        Self::styled(&MARKER, ask, list)
    }

    /// The same where the service speaks of `MaxResults` and `NextToken`.
    ///
    /// # Errors
    /// `InvalidInputException` for a token that this list did not give out.
    pub fn next(ask: &Ask<'_>, list: &'static str) -> Result<Self, ApiError> {
        Self::styled(&NEXT_TOKEN, ask, list)
    }

    /// The same for lists of Identity Center.
    ///
    /// # Errors
    /// `ValidationException` for a token that this list did not give out.
    pub fn center(ask: &Ask<'_>, list: &'static str) -> Result<Self, ApiError> {
        Self::styled(&CENTER, ask, list)
    }

    /// The same for lists of the access portal.
    ///
    /// # Errors
    /// `InvalidRequestException` for a token that this list did not give out.
    pub fn portal(ask: &Ask<'_>, list: &'static str) -> Result<Self, ApiError> {
        Self::styled(&PORTAL, ask, list)
    }

    /// The same for a list of the product's own interface, whose places are not simply the last item's key.
    ///
    /// # Errors
    /// `InvalidInputException` for a token that this list did not give out.
    pub fn own<P>(
        ask: &Ask<'_>,
        list: &'static str,
        place: impl Fn(&str) -> Option<P>,
    ) -> Result<(Self, Option<P>), ApiError> {
        let page = Self::styled(&OWN, ask, list)?;
        let after = page.after.as_deref().map(|text| place(text).ok_or_else(OWN.refusal)).transpose()?;
        Ok((page, after))
    }

    /// How many items are asked for.
    pub fn items(&self) -> usize {
        self.items
    }

    /// What is said of the rest, where it begins after a place.
    pub fn rest(&self, place: Option<String>) -> Rest {
        Rest { style: self.style, marker: place.map(|place| self.marker(&place)) }
    }

    fn styled(style: &'static Style, ask: &Ask<'_>, list: &'static str) -> Result<Self, ApiError> {
        let items = ask.input.int(style.count).and_then(|items| usize::try_from(items).ok());
        let items = items.unwrap_or(style.default).clamp(1, style.most);
        let after = match ask.input.text(style.token) {
            Some(token) => Some(opened(token, list).ok_or_else(style.refusal)?),
            None => None,
        };
        Ok(Self { style, list, items, after })
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
        (page, Rest { style: self.style, marker })
    }

    fn marker(&self, key: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}{SEPARATOR}{key}", self.list))
    }
}

/// What is said of the items that did not fit on a page.
pub struct Rest {
    style: &'static Style,
    marker: Option<String>,
}

impl Rest {
    /// Says whether there is more, and after which item.
    pub fn finish(self, answer: Value) -> Value {
        let answer = match self.style.flag {
            Some(flag) => answer.with(flag, self.marker.is_some()),
            None => answer,
        };
        answer.with_some(self.style.token, self.marker)
    }
}

fn opened(marker: &str, list: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    let (held, key) = text.split_once(SEPARATOR)?;
    (held == list).then(|| key.to_owned())
}
