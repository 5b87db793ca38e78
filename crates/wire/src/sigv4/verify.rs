//! The judgement: does this signature follow from this secret, for this request, now?

use std::fmt;

use portcullis_base::{Secret, Timestamp};
use subtle::ConstantTimeEq;

use super::canonical::{self, Tokens};
use super::fault::Mismatch;
use super::key::{KeyAddress, SigningKey, with_memory};
use super::{PayloadMode, Presented, Scope, SignatureFault, SignatureForm};
use crate::frame::Head;
use crate::limits::CLOCK_SKEW;

/// Proof that a request's signature held. It also begins the chain of signatures of a streamed body.
pub struct Verified {
    // INVARIANT: made by `Presented::verify` alone, after the signature was found equal.
    pub(super) key: SigningKey,
    pub(super) signature: [u8; 32],
    pub(super) amz_date: String,
    pub(super) scope: Scope,
    pub(super) payload: PayloadMode,
}

impl Verified {
    /// What the signature says of the body.
    pub fn payload(&self) -> &PayloadMode {
        &self.payload
    }
}

impl fmt::Debug for Verified {
    /// Without the signature, which would let a reader of logs replay the request.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Verified")
            .field("scope", &self.scope)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

impl Presented {
    /// Holds the signature against a secret, for the request it came with.
    ///
    /// `body_sha256` is the hash of the body, for services whose bodies are read before the signature is checked.
    /// Services other than S3 need it: it is what they sign unless the request says otherwise, and then the two must
    /// agree. For S3 it may be `None`; the body is then to go through [`super::BodyCheck`].
    ///
    /// # Errors
    /// [`SignatureFault`]: headers that are not signed, a date that is not this day's or too far from `now`, a body
    /// with another hash, or a signature that this secret does not make. The comparison takes the same time wherever
    /// the two differ.
    pub fn verify(
        &self,
        head: &Head,
        secret: &Secret,
        body_sha256: Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<Verified, SignatureFault> {
        self.require_signed_headers(head)?;
        let amz_date = self.signed_at.amz_date();
        if amz_date.get(..8) != Some(self.scope.date.as_str()) {
            return Err(SignatureFault::ScopeDate {
                place: self.place(),
                scope_date: self.scope.date.clone(),
                signed_at: amz_date,
            });
        }
        self.require_time(now)?;
        let payload_line = self.payload_line(body_sha256)?;

        let address = KeyAddress::of(&self.access_key_id, secret, &self.scope);
        let remembered = with_memory(|memory| memory.find(address));
        let is_new = remembered.is_none();
        let key = remembered.unwrap_or_else(|| SigningKey::derive(secret, &self.scope));
        let rule = self.path_rule;
        let request = canonical::request(head, rule, &self.signed_headers, &payload_line, Tokens::Shown);
        let string_to_sign = canonical::string_to_sign(&amz_date, &self.scope, &request);
        let expected = key.sign(&string_to_sign);
        if !bool::from(expected.ct_eq(&self.signature)) {
            return Err(SignatureFault::Mismatch(Box::new(Mismatch {
                access_key_id: self.access_key_id.clone(),
                signature_provided: hex::encode(self.signature),
                string_to_sign,
                canonical_request: canonical::request(
                    head,
                    rule,
                    &self.signed_headers,
                    &payload_line,
                    Tokens::Hidden,
                ),
            })));
        }
        if is_new {
            with_memory(|memory| memory.remember(address, key.clone()));
        }
        Ok(Verified {
            key,
            signature: self.signature,
            amz_date,
            scope: self.scope.clone(),
            payload: self.payload.clone(),
        })
    }

    /// `host` and every `x-amz-*` header sent must be signed; else somebody on the way could add one and give the
    /// request another meaning (S3 API Reference, "Authenticating requests", and its error AccessDenied with
    /// `HeadersNotSigned`).
    fn require_signed_headers(&self, head: &Head) -> Result<(), SignatureFault> {
        let is_signed =
            |name: &str| self.signed_headers.binary_search_by(|held| held.as_str().cmp(name)).is_ok();
        let mut names: Vec<String> = head
            .headers
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with("x-amz-") && !is_signed(name) && !self.is_bound_elsewhere(name))
            .map(str::to_owned)
            .collect();
        if !is_signed("host") {
            names.push("host".to_owned());
        }
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { Ok(()) } else { Err(SignatureFault::HeadersNotSigned { names }) }
    }

    /// Two headers need no place in the list: the payload line of a presigned request is signed as such, and outside
    /// S3 AWS takes a session token that was added after signing (its signing test suite has that case). Such a token
    /// cannot be swapped either: the secret that verifies the signature comes out of it.
    fn is_bound_elsewhere(&self, name: &str) -> bool {
        match name {
            "x-amz-content-sha256" => self.form != SignatureForm::Header,
            "x-amz-security-token" => !self.scope.is_s3(),
            _ => false,
        }
    }

    fn require_time(&self, now: Timestamp) -> Result<(), SignatureFault> {
        let signed_at = self.signed_at;
        let is_early = signed_at > now.plus(CLOCK_SKEW);
        match self.form {
            SignatureForm::Header if is_early || signed_at < now.minus(CLOCK_SKEW) => {
                Err(SignatureFault::Skewed { signed_at, now })
            }
            SignatureForm::Query { .. } if is_early => Err(SignatureFault::NotYetValid { signed_at, now }),
            SignatureForm::Query { expires_s } => {
                let expired_at = signed_at.plus(std::time::Duration::from_secs(expires_s.into()));
                if now > expired_at {
                    Err(SignatureFault::Expired { expires_s, expired_at, now })
                } else {
                    Ok(())
                }
            }
            SignatureForm::Header => Ok(()),
        }
    }

    /// The last line of the canonical request, after what was said of the body was held against the body.
    fn payload_line(&self, body_sha256: Option<[u8; 32]>) -> Result<String, SignatureFault> {
        let is_s3 = self.scope.is_s3();
        match (&self.payload_line, body_sha256) {
            (Some(line), None) if is_s3 => Ok(line.clone()),
            // Without the body's hash the signature would say nothing of the body.
            (_, None) => Err(SignatureFault::BodyNotHashed),
            (None, Some(computed)) => Ok(hex::encode(computed)),
            (Some(line), Some(computed)) => {
                let holds = match &self.payload {
                    PayloadMode::Sha256(claimed) => *claimed == computed,
                    // Only S3 knows bodies that are not signed or signed in pieces.
                    _ => is_s3,
                };
                if holds {
                    return Ok(line.clone());
                }
                Err(SignatureFault::BodyHash { claimed: line.clone(), computed: hex::encode(computed) })
            }
        }
    }
}
