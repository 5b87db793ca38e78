//! Principals in documents: ARN to unique id at save, and back for display.
//!
//! AWS: "Policy elements: Principal": a user's or role's ARN is transformed to its unique id when a trust or resource
//! policy is saved, so that a re-created namesake gets nothing; when the principal is gone the id shows.

use portcullis_base::UniqueId;
use portcullis_policy::{Document, rewrite_principals};
use portcullis_store::record::{DocumentRecord, ResolvedPrincipal};

use super::Snapshot;
use crate::error::ApiError;

impl Snapshot {
    /// The unique id of the user or role that an ARN names now.
    pub fn principal_id(&self, arn: &str) -> Option<UniqueId> {
        self.role_by_arn(arn)
            .map(|role| role.record.id)
            .or_else(|| self.user_by_arn(arn).map(|user| user.record.id))
    }

    /// The ARN of the user or role of a unique id, if it still exists.
    pub fn principal_arn(&self, id: UniqueId) -> Option<&str> {
        self.roles.get(id).map(|role| &*role.arn).or_else(|| self.users.get(id).map(|user| &*user.arn))
    }

    /// A document ready to be stored, with the ids of the principals that it names.
    ///
    /// # Errors
    /// AWS's `MalformedPolicyDocument` wording when it names a user or role that does not exist.
    pub fn resolved(&self, text: &str, document: &Document) -> Result<DocumentRecord, ApiError> {
        let invalid = |name: &str| {
            ApiError::malformed_policy(format!("Invalid principal in policy: \"AWS\":\"{name}\""))
        };
        if let Some(id) = document.principal_ids().find(|id| self.principal_arn(*id).is_none()) {
            return Err(invalid(&id.to_string()));
        }
        let principals = document
            .named_principals()
            .into_iter()
            .map(|arn| match self.principal_id(arn) {
                Some(id) => Ok(ResolvedPrincipal { arn: arn.to_owned(), id }),
                None => Err(invalid(arn)),
            })
            .collect::<Result<_, _>>()?;
        Ok(DocumentRecord { text: text.to_owned(), principals })
    }

    /// The text of a stored document as it is shown now: a principal that was renamed has its new ARN, one that is
    /// gone its unique id, and everything else stands byte for byte as it was saved.
    pub fn shown(&self, record: &DocumentRecord) -> String {
        let is_current =
            |principal: &ResolvedPrincipal| self.principal_arn(principal.id) == Some(&principal.arn);
        if record.principals.iter().all(is_current) {
            return record.text.clone();
        }
        rewrite_principals(&record.text, &|arn| {
            let principal = record.principals.iter().find(|principal| principal.arn == arn)?;
            Some(self.principal_arn(principal.id).map_or_else(|| principal.id.to_string(), str::to_owned))
        })
    }
}
