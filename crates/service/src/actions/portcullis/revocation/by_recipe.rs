//! Revoke with `--style aws`, and `--export`: denies written into policies, and nothing beside them.
//!
//! It holds when the answer is given, as any change of a policy does. What is cut off was issued before a time, since
//! policies know of no revisions.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::{ReceiptStyle, ReceiptToken, RevocationRecord, RevocationTarget, WrittenPart};

use super::manner::{self, Manner};
use super::receipt::node;
use super::recipe::{self, Recipe};
use super::revoke::{self, Wanted};
use super::{aim, closing};
use crate::action::Output;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::preview::Preview;
use crate::receipt;
use crate::revocation::Hits;
use crate::revocation::doors::Door;
use crate::service::ATTEMPTS_MAX;
use crate::snapshot::revocation;

/// All that an act comes to on one state of things.
struct Act {
    hits: Hits,
    recipe: Recipe,
    doors: Vec<Door>,
    draft: Draft,
}

/// Writes the denies, or tells what would be written.
///
/// # Errors
/// What AWS cannot do, by name; those of the actions that are done; 503 when it could not be written.
pub async fn revoke(
    flow: &mut Flow,
    wanted: Wanted,
    token: Option<ReceiptToken>,
    manner: Manner,
) -> Result<Output, ApiError> {
    let mut record = revoke::record(&flow.ask(), wanted, &flow.trail.event_id);
    if !by_name_alone(&record.target) {
        record.issued_before = Some(aim::before(&record).min(record.at));
    }
    record.until = None;
    let service = Arc::clone(&flow.service);
    let is_done = !(manner.exports || manner.is_dry);
    let _turn = if is_done { Some(service.writer.lock().await) } else { None };
    for _ in 0..ATTEMPTS_MAX {
        let Act { hits, recipe, doors, mut draft } = plan(flow, &record, manner).await?;
        let Recipe { steps, written, findings } = recipe;
        let answer = |flow: &Flow, cutoff: u64, doors: &[Door]| {
            let mut value = revoke::told(&flow.snapshot, &record, cutoff, &hits)
                .with("Style", "aws")
                .with("Written", manner::written(&flow.snapshot, &written));
            // No statement lies beside the policies.
            value.remove("Statement");
            let said = value.remove("Findings").unwrap_or(Value::List(Vec::new()));
            let own = findings.iter().map(|finding| Value::from(finding.as_str()));
            value.insert("Findings", Value::List(said.as_list().iter().cloned().chain(own).collect()));
            closing::add_to(value, flow, &record, &hits, doors)
        };
        if !is_done {
            let mut value = answer(flow, flow.snapshot.revision.0 + 1, &doors).with("DryRun", true);
            if manner.exports {
                value.insert("Commands", manner::commands(&steps));
                return Ok(value.into());
            }
            let preview = Preview::of(flow, draft).told().await?;
            return Ok(revoke::with_preview(value, &preview).into());
        }
        let mut receipt = receipt::of(&record, &hits, token.clone());
        (receipt.style, receipt.written) = (ReceiptStyle::Aws, written.clone());
        draft.put_receipt(&receipt);
        let told = manner::event(&flow.snapshot, &record, &written);
        match flow.commit(&draft, &told).await {
            Ok(revision) => {
                let left = remaining(flow, &doors, manner);
                let value = answer(flow, revision.0, &left)
                    .with("ReceiptId", revocation::id(&record.target, record.number))
                    .with("Nodes", Value::List(vec![node(&flow.service, revision)]))
                    .with("State", "in-force");
                return Ok(value.into());
            }
            Err(NotCommitted::Overtaken) => {
                if let Some(answer) = revoke::earlier(flow, token.as_ref()).await? {
                    return Ok(answer);
                }
            }
            Err(NotCommitted::Refused(error)) => return Err(error),
        }
    }
    Err(ApiError::unavailable())
}

async fn plan(flow: &mut Flow, record: &RevocationRecord, manner: Manner) -> Result<Act, ApiError> {
    let mut hits = Hits::of(&flow.service.sessions, &flow.snapshot, record, u64::MAX, flow.now);
    let doors = closing::open(flow, record).await?;
    let mut recipe = recipe::of(flow, record, &hits)?;
    if manner.closes_doors {
        let (steps, written): (_, Vec<WrittenPart>) = closing::steps(flow, record, &hits, &doors)?;
        recipe.steps.extend(steps);
        recipe.written.extend(written);
    }
    if matches!(record.target, RevocationTarget::Person(_)) {
        // What is not reached is not hit, and is told by a finding.
        hits.sessions.retain(|live| !recipe::is_beyond(&flow.snapshot, live.account));
    }
    let mut draft = Draft::new();
    manner::take_in(flow, &mut draft, &recipe.steps).await?;
    Ok(Act { hits, recipe, doors, draft })
}

/// The doors that stay open.
pub fn remaining(flow: &Flow, doors: &[Door], manner: Manner) -> Vec<Door> {
    let is_left = |door: &&Door| !(manner.closes_doors && closing::is_closable(flow, door));
    doors.iter().filter(is_left).cloned().collect()
}

/// Whether the Deny goes by a name, whenever the session was issued.
fn by_name_alone(target: &RevocationTarget) -> bool {
    matches!(
        target,
        RevocationTarget::Session(_)
            | RevocationTarget::RoleSession(..)
            | RevocationTarget::FederatedUser(..)
            | RevocationTarget::AccessKey(_)
            | RevocationTarget::Person(_)
    )
}
