//! A change of a permission set. The roles made of it follow when it is provisioned again.

use portcullis_store::record::PermissionSetRecord;

use super::scope;
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;

/// Drafts it; a change that changes nothing needs no provisioning.
///
/// # Errors
/// `AccessDeniedException`, `ResourceNotFoundException`; those of the change.
pub fn change(
    ask: &Ask<'_>,
    draft: &mut Draft,
    change: impl FnOnce(&mut PermissionSetRecord) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let before = scope::set_to_change(ask)?;
    let mut record = before.as_ref().clone();
    change(&mut record)?;
    if record != **before {
        record.version += 1;
        draft.put_permission_set(&record);
    }
    Ok(())
}
