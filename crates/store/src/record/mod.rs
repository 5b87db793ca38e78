//! The records: what is kept, one file for each family.
//!
//! A field's number is for ever: it is never given to another meaning. New fields are optional or have a default.

mod belongings;
mod deployment;
mod directory;
mod identity;
mod identity_center;
mod last_use;
mod mfa;
mod object;
mod organization;
mod provider;
mod receipt;
mod revocation;
mod session;
mod sign_in;

pub use belongings::{
    AccountSettingsRecord, InstanceProfileRecord, LoginProfileRecord, PasswordHashRecord,
    PasswordPolicyRecord, SshKeyRecord,
};
pub use deployment::{DeploymentRecord, EpochRecord, IssueMarkRecord, KeyRingRecord, RingKeyRecord};
pub use directory::{DirectoryGroupRecord, DirectoryMembershipRecord, DirectoryStamps, DirectoryUserRecord};
pub use identity::{
    AccessKeyOwner, AccessKeyRecord, DocumentRecord, GroupRecord, InlinePolicyRecord, PolicyRecord,
    PolicyVersionRecord, ResolvedPrincipal, RoleRecord, UserRecord,
};
pub use identity_center::{
    Assignee, AssignmentRecord, AttributeSource, InstanceRecord, PermissionSetRecord, PolicyReference,
    ProvisionedRecord, SetBoundary, SsoRequestKind, SsoRequestRecord,
};
pub use last_use::{LastUseRecord, LastUsesMarkRecord, LastUsesRecord};
pub use mfa::{MfaAssignment, MfaDeviceRecord, MfaUseRecord};
pub use object::{BucketRecord, GarbageRecord, ObjectRecord, PartRecord, PublicAccessBlock, UploadRecord};
pub use organization::{
    AccountRecord, AdministratorRecord, CreateAccountRecord, DelegationRecord, HandshakeRecord,
    MembershipRecord, OrganizationPolicyRecord, OrganizationRecord, ServiceAccessRecord, UnitRecord,
};
pub use provider::{OidcProviderRecord, SamlPrivateKeyRecord, SamlProviderRecord};
pub use receipt::{
    ReceiptHit, ReceiptRecord, ReceiptSession, ReceiptState, ReceiptStyle, ReceiptToken, WrittenKind,
    WrittenPart,
};
pub use revocation::{EndedMark, EndedRecord, RevocationRecord, RevocationTarget};
pub use session::{SessionKind, SessionRecord};
pub use sign_in::{AuthenticatorRecord, PortalSessionRecord, SignInRecord};
