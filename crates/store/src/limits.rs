//! How much the store takes at once. The figures of a transaction are those which an etcd cluster accepts
//! without being told otherwise, so that what works on one node works on a replicated store:
//! <https://etcd.io/docs/v3.4/dev-guide/limit/> and the flags `--max-txn-ops` and `--max-request-bytes`.

/// Guards of one transaction; and, counted apart, its puts and deletes together.
pub const TRANSACTION_OPERATIONS: usize = 128;

/// Bytes of all keys and values of one transaction: etcd's 1.5 MiB for a request, less 64 KiB for its framing.
pub const TRANSACTION_BYTES: usize = 1536 * 1024 - 64 * 1024;

/// Writes of a transaction that is as large as a whole account: an import, which is all or nothing. Engines on one
/// node take it; one that is spread over several may have to refuse it.
pub const BULK_OPERATIONS: usize = 250_000;

/// Bytes of such a transaction.
pub const BULK_BYTES: usize = 256 * 1024 * 1024;

/// Bytes of one key.
pub const KEY_BYTES: usize = 4096;

/// Changes that stay in memory for watches; whoever falls further behind loads anew.
pub const HISTORY_CHANGES: usize = 8192;

/// Bytes of keys and values that those changes may hold together.
pub const HISTORY_BYTES: usize = 64 * 1024 * 1024;

/// Transactions that wait for the committing thread; further callers wait before they queue.
pub const QUEUED_TRANSACTIONS: usize = 1024;

/// Transactions that share one sync to disk.
pub const BATCH_TRANSACTIONS: usize = 512;

/// Bytes of the transactions that share one sync to disk: a batch takes no further one beyond this.
pub const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Memory that the embedded engine uses for pages of its file. What decisions read lies in memory anyway; what else is
/// read, the operating system has at hand.
pub const PAGE_CACHE_BYTES: usize = 8 * 1024 * 1024;
