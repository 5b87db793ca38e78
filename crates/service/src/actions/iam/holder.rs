//! What holds policies: users, roles and groups, each with inline policies and attached managed ones.

use portcullis_base::UniqueId;
use portcullis_store::record::InlinePolicyRecord;
use thin_vec::ThinVec;

use super::target::Target;
use crate::error::ApiError;
use crate::snapshot::{Group, Role, User};

/// An entity that holds policies.
pub trait Holder: Target {
    /// The quota for the size of all its inline policies.
    const INLINE_QUOTA: &'static str;
    /// The quota for attached policies: our name for it, and AWS's.
    const ATTACHED_QUOTA: (&'static str, &'static str);

    /// Inline policies of its record.
    fn inline(record: &Self::Record) -> &[InlinePolicyRecord];
    /// The same, to be changed.
    fn inline_mut(record: &mut Self::Record) -> &mut ThinVec<InlinePolicyRecord>;
    /// Attached policies of its record, in the order of attachment.
    fn attached(record: &Self::Record) -> &[UniqueId];
    /// The same, to be changed.
    fn attached_mut(record: &mut Self::Record) -> &mut ThinVec<UniqueId>;
}

macro_rules! holder {
    ($kind:ty, $inline:literal, $attached:literal, $wording:literal) => {
        impl Holder for $kind {
            const INLINE_QUOTA: &'static str = $inline;
            const ATTACHED_QUOTA: (&'static str, &'static str) = ($attached, $wording);

            fn inline(record: &Self::Record) -> &[InlinePolicyRecord] {
                &record.inline
            }
            fn inline_mut(record: &mut Self::Record) -> &mut ThinVec<InlinePolicyRecord> {
                &mut record.inline
            }
            fn attached(record: &Self::Record) -> &[UniqueId] {
                &record.attached
            }
            fn attached_mut(record: &mut Self::Record) -> &mut ThinVec<UniqueId> {
                &mut record.attached
            }
        }
    };
}

holder!(User, "inline-policy-size-user", "policies-per-user", "PoliciesPerUser");
holder!(Role, "inline-policy-size-role", "policies-per-role", "PoliciesPerRole");
holder!(Group, "inline-policy-size-group", "policies-per-group", "PoliciesPerGroup");

/// Refuses to delete an entity that still holds policies: attached ones are named first.
///
/// # Errors
/// `DeleteConflict`.
pub fn refuse_policies<T: Holder>(entity: &T) -> Result<(), ApiError> {
    if !T::attached(entity.record()).is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !T::inline(entity.record()).is_empty() {
        return Err(ApiError::delete_conflict("Cannot delete entity, must delete policies first."));
    }
    Ok(())
}
