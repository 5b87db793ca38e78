//! How somebody is cut off: by which style, what else is closed, and whether it is done at all.

use portcullis_base::Value;
use portcullis_store::record::{ReceiptStyle, RevocationRecord, WrittenKind, WrittenPart};
use portcullis_store::{Guard, Key};

use super::step::{self, ChangeSet, Step};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::snapshot::Snapshot;

/// What the request says about it.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Beside all policies, or written into them by AWS's recipes.
    pub style: ReceiptStyle,
    /// Every other door is closed too.
    pub closes_doors: bool,
    /// Told as commands of the AWS CLI, and not done.
    pub exports: bool,
    /// Told, and not done.
    pub is_dry: bool,
}

impl Manner {
    /// Reads it.
    ///
    /// # Errors
    /// `InvalidInputException` for a style that there is not.
    pub fn of(ask: &Ask<'_>) -> Result<Self, ApiError> {
        let is = |name: &str| ask.input.bool(name) == Some(true);
        let exports = is("Export");
        let style = match ask.input.text("Style") {
            // What is told as commands of AWS's is of AWS's style.
            None | Some("native") if !exports => ReceiptStyle::Native,
            None | Some("native" | "aws") => ReceiptStyle::Aws,
            Some(other) => {
                let message = format!("{other} is no style: native or aws.");
                return Err(ApiError::caller("InvalidInputException", 400, message));
            }
        };
        Ok(Self { style, closes_doors: is("CloseDoors") || exports, exports, is_dry: is("DryRun") })
    }
}

/// Puts steps into a draft that is good for this state of things only: after any change they are planned again. Gives
/// the id of the policy of the organization that was made, if one was.
///
/// # Errors
/// What the first step that cannot be done would get by itself.
pub async fn take_in(flow: &mut Flow, draft: &mut Draft, steps: &[Step]) -> Result<Option<String>, ApiError> {
    if steps.is_empty() {
        return Ok(None);
    }
    let ChangeSet { draft: changes, needs, made } = step::change_set(flow, steps).await?;
    flow.permit_all(needs)?;
    draft.guard(Guard::At(Key::epoch(), flow.snapshot.epoch));
    draft.absorb(changes);
    Ok(made)
}

/// Steps as lines of a shell script, each with what it is for.
pub fn commands(steps: &[Step]) -> Value {
    steps
        .iter()
        .map(|step| Value::from(format!("# {}\n{}", one_line(&step.purpose), step.command())))
        .collect()
}

/// A comment of a script ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// What was written, as answers and the event have it.
pub fn written(snapshot: &Snapshot, parts: &[WrittenPart]) -> Value {
    parts.iter().map(|part| written_one(snapshot, part)).collect()
}

fn written_one(snapshot: &Snapshot, part: &WrittenPart) -> Value {
    let kind = match part.kind {
        WrittenKind::RolePolicy => "role-policy",
        WrittenKind::UserPolicy => "user-policy",
        WrittenKind::TrustStatement => "trust-policy",
        WrittenKind::BucketStatement => "bucket-policy",
        WrittenKind::ServiceControlPolicy => "service-control-policy",
        WrittenKind::AccessKey => "access-key",
        WrittenKind::PreparedList => "prepared-policy",
    };
    let arn = part.resource.parse().ok().and_then(|id| snapshot.principal_arn(id));
    Value::structure()
        .with("Kind", kind)
        .with("Resource", arn.unwrap_or(&part.resource))
        .with("Name", part.name.as_str())
}

/// What the event tells: which revocation, and all that was written for it.
pub fn event(snapshot: &Snapshot, record: &RevocationRecord, parts: &[WrittenPart]) -> Value {
    let told = super::shown::identified(record);
    if parts.is_empty() { told } else { told.with("Written", written(snapshot, parts)) }
}
