//! The records: what is kept, one file for each family.
//!
//! A field's number is for ever: it is never given to another meaning. New fields are optional or have a default.

mod deployment;
mod identity;
mod object;
mod organization;
mod session;

pub use deployment::{DeploymentRecord, EpochRecord, IssueMarkRecord, KeyRingRecord, RingKeyRecord};
pub use identity::{
    AccessKeyOwner, AccessKeyRecord, DocumentRecord, GroupRecord, InlinePolicyRecord, PolicyRecord,
    PolicyVersionRecord, ResolvedPrincipal, RoleRecord, UserRecord,
};
pub use object::{BucketRecord, GarbageRecord, ObjectRecord, PartRecord, PublicAccessBlock, UploadRecord};
pub use organization::{
    AccountRecord, AdministratorRecord, CreateAccountRecord, DelegationRecord, HandshakeRecord,
    MembershipRecord, OrganizationPolicyRecord, OrganizationRecord, ServiceAccessRecord, UnitRecord,
};
pub use session::{SessionKind, SessionRecord};
