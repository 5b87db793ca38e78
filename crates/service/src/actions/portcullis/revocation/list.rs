//! ListRevocations: those in force, page by page, and one with all that it says.

use portcullis_base::Value;
use portcullis_store::record::RevocationRecord;
use portcullis_store::{Key, Range, codec, key};

use super::lift::{is_shown, stored};
use super::{closing, row, shown, target};
use crate::action::{Access, Handler, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::revocation::Hits;
use crate::snapshot::revocation;

/// Revocations on a page, if the request does not say, and at most.
const PAGE: (usize, usize) = (100, 1000);

/// All.
pub const ROW: Row = row("ListRevocations", "portcullis:ListRevocations", Access::Read, Handler::Flow(list));

/// One.
pub const DESCRIBE: Row =
    row("DescribeRevocation", "portcullis:DescribeRevocation", Access::Read, Handler::Flow(describe));

fn describe(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let id = flow.ask().text("RevocationId")?.to_owned();
        let held = stored(&flow.service, &id).await?;
        if !is_shown(flow, held.record.account) {
            return Err(target::absent(&id));
        }
        let cutoff = held.record.cutoff(held.revision);
        let hits = Hits::of(&flow.service.sessions, &flow.snapshot, &held.record, cutoff, flow.now);
        let open = closing::open(flow, &held.record).await?;
        let value = shown::revocation(&flow.snapshot, &held.record, cutoff);
        Ok(closing::add_to(value, flow, &held.record, &hits, &open).into())
    })
}

/// The two families, one after the other.
fn ranges(after: Option<&Key>) -> Vec<Range> {
    [key::CUT_SESSIONS, key::REVOCATIONS]
        .into_iter()
        .filter_map(|family| {
            let all = Range::prefix(family.as_bytes());
            match after {
                Some(last) if last.0.starts_with(family.as_bytes()) => Some(all.beyond(last)),
                Some(last) if last.0.as_slice() > family.as_bytes() => None,
                _ => Some(all),
            }
        })
        .collect()
}

fn list(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let asked = flow.input.int("MaxResults").and_then(|count| usize::try_from(count).ok());
        let most = asked.unwrap_or(PAGE.0).clamp(1, PAGE.1);
        let after = match flow.input.text("NextToken") {
            None => None,
            Some(token) => Some(revocation::key_of(token).ok_or_else(|| {
                ApiError::caller(
                    "InvalidInputException",
                    400,
                    "NextToken is not one that this list gave out.",
                )
            })?),
        };
        let mut found: Vec<(String, Value)> = Vec::new();
        for range in ranges(after.as_ref()) {
            let mut next = Some(range.limit(most + 1));
            while let Some(range) = next.take().filter(|_| found.len() <= most) {
                let page = flow.service.engine.range(range.clone()).await;
                let page = page.map_err(|error| ApiError::undetermined(&error))?;
                next = page.items.last().filter(|_| page.more).map(|(last, _)| range.beyond(last));
                for (_, held) in page.items {
                    let record: RevocationRecord =
                        codec::from_bytes(&held.value).map_err(|error| ApiError::undetermined(&error))?;
                    if is_shown(flow, record.account) {
                        let cutoff = record.cutoff(held.revision);
                        let id = revocation::id(&record.target, record.number);
                        found.push((id, shown::revocation(&flow.snapshot, &record, cutoff)));
                    }
                }
            }
        }
        let is_more = found.len() > most;
        found.truncate(most);
        let token = found.last().filter(|_| is_more).map(|(id, _)| id.clone());
        let all: Value = found.into_iter().map(|(_, shown)| shown).collect();
        Ok(Value::structure().with("Revocations", all).with_some("NextToken", token).into())
    })
}
