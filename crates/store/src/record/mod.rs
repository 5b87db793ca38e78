//! The records: what is kept, one file for each family.
//!
//! A field's number is for ever: it is never given to another meaning. New fields are optional or have a default.

mod deployment;
mod identity;
mod last_use;
mod object;
mod session;

pub use deployment::{DeploymentRecord, EpochRecord, IssueMarkRecord, KeyRingRecord, RingKeyRecord};
pub use identity::{
    AccessKeyOwner, AccessKeyRecord, DocumentRecord, GroupRecord, InlinePolicyRecord, PolicyRecord,
    PolicyVersionRecord, ResolvedPrincipal, RoleRecord, UserRecord,
};
pub use last_use::{LastUseRecord, LastUsesMarkRecord, LastUsesRecord};
pub use object::{BucketRecord, GarbageRecord, ObjectRecord, PartRecord, PublicAccessBlock, UploadRecord};
pub use session::{SessionKind, SessionRecord};
