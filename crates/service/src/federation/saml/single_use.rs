//! An assertion is good once, on all nodes and over restarts: the transaction that issues the session also writes that
//! the assertion was redeemed, guarded to be the first.

use std::sync::Arc;
use std::time::Duration;

use portcullis_base::Timestamp;
use portcullis_store::{CommitError, Guard, Key, Range, Transaction, key};
use tokio::sync::watch;

use super::attributes::Claims;
use super::{Assertion, Refusal};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::service::Service;
use crate::snapshot::SamlProvider;

const REDEEMED: Refusal = Refusal::Claim("The assertion has been redeemed before.");
/// How long beyond its end an assertion is remembered: a clock may be set back.
const KEPT: Duration = Duration::from_hours(24);
/// Records that are cleared away at once.
const AT_ONCE: usize = portcullis_store::limits::TRANSACTION_OPERATIONS;

/// An assertion that holds, and what it says about the session to come.
pub struct Redeemable {
    /// Whose it is, as it was when it was verified.
    pub provider: Arc<SamlProvider>,
    /// What it says of its subject.
    pub assertion: Assertion,
    /// What it says of the session.
    pub claims: Claims,
}

impl Redeemable {
    fn key(&self) -> Key {
        Key::assertion(self.assertion.ends, &self.assertion.mark)
    }

    /// Whether this provider still is who it was when the assertion was verified, with the same keys.
    pub fn is_verified_by(&self, provider: &Arc<SamlProvider>, now: Timestamp) -> bool {
        let (held, found) = (&self.provider.record, &provider.record);
        let is_same =
            Arc::ptr_eq(&self.provider, provider) || (held.id == found.id && held.metadata == found.metadata);
        is_same && provider.trust(now).is_some()
    }

    /// Writes that it was redeemed, or nothing at all of the draft.
    pub fn spend(&self, draft: &mut Draft) {
        draft.guard(Guard::Absent(self.key()));
        draft.put(self.key(), Vec::new());
    }

    /// Refuses it if it has been redeemed.
    ///
    /// # Errors
    /// `InvalidIdentityToken`; 503 when that cannot be found out.
    pub async fn refuse_redeemed(&self, service: &Service) -> Result<(), ApiError> {
        match service.engine.read(&self.key()).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(REDEEMED.into()),
            Err(error) => {
                tracing::error!(%error, "whether an assertion was redeemed could not be read");
                Err(ApiError::unavailable())
            }
        }
    }
}

impl Service {
    /// Clears away what is known of assertions whose time was over long ago.
    ///
    /// # Errors
    /// When the store fails; what was cleared away stays so.
    pub async fn clear_assertions(&self, stop: &watch::Receiver<bool>) -> Result<usize, CommitError> {
        let mut cleared = 0;
        while !*stop.borrow() {
            let before = Key::assertions_before(self.world.clock.now().minus(KEPT));
            let range = Range::between(Key::text(key::ASSERTIONS), before).limit(AT_ONCE);
            let ended: Vec<Key> =
                self.engine.range(range).await?.items.into_iter().map(|(key, _)| key).collect();
            if ended.is_empty() {
                break;
            }
            cleared += ended.len();
            self.engine.commit(ended.into_iter().fold(Transaction::new(), Transaction::delete)).await?;
        }
        Ok(cleared)
    }
}
