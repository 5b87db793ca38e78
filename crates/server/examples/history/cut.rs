//! How long it takes to cut, under load: from a revocation's request to its return, and to the end of the last request
//! of its target that was allowed.
//!
//! Many connections are busy all the time, half of their requests with sessions that are about to be revoked, the
//! others with sessions that stay. One connection issues the targets, lets them be used for a moment, and revokes them.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use portcullis_sim::Dice;
use portcullis_sim::history::{Handle, Name, Revocation, Verdict};
use tokio::time::sleep;

use crate::client::{Client, Signer, Wanted};
use crate::common::figures::{percentile, shown};
use crate::common::server::Server;
use crate::common::{Failure, instant};
use crate::stage::Stage;

/// Sessions that stay.
const BYSTANDERS: usize = 64;
/// Sessions of a role that is revoked.
const OF_ROLE: usize = 8;
/// How long targets are used before they are revoked.
const BEFORE: Duration = Duration::from_millis(5);
/// How long they are used beyond.
const AFTER: Duration = Duration::from_millis(5);
/// From no request of this target yet.
const NEVER: u64 = 0;

/// Sessions that are about to be revoked, and when the last of their requests was allowed.
struct Target {
    sessions: Vec<Signer>,
    /// Nanoseconds from the start of the measurement.
    last_allowed: AtomicU64,
    /// Set before the revocation's return is looked at: a request that begins later must be denied.
    is_cut: AtomicBool,
    broken: AtomicBool,
}

struct Ground {
    start: Instant,
    bystanders: Vec<Signer>,
    target: RwLock<Arc<Target>>,
    is_over: AtomicBool,
}

/// Times of one kind.
struct Times {
    kind: &'static str,
    returned: Vec<Duration>,
    last: Vec<Duration>,
}

impl Target {
    fn new(sessions: Vec<Signer>) -> Arc<Self> {
        Arc::new(Self {
            sessions,
            last_allowed: AtomicU64::new(NEVER),
            is_cut: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        })
    }
}

impl Ground {
    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }

    fn target(&self) -> Option<Arc<Target>> {
        self.target.read().ok().map(|target| Arc::clone(&target))
    }

    fn aim(&self, next: Arc<Target>) {
        if let Ok(mut target) = self.target.write() {
            *target = next;
        }
    }
}

/// Measures, and prints the table.
///
/// # Errors
/// When the server fails, or allows what it must not.
pub async fn measure(server: &Path, place: &Path, revocations: usize, busy: usize) -> Result<(), Failure> {
    let server = Server::start(server, place, &crate::QUOTAS, None)?;
    let stage = Arc::new(Stage::set(&server.endpoint, revocations).await?);
    let mut dice = Dice::new(1);
    let mut client = stage.client().await?;
    let mut bystanders = Vec::new();
    let own = stage.user(&mut dice).ok_or("there is no user")?;
    for _ in 0..BYSTANDERS {
        bystanders.push(issued(&mut client, &own, &Wanted::User).await?);
    }
    let ground = Arc::new(Ground {
        start: instant(),
        bystanders,
        target: RwLock::new(Target::new(Vec::new())),
        is_over: AtomicBool::new(false),
    });
    let mut running = tokio::task::JoinSet::new();
    for number in 0..busy {
        running.spawn(be_busy(Arc::clone(&ground), stage.client().await?, Dice::new(number as u64 + 2)));
    }
    let mut all = [
        Times { kind: "session", returned: Vec::new(), last: Vec::new() },
        Times { kind: "role", returned: Vec::new(), last: Vec::new() },
    ];
    for number in 0..revocations {
        let Some(times) = all.get_mut(number % 2) else { continue };
        cut(&stage, &ground, &mut client, times, &mut dice).await?;
    }
    ground.is_over.store(true, Ordering::Release);
    let mut requests = 0;
    while let Some(ended) = running.join_next().await {
        requests += ended??;
    }
    let took = ground.start.elapsed();
    server.stop()?;
    print(&mut all, busy, requests, took);
    Ok(())
}

