//! Receipts: what a revocation was, whom it hit and what became of it, for whoever must prove it later.
//!
//! A receipt is written by the transaction that cuts somebody off, and only marked when that ends. It lies where no
//! snapshot looks, and goes when the events that prove it have gone too.

use portcullis_store::record::{
    ReceiptHit, ReceiptRecord, ReceiptState, ReceiptStyle, ReceiptToken, RevocationRecord,
};
use portcullis_store::{
    CommitError, Guard, Key, Range, Revision, StoreError, Transaction, Versioned, codec, key,
};

use crate::draft::Draft;
use crate::revocation::Hits;
use crate::service::{ATTEMPTS_MAX, Service};

/// Credentials that a receipt keeps; all are counted.
const HITS_MAX: usize = 2000;
/// Receipts that are cleared away in one transaction, three or four records each.
const AT_ONCE: usize = 24;

/// A receipt as it is stored.
pub struct Kept {
    /// What it says.
    pub record: ReceiptRecord,
    /// When it was last written.
    pub revision: Revision,
}

/// The receipt of a revocation that is about to be written.
pub fn of(revocation: &RevocationRecord, hits: &Hits, token: Option<ReceiptToken>) -> ReceiptRecord {
    let mut receipt = ReceiptRecord {
        number: revocation.number,
        style: ReceiptStyle::Native,
        target: revocation.target.clone(),
        scope: revocation.scope,
        cascades: revocation.cascades,
        issued_before: revocation.issued_before,
        cutoff: revocation.cutoff,
        blocks: revocation.blocked.is_some(),
        at: revocation.at,
        by: revocation.by.clone(),
        reason: revocation.reason.clone(),
        event_id: revocation.event_id.clone(),
        account: revocation.account,
        hits: Vec::new(),
        sessions: 0,
        descendants: 0,
        written: Vec::new(),
        state: ReceiptState::InForce,
        token,
    };
    name(&mut receipt, hits);
    receipt
}

/// The revocation that a receipt tells of, as far as it can be shown.
pub fn revocation(receipt: &ReceiptRecord) -> RevocationRecord {
    RevocationRecord {
        number: receipt.number,
        target: receipt.target.clone(),
        scope: receipt.scope,
        cascades: receipt.cascades,
        issued_before: receipt.issued_before,
        cutoff: receipt.cutoff,
        blocked: None,
        until: None,
        at: receipt.at,
        by: receipt.by.clone(),
        reason: receipt.reason.clone(),
        event_id: receipt.event_id.clone(),
        account: receipt.account,
    }
}

/// Writes down whom it hits.
fn name(receipt: &mut ReceiptRecord, hits: &Hits) {
    let about = hits.sessions.iter().map(|live| (live, false));
    let all = about.chain(hits.descendants.iter().map(|live| (live, true)));
    let hit = all
        .map(|(live, is_descendant)| ReceiptHit { access_key_id: live.access_key_id.clone(), is_descendant });
    receipt.hits = hit.take(HITS_MAX).collect();
    receipt.sessions = u64::try_from(hits.sessions.len()).unwrap_or(u64::MAX);
    receipt.descendants = u64::try_from(hits.descendants.len()).unwrap_or(u64::MAX);
}

impl Draft {
    /// Writes a receipt, and where to find it.
    pub fn put_receipt(&mut self, record: &ReceiptRecord) {
        if let Some(token) = &record.token {
            let key = Key::receipt_token(&token.mark);
            // Of tries that come at once one makes it, and the others find it.
            self.guard(Guard::Absent(key.clone()));
            self.put(key, codec::to_bytes(&record.number));
        }
        self.put(Key::receipt_time(record.at, record.number), codec::to_bytes(&record.account.to_string()));
        self.put(Key::receipt(record.number), codec::to_bytes(record));
    }

    /// Marks a receipt: what it is of is in force no more. It stays.
    pub fn end_receipt(&mut self, kept: Kept, state: ReceiptState) {
        let Kept { mut record, revision } = kept;
        let key = Key::receipt(record.number);
        self.guard(Guard::At(key.clone(), revision));
        if let Some(ended) = state.ended() {
            self.put(Key::receipt_end(ended, record.number), Vec::new());
        }
        (record.cutoff, record.state) = (Some(record.cutoff(revision)), state);
        self.put(key, codec::to_bytes(&record));
    }
}

impl Service {
    /// The receipt of this number; a revocation of an older version has none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn receipt(&self, number: u64) -> Result<Option<Kept>, StoreError> {
        self.engine.read(&Key::receipt(number)).await?.map(|held| kept(&held)).transpose()
    }

    /// Writes into a receipt whom it hits, as that is known for sure since the revocation was committed: until then,
    /// sessions could still be issued before it.
    ///
    /// # Errors
    /// When the store fails; then it says what was known before.
    pub async fn complete_receipt(&self, number: u64, hits: &Hits) -> Result<(), CommitError> {
        for _ in 0..ATTEMPTS_MAX {
            let Some(Kept { mut record, revision }) = self.receipt(number).await? else { return Ok(()) };
            let written = record.clone();
            name(&mut record, hits);
            if record == written {
                return Ok(());
            }
            record.cutoff = Some(record.cutoff(revision));
            let key = Key::receipt(number);
            let change =
                Transaction::new().guard(Guard::At(key.clone(), revision)).put(key, codec::to_bytes(&record));
            match self.engine.commit(change).await {
                Ok(_) => return Ok(()),
                // It was marked meanwhile.
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(CommitError::Conflict)
    }

    /// Deletes the receipts whose events are kept no longer. Answers how many.
    ///
    /// # Errors
    /// When the store fails; the next minute tries again.
    pub async fn clear_receipts(&self) -> Result<usize, CommitError> {
        let first_kept = self.world.clock.now().minus(self.audit.retention());
        let range = Range::between(Key::text(key::RECEIPT_ENDS), Key::receipt_ends_before(first_kept));
        let mut cleared = 0;
        loop {
            let page = self.engine.range(range.clone().limit(AT_ONCE)).await?;
            if page.items.is_empty() {
                return Ok(cleared);
            }
            let mut change = Transaction::new();
            for (end, _) in page.items {
                let kept = match number_of(&end) {
                    Some(number) => self.receipt(number).await?,
                    None => None,
                };
                change = change.delete(end);
                if let Some(Kept { record, .. }) = kept {
                    change = change
                        .delete(Key::receipt_time(record.at, record.number))
                        .delete(Key::receipt(record.number));
                    if let Some(token) = &record.token {
                        change = change.delete(Key::receipt_token(&token.mark));
                    }
                    cleared += 1;
                }
            }
            self.engine.commit(change).await?;
        }
    }
}

/// A receipt from what is stored.
fn kept(held: &Versioned) -> Result<Kept, StoreError> {
    Ok(Kept { record: codec::from_bytes(&held.value)?, revision: held.revision })
}

/// The number at the end of a key.
fn number_of(key: &Key) -> Option<u64> {
    let text = std::str::from_utf8(&key.0).ok()?;
    u64::from_str_radix(text.rsplit('/').next()?, 16).ok()
}

#[cfg(test)]
mod tests;
