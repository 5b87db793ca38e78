//! Receipts: what a revocation was, whom it hit and what became of it, for whoever must prove it later.
//!
//! A receipt is written by the transaction that cuts somebody off, and only marked when that ends. It lies where no
//! snapshot looks, and goes when the events that prove it have gone too.

mod proof;

use std::collections::BTreeSet;

use portcullis_store::record::{
    ReceiptHit, ReceiptRecord, ReceiptSession, ReceiptState, ReceiptStyle, ReceiptToken, RevocationRecord,
};
use portcullis_store::{
    CommitError, Guard, Key, Range, Revision, StoreError, Transaction, Versioned, codec, key,
};

use crate::draft::Draft;
use crate::revocation::Hits;
use crate::service::{ATTEMPTS_MAX, Service};
use crate::sessions::Live;

pub use proof::{Proof, Question, Seen};

/// Credentials that a receipt keeps; all are counted.
const HITS_MAX: usize = 2000;
/// Bytes of what is kept of them beside the access key id. A dozen receipts are marked in one transaction.
const DESCRIBED_BYTES: usize = 32 * 1024;
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
        end: None,
    };
    name(&mut receipt, hits);
    receipt
}

/// Writes down whom it hits.
fn name(receipt: &mut ReceiptRecord, hits: &Hits) {
    receipt.hits = hits.all().take(HITS_MAX).map(|(live, is_descendant)| hit(live, is_descendant)).collect();
    let mut bytes = 0;
    for hit in &mut receipt.hits {
        bytes += hit.about.as_ref().map_or(0, |about| codec::to_bytes(about).len());
        hit.about.take_if(|_| bytes > DESCRIBED_BYTES);
    }
    receipt.sessions = u64::try_from(hits.sessions.len()).unwrap_or(u64::MAX);
    receipt.descendants = u64::try_from(hits.descendants.len()).unwrap_or(u64::MAX);
}

fn hit(live: &Live, is_descendant: bool) -> ReceiptHit {
    let about = ReceiptSession {
        arn: live.arn(),
        issued: live.issued,
        expires: live.expires,
        source_identity: live.source_identity.as_deref().map(str::to_owned),
    };
    ReceiptHit { access_key_id: live.access_key_id.clone(), is_descendant, about: Some(about) }
}

/// Adds whoever a receipt in force does not name: it may not have been completed when it was written.
pub fn add(receipt: &mut ReceiptRecord, hits: &Hits) {
    if !receipt.names_all() {
        return;
    }
    let known: BTreeSet<String> = receipt.hits.iter().map(|hit| hit.access_key_id.to_string()).collect();
    for (live, is_descendant) in hits.all() {
        if !known.contains(live.access_key_id.as_str()) {
            receipt.hits.push(hit(live, is_descendant));
            let count = if is_descendant { &mut receipt.descendants } else { &mut receipt.sessions };
            *count += 1;
        }
    }
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
            (record.cutoff, record.end) = (Some(record.cutoff(revision)), record.end(revision));
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
pub fn number_of(key: &Key) -> Option<u64> {
    let text = std::str::from_utf8(&key.0).ok()?;
    u64::from_str_radix(text.rsplit('/').next()?, 16).ok()
}

#[cfg(test)]
mod tests;
