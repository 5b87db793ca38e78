//! A million live sessions: how much memory they take, how long a start reads them, and how long a page of them takes.
//!
//! ```text
//! cargo bench -p portcullis-service --bench sessions            # a million
//! cargo bench -p portcullis-service --bench sessions -- 50000   # another number
//! ```

use std::time::{Duration, Instant};

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::SystemEntropy;
use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId, UniqueIdKind};
use portcullis_service::sessions::{Filter, Outcome, Sessions, UsedFilter, Which};
use portcullis_store::record::{SessionKind, SessionRecord};
use portcullis_store::{Change, Engine, Key, Revision, Transaction, codec, memory};

/// Sessions in one change, so that making them costs little beside taking them in.
const AT_ONCE: usize = 500;
/// Roles and long-term keys that have the sessions between them.
const ROLES: usize = 1000;
/// Times that each page is asked for; the longest is told.
const TIMES: usize = 20;

/// What the sessions have in common.
struct World {
    account: AccountId,
    roles: Vec<UniqueId>,
    keys: Vec<AccessKeyId>,
}

impl World {
    fn new(account: AccountId) -> Self {
        Self {
            account,
            roles: (0..ROLES).map(|_| UniqueId::generate(UniqueIdKind::Role, &SystemEntropy)).collect(),
            keys: (0..ROLES)
                .map(|_| AccessKeyId::generate(AccessKeyKind::LongTerm, account, &SystemEntropy))
                .collect(),
        }
    }

    /// A session of the usual kind: one in ten has a source identity, each has a name of its own.
    fn session(&self, number: usize) -> Option<SessionRecord> {
        let at = number % ROLES;
        let name = format!("i-{number:017x}");
        let issued = Timestamp::from_millis(1_795_000_000_000 + i64::try_from(number).ok()? * 3);
        Some(SessionRecord {
            access_key_id: AccessKeyId::generate(AccessKeyKind::Temporary, self.account, &SystemEntropy),
            kind: SessionKind::AssumeRole,
            account: self.account,
            principal: self.roles.get(at).copied(),
            arn: format!("arn:aws:sts::{}:assumed-role/service-role-{at}/{name}", self.account),
            name: Some(name),
            issued,
            expires: issued.plus(Duration::from_hours(12)),
            parent: self.keys.get(at).cloned(),
            source_identity: number.is_multiple_of(10).then(|| format!("person-{}", number % 5000)),
            caller_arn: format!("arn:aws:iam::{}:user/service-{at}", self.account),
            source_ip: format!("10.{}.{}.{}", number % 4, number % 250, number % 241),
            user_agent: format!("aws-sdk-rust/1.{} os/linux", number % 40),
            above: None,
            claims: None,
            provider: None,
            person: None,
            token_mark: u64::try_from(number).ok().map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        })
    }

    /// Records of some sessions, as they stand in the store.
    fn records(&self, from: usize, to: usize) -> Vec<(Key, Vec<u8>)> {
        let records = (from..to).filter_map(|number| self.session(number));
        records.map(|record| (Key::session(&record.access_key_id), codec::to_bytes(&record))).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement measures real time")]
fn clock() -> Instant {
    Instant::now()
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn main() {
    let asked = std::env::args().find_map(|word| word.parse().ok());
    let count: usize = asked.unwrap_or(1_000_000);
    let Ok(account) = "123456789012".parse() else { return };
    let world = World::new(account);
    let (sessions, before) = (Sessions::default(), resident());
    let mut taking = Duration::ZERO;
    for (number, from) in (0..count).step_by(AT_ONCE).enumerate() {
        let puts = world.records(from, count.min(from + AT_ONCE));
        let revision = Revision(u64::try_from(number).unwrap_or(u64::MAX));
        let change = Change { revision, puts, deletes: Vec::new() };
        let began = clock();
        sessions.apply(&change);
        taking += began.elapsed();
    }
    let held = resident().saturating_sub(before);
    let each = held / u64::try_from(count).unwrap_or(u64::MAX).max(1);
    println!("{count} sessions: {} MiB resident, {each} bytes each; taken in in {taking:?}", held >> 20);
    pages(&world, &sessions, count);
    start(&world, count);
}

/// How long pages take, by what is asked for.
fn pages(world: &World, sessions: &Sessions, count: usize) {
    let now = Timestamp::from_millis(1_795_000_000_000);
    let middle = now.plus(Duration::from_millis(u64::try_from(count).unwrap_or_default() * 3 / 2));
    let of = |which: Which| Filter { any_of: vec![vec![which]], ..Filter::default() };
    let role = world.roles.first().copied().map(Which::Principal);
    let key = world.keys.first().map(|key| Which::Chain(key.to_string()));
    let filters = [
        ("no filter", Filter::default()),
        ("an account", Filter { account: Some(world.account), ..Filter::default() }),
        ("a role", of(role.unwrap_or(Which::Root(world.account)))),
        ("a long-term key", of(key.unwrap_or(Which::Root(world.account)))),
        ("a source identity", of(Which::SourceIdentity("person-0".to_owned()))),
        ("a session name", of(Which::Name(format!("i-{:017x}", count / 2)))),
        ("before an instant", Filter { issued_before: Some(middle), ..Filter::default() }),
        ("an address", Filter { source_ip: Some("10.1.1.1".to_owned()), ..Filter::default() }),
        ("a program", Filter { user_agent: Some("rust/1.7 ".to_owned()), ..Filter::default() }),
        ("a program that nobody has", Filter { user_agent: Some("curl".to_owned()), ..Filter::default() }),
        (
            "a service that nobody used",
            Filter {
                used: UsedFilter { service: Some("s3".to_owned()), ..UsedFilter::default() },
                ..Filter::default()
            },
        ),
    ];
    for (name, filter) in filters {
        let (mut longest, mut found, mut place) = (Duration::ZERO, 0, None);
        for _ in 0..TIMES {
            let began = clock();
            let page = sessions.list(&filter, place, 100, now);
            longest = longest.max(began.elapsed());
            found += page.sessions.len();
            place = page.next;
        }
        println!("{name}: {TIMES} pages, {found} sessions, the longest {longest:?}");
    }
    let seen = sessions.list(&Filter::default(), None, 1000, now).sessions;
    let began = clock();
    for live in &seen {
        if let Some(live) = sessions.get(&live.access_key_id, now) {
            live.see("s3", std::net::Ipv4Addr::LOCALHOST.into(), Outcome::Allowed, now);
        }
    }
    println!("a use is seen in {:?}", began.elapsed() / u32::try_from(seen.len()).unwrap_or(1).max(1));
}

/// How long a start takes to read them all.
fn start(world: &World, count: usize) {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return eprintln!("no runtime: {error}"),
    };
    runtime.block_on(async {
        let engine = memory();
        for from in (0..count).step_by(AT_ONCE) {
            let puts = world.records(from, count.min(from + AT_ONCE));
            let transaction = Transaction { puts, is_bulk: true, ..Transaction::default() };
            if let Err(error) = engine.commit(transaction).await {
                return eprintln!("no commit: {error}");
            }
        }
        let (began, before) = (clock(), resident());
        match Sessions::take_up(&engine).await {
            Ok(sessions) => {
                let held = resident().saturating_sub(before) >> 20;
                println!("a start reads {} in {:?}, {held} MiB more", sessions.count(), began.elapsed());
            }
            Err(error) => eprintln!("no start: {error}"),
        }
    });
}
