//! ListReceipts: what was revoked, the latest first, also what was lifted or has retired since.

use portcullis_base::{AccountId, Value};
use portcullis_store::{Key, Range, codec, key};

use super::lift::is_shown;
use super::receipt::Present;
use super::row;
use crate::action::{Access, Handler, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;

/// Receipts on a page, if the request does not say, and at most.
const PAGE: (usize, usize) = (100, 200);
/// Places in the order of time that are read at once.
const READ: usize = 500;

/// The action.
pub const ROW: Row = row("ListReceipts", "portcullis:ListReceipts", Access::Read, Handler::Flow(list));

/// Where the last page ended: what stands behind the prefix in the key.
fn place(token: &str) -> Result<Key, ApiError> {
    let is_one = token.len() == 33
        && token.bytes().enumerate().all(|(at, byte)| match at {
            16 => byte == b'/',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_one {
        return Ok(Key::text(&format!("{}{token}", key::RECEIPT_TIMES)));
    }
    Err(ApiError::caller("InvalidInputException", 400, "NextToken is not one that this list gave out."))
}

fn token(place: &Key) -> Option<&str> {
    std::str::from_utf8(&place.0).ok()?.strip_prefix(key::RECEIPT_TIMES)
}

fn list(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let failed = |error| ApiError::undetermined(&error);
        let asked = flow.input.int("MaxResults").and_then(|count| usize::try_from(count).ok());
        let most = asked.unwrap_or(PAGE.0).clamp(1, PAGE.1);
        let all = Range::prefix(key::RECEIPT_TIMES.as_bytes()).limit(READ);
        let mut next = Some(match flow.input.text("NextToken") {
            None => all,
            Some(token) => all.beyond(&place(token)?),
        });
        let mut places = Vec::new();
        while let Some(range) = next.take().filter(|_| places.len() <= most) {
            let page = flow.service.engine.range(range.clone()).await.map_err(failed)?;
            next = page.items.last().filter(|_| page.more).map(|(last, _)| range.beyond(last));
            for (place, held) in page.items {
                let account: String = codec::from_bytes(&held.value).map_err(failed)?;
                if account.parse().is_ok_and(|account: AccountId| is_shown(flow, account)) {
                    places.push(place);
                }
            }
        }
        let is_more = places.len() > most;
        places.truncate(most);
        let mut found = Vec::new();
        for place in &places {
            let Some(number) = crate::receipt::number_of(place) else { continue };
            if let Some(kept) = flow.service.receipt(number).await.map_err(failed)? {
                let present = Present::alone(&flow.service, kept).await.map_err(failed)?;
                found.push(present.summary(&flow.snapshot));
            }
        }
        let token = places.last().filter(|_| is_more).and_then(token);
        Ok(Value::structure().with("Receipts", Value::List(found)).with_some("NextToken", token).into())
    })
}
