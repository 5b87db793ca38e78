//! Issued sessions: what an administrator can later find and cut. Verifying a token does not read them.

use minicbor::{Decode, Encode};
use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};

use crate::codec;

/// Which call issued it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum SessionKind {
    /// AssumeRole.
    #[n(0)]
    AssumeRole,
    /// GetSessionToken.
    #[n(1)]
    SessionToken,
    /// GetFederationToken.
    #[n(2)]
    FederationToken,
    /// AssumeRoot.
    #[n(3)]
    AssumeRoot,
    /// AssumeRoleWithSAML.
    #[n(4)]
    Saml,
    /// AssumeRoleWithWebIdentity.
    #[n(5)]
    WebIdentity,
    /// GetRoleCredentials of the access portal.
    #[n(6)]
    Portal,
}

impl SessionKind {
    /// Whether it is a session of a role.
    pub fn is_of_role(self) -> bool {
        matches!(self, Self::AssumeRole | Self::Saml | Self::WebIdentity | Self::Portal)
    }
}

/// One issued temporary credential. Neither its secret nor its token is here.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SessionRecord {
    /// `ASIA…`
    #[cbor(n(0), with = "codec::text")]
    pub access_key_id: AccessKeyId,
    /// Which call issued it.
    #[n(1)]
    pub kind: SessionKind,
    /// The account it acts in.
    #[cbor(n(2), with = "codec::text")]
    pub account: AccountId,
    /// The role or user whose permissions it has; absent for root.
    #[cbor(n(3), with = "codec::text_option")]
    pub principal: Option<UniqueId>,
    /// The ARN under which it acts.
    #[n(4)]
    pub arn: String,
    /// Role session name or federated user name.
    #[n(5)]
    pub name: Option<String>,
    /// When it was issued.
    #[cbor(n(6), with = "codec::instant")]
    pub issued: Timestamp,
    /// When it ends.
    #[cbor(n(7), with = "codec::instant")]
    pub expires: Timestamp,
    /// The access key that signed the issuing call; absent where something else vouched for the caller.
    #[cbor(n(8), with = "codec::text_option")]
    pub parent: Option<AccessKeyId>,
    /// Source identity.
    #[n(9)]
    pub source_identity: Option<String>,
    /// ARN of who asked for it.
    #[n(10)]
    pub caller_arn: String,
    /// From where it was asked for.
    #[n(11)]
    pub source_ip: String,
    /// With what it was asked for.
    #[n(12)]
    pub user_agent: String,
    /// The access keys before `parent`, the long-term key first; absent if `parent` is that key.
    #[n(13)]
    pub above: Option<Vec<String>>,
    /// The first eight bytes of its token's SHA-256, by which whoever finds the token finds the session.
    #[n(14)]
    pub token_mark: Option<u64>,
    /// What its token says but for the secret, packed: what it takes to foretell how its requests are decided. Nothing
    /// keeps it in memory.
    #[cbor(n(15), with = "minicbor::bytes")]
    pub claims: Option<Vec<u8>>,
    /// Who vouched for the caller: an identity provider or the identity store, by its ARN.
    #[n(16)]
    pub provider: Option<String>,
    /// The user of the identity store whose session this is, or from whose session it was made.
    #[n(17)]
    pub person: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_from_before_claims_were_kept_is_read() {
        let record = SessionRecord {
            access_key_id: "ASIAQNZGKIQY56JQ7WML".parse().unwrap(),
            kind: SessionKind::AssumeRole,
            account: "123456789012".parse().unwrap(),
            principal: None,
            arn: String::new(),
            name: None,
            issued: Timestamp::EPOCH,
            expires: Timestamp::EPOCH,
            parent: "AKIAIOSFODNN7EXAMPLE".parse().ok(),
            source_identity: None,
            caller_arn: String::new(),
            source_ip: String::new(),
            user_agent: String::new(),
            above: None,
            token_mark: None,
            claims: Some(vec![1, 2, 3]),
            provider: None,
            person: None,
        };
        let bytes = codec::to_bytes(&record);
        assert_eq!(codec::from_bytes::<SessionRecord>(&bytes).unwrap(), record);
        // The member is the last one of the map: 15, and three bytes.
        let mut old = bytes.strip_suffix(&[0x0f, 0x43, 1, 2, 3]).unwrap().to_vec();
        old[0] -= 1;
        let read = codec::from_bytes::<SessionRecord>(&old).unwrap();
        assert_eq!(read, SessionRecord { claims: None, ..record });
    }
}