async fn issued(client: &mut Client, by: &Signer, wanted: &Wanted) -> Result<Signer, Failure> {
    client.issue(by, wanted).await?.ok_or_else(|| "a session was not issued".into())
}

/// One revocation, measured.
async fn cut(
    stage: &Stage,
    ground: &Ground,
    client: &mut Client,
    times: &mut Times,
    dice: &mut Dice,
) -> Result<(), Failure> {
    let (user, role) = (stage.user(dice), stage.role(dice));
    let (user, role) = (user.ok_or("there is no user")?, role.ok_or("there is no role")?);
    let count = if times.kind == "role" { OF_ROLE } else { 1 };
    let mut sessions = Vec::new();
    for number in 0..count {
        let wanted = Wanted::Role(role.clone(), Name::from(format!("target-{number}")), None);
        sessions.push(issued(client, &user, &wanted).await?);
    }
    let own = sessions.first().and_then(|session| session.handles.first()).cloned();
    let of_role = Handle::Role(role.clone());
    let aim = if times.kind == "role" { of_role } else { own.ok_or("a session without a key")? };
    let target = Target::new(sessions);
    ground.aim(Arc::clone(&target));
    sleep(BEFORE).await;
    let revocation = Revocation { id: None, target: aim.clone(), cascades: true, blocks: false };
    let revoked = client.revoke(revocation, dice).await?.ok_or("a revocation was not done")?;
    target.is_cut.store(true, Ordering::Release);
    sleep(AFTER).await;
    ground.aim(Target::new(Vec::new()));
    // What is under way ends before the last request is asked for.
    while Arc::strong_count(&target) > 1 {
        sleep(Duration::from_millis(1)).await;
    }
    if target.broken.load(Ordering::Acquire) {
        return Err(
            format!("a request that began after the return of the revocation of {aim} was allowed").into()
        );
    }
    let last = target.last_allowed.load(Ordering::Acquire).saturating_sub(ground.nanos(revoked.began));
    times.returned.push(revoked.took);
    times.last.push(Duration::from_nanos(last));
    stage.worn(&aim, client).await
}

/// Asks and asks; answers how often.
async fn be_busy(ground: Arc<Ground>, mut client: Client, mut dice: Dice) -> Result<usize, Failure> {
    let mut requests = 0;
    while !ground.is_over.load(Ordering::Acquire) {
        let target = ground.target().filter(|target| !target.sessions.is_empty() && dice.percent(50));
        let from = target.as_ref().map_or(&ground.bystanders, |target| &target.sessions);
        let Some(session) = from.get(dice.below(from.len())) else { break };
        let was_cut = target.as_ref().is_some_and(|target| target.is_cut.load(Ordering::Acquire));
        let verdict = client.request(session, &mut dice).await?;
        requests += 1;
        match target {
            Some(target) if verdict == Some(Verdict::Allowed) => {
                target.last_allowed.fetch_max(ground.nanos(instant()), Ordering::AcqRel);
                target.broken.fetch_or(was_cut, Ordering::AcqRel);
            }
            None if verdict == Some(Verdict::Denied) => return Err("one who stays was denied".into()),
            _ => {}
        }
    }
    Ok(requests)
}

fn print(all: &mut [Times], busy: usize, requests: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "for a person to read")]
    let rate = requests as f64 / took.as_secs_f64();
    println!("{busy} connections busy meanwhile, {rate:.0} requests a second\n");
    println!("{:<52}{:>12}{:>12}{:>12}", "from a revocation's request", "p50", "p99", "max");
    for times in all {
        let Times { kind, returned, last } = times;
        for (what, measured) in [("its return", returned), ("the last allowed request of its target", last)] {
            let [median, most, max] = [50, 99, 100].map(|percent| shown(percentile(measured, percent)));
            println!("{:<52}{median:>12}{most:>12}{max:>12}", format!("{kind}: to {what}"));
        }
    }
}
