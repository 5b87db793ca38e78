//! What a million revocations cost those whom they do not hit: the look-up alone, and a verified request beside the same
//! request where nothing is revoked.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark may end at the first surprise")]

mod ground;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::{SystemEntropy, World};
use portcullis_base::{AccessKeyId, AccountId, Timestamp};
use portcullis_service::snapshot::Snapshot;
use portcullis_store::record::{RevocationRecord, RevocationTarget};
use portcullis_store::{Change, Key, MasterKey, Revision, Transaction, codec};
use portcullis_wire::sigv4::sign::Credentials;
use tokio::runtime::Runtime;

use ground::{Bench, Scene, iam};

// The one that is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Revocations in force.
const ENTRIES: u64 = 1_000_000;
/// Sessions that are looked up, and that ask.
const SESSIONS: usize = 500;
/// Requests of each kind.
const REQUESTS: usize = 40_000;
/// Records in one transaction.
const AT_ONCE: u64 = 10_000;
/// Records that a start takes into the snapshot at once.
const PAGE: u64 = 250;
/// The look-up may take so much more.
const LOOKUP_BOUND: Duration = Duration::from_nanos(500);
/// A verified request's 99th percentile may grow by so many parts of a hundred.
const GROWTH_BOUND: u128 = 10;
/// Bytes of an entry.
const BYTES_BOUND: u64 = 64;

fn account() -> AccountId {
    AccountId::from_number(123_456_789_012).expect("an account")
}

fn session() -> AccessKeyId {
    AccessKeyId::generate(AccessKeyKind::Temporary, account(), &SystemEntropy)
}

/// So many revocations of single sessions, none of which exists.
fn records(from: u64, count: u64) -> Vec<(Key, Vec<u8>)> {
    let record = |number| {
        let target = RevocationTarget::Session(session());
        let record = RevocationRecord {
            number,
            target,
            scope: None,
            cascades: true,
            issued_before: None,
            cutoff: None,
            blocked: None,
            until: None,
            at: Timestamp::EPOCH,
            by: "arn:aws:iam::123456789012:user/responder".to_owned(),
            reason: None,
            event_id: String::new(),
            account: account(),
        };
        (Key::revocation(&record.target, number), codec::to_bytes(&record))
    };
    (from..from + count).map(record).collect()
}

#[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
fn now() -> Instant {
    Instant::now()
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn told(what: &str, measured: &str, bound: &str, is_met: bool) {
    println!("{what:<58}{measured:>12}{bound:>14}  {}", if is_met { "yes" } else { "NO" });
}

/// The look-up of sessions that are not revoked.
fn lookup(snapshot: &Snapshot, sessions: &[AccessKeyId]) -> Duration {
    let rounds = 4_000;
    let began = now();
    for _ in 0..rounds {
        for session in sessions {
            black_box(snapshot.revocations.of_session(black_box(session)).next());
        }
    }
    began.elapsed() / u32::try_from(rounds * sessions.len()).expect("few")
}

fn lookups() {
    let master = MasterKey::generate(&World::system()).expect("a key");
    let empty = Snapshot::empty(account());
    let before = resident();
    let mut full = empty.clone();
    for from in (0..ENTRIES / PAGE).map(|part| part * PAGE) {
        let change =
            Change { revision: Revision(from + 1), puts: records(from + 1, PAGE), deletes: Vec::new() };
        full = full.apply(&change, &master).expect("readable");
    }
    let bytes = resident().saturating_sub(before) / ENTRIES;
    assert_eq!(full.revocations.len() as u64, ENTRIES);
    // As many as do not fit into a cache with what they lead to.
    let sessions: Vec<_> = (0..100 * SESSIONS).map(|_| session()).collect();
    let (none, million) = (lookup(&empty, &sessions), lookup(&full, &sessions));
    println!("looked up where nothing is revoked: {none:?}; among {ENTRIES}: {million:?}");
    let more = million.saturating_sub(none);
    told(
        "a look-up among a million, more",
        &format!("{more:?}"),
        &format!("{LOOKUP_BOUND:?}"),
        more <= LOOKUP_BOUND,
    );
    told(
        "resident bytes of an entry",
        &format!("{bytes} B"),
        &format!("{BYTES_BOUND} B"),
        bytes <= BYTES_BOUND,
    );
}

struct Side {
    bench: Bench,
    sessions: Vec<Credentials>,
    times: Vec<Duration>,
}

impl Side {
    fn new(entries: u64) -> Self {
        let engine = Arc::new(portcullis_store::memory());
        let runtime = Runtime::new().expect("a runtime");
        for from in (0..entries / AT_ONCE).map(|part| part * AT_ONCE) {
            let mut transaction = Transaction::new();
            transaction.is_bulk = true;
            transaction.puts = records(from + 1, AT_ONCE);
            runtime
                .block_on(portcullis_store::Engine::commit(engine.as_ref(), transaction))
                .expect("committed");
        }
        let bench = Bench::on(engine);
        let scene: Scene = bench.scene();
        let sessions = (0..SESSIONS).map(|_| bench.session(&scene)).collect();
        Self { bench, sessions, times: Vec::new() }
    }

    fn ask(&mut self, at: usize, form: &str) {
        let session = self.sessions.get(at % SESSIONS).expect("a session");
        let request = self.bench.request(session, "iam", form);
        let began = now();
        self.bench.runtime.block_on(self.bench.send(request, true));
        self.times.push(began.elapsed());
    }

    fn percentile(&mut self, percent: usize) -> Duration {
        self.times.sort_unstable();
        self.times.get(self.times.len() * percent / 100).copied().expect("requests")
    }
}

fn requests() {
    let (mut none, mut million) = (Side::new(0), Side::new(ENTRIES));
    let form = iam("GetRole", &[("RoleName", "reader")]);
    for at in 0..REQUESTS {
        // In turn, so that what else the machine does hits both, and so does what the one leaves in the caches.
        let (first, second) = if at % 2 == 0 { (&mut none, &mut million) } else { (&mut million, &mut none) };
        first.ask(at / 2, &form);
        second.ask(at / 2, &form);
    }
    for percent in [50, 99] {
        let (before, after) = (none.percentile(percent), million.percentile(percent));
        let growth = after.saturating_sub(before).as_nanos() * 100 / before.as_nanos().max(1);
        told(
            &format!("GetRole by a role session, {percent} of 100: {before:?} to {after:?}"),
            &format!("+{growth} %"),
            &format!("+{GROWTH_BOUND} %"),
            growth <= GROWTH_BOUND,
        );
    }
    none.bench.stop.send_replace(true);
    million.bench.stop.send_replace(true);
}

fn main() {
    println!("{:<58}{:>12}{:>14}  met", "", "measured", "at most");
    lookups();
    requests();
}
