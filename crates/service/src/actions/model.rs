//! A random play of administrators and attackers against a model of who may do what.
//!
//! Each step changes something on both sides: it makes, attaches, detaches, deletes, renames nobody, issues sessions and
//! lets time pass. The model foretells the outcome of the change itself, and right after it every credential is tried
//! on everything; the service's verdicts must be the model's. The model (`world`) and the meaning of its policies
//! (`rules`) know nothing of the policy crate.

mod moves;
mod rules;
mod session_moves;
mod world;

use std::collections::{BTreeMap, VecDeque};

use portcullis_base::Value;

use self::rules::{BUCKETS, bucket_arn, iam, spelled};
use self::world::{Guard, Held, Verdict, Who, World};
use super::testing::{BEGINNING, Creds, Ground};
use crate::error::ApiError;

/// Steps of a run that ends in a few seconds.
const STEPS: usize = 2_000;
/// Plays of a night, each of `STEPS` steps.
const NIGHTLY_PLAYS: u64 = 200;
/// The last changes that a failure shows.
const SHOWN: usize = 25;
/// How often each kind of caller must have met each verdict.
const SEEN_MIN: usize = 20;
/// Names of each kind: few, so that they meet each other and are given again.
const NAMES: usize = 3;

/// Chance, the same again for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// One play.
struct Play {
    ground: Ground,
    world: World,
    held: Vec<Held>,
    chance: Chance,
    seed: u64,
    step: usize,
    last_id: u32,
    told: VecDeque<String>,
    /// How often each kind of caller got each verdict.
    counts: BTreeMap<(&'static str, Verdict), usize>,
}

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

impl Play {
    async fn begin(seed: u64) -> Self {
        let ground = Ground::new().await;
        for bucket in BUCKETS {
            let named = of(&[("Bucket", bucket)]);
            for operation in ["CreateBucket", "DeletePublicAccessBlock"] {
                ground.ask(&ground.root, "s3", operation, named.clone()).await.unwrap();
            }
        }
        let world = World { now: BEGINNING, ..World::default() };
        let nobody = Held { who: Who::Anonymous, creds: Creds::none(), life: None, passed: None, depth: 0 };
        Self {
            ground,
            world,
            held: vec![nobody],
            chance: Chance(seed),
            seed,
            step: 0,
            last_id: 0,
            told: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    fn id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    fn tell(&mut self, what: &str) {
        self.told.push_back(format!("{:5} {what}", self.step));
        if self.told.len() > SHOWN {
            self.told.pop_front();
        }
    }

    fn fail(&self, what: &str) -> ! {
        let told: Vec<&str> = self.told.iter().map(String::as_str).collect();
        panic!("{what}\nseed {}, step {}, after\n{}", self.seed, self.step, told.join("\n"));
    }

    /// Root changes something, with the outcome that the model foretells: done, or an error of this code.
    async fn root(
        &mut self,
        service: &'static str,
        operation: &str,
        input: Value,
        foretold: Option<&str>,
    ) -> Value {
        self.tell(&format!("{operation} {input:?} -> {foretold:?}"));
        let outcome = self.ground.ask(&self.ground.root, service, operation, input).await;
        match (outcome, foretold) {
            (Ok(answer), None) => answer,
            (Err(error), Some(code)) if error.code == code => Value::structure(),
            (outcome, _) => {
                self.fail(&format!("{operation} ended with {outcome:?} and not with {foretold:?}"))
            }
        }
    }

    /// The service's verdict, from its answer.
    fn verdict<T>(&self, outcome: &Result<T, ApiError>) -> Verdict {
        match outcome.as_ref().map_err(|error| &*error.code) {
            // Behind the gate: what was asked for may be absent.
            Ok(_) | Err("NoSuchEntity" | "NoSuchKey") => Verdict::Allowed,
            Err("AccessDenied") => Verdict::Denied,
            Err("InvalidAccessKeyId" | "InvalidClientTokenId") => Verdict::Gone,
            Err("ExpiredToken") => Verdict::Expired,
            Err(other) => self.fail(&format!("{other} is no verdict")),
        }
    }

    async fn try_one(&self, held: &Held, probe: &Probe) -> Verdict {
        let outcome =
            self.ground.output(&held.creds, probe.service, probe.operation, probe.input.clone()).await;
        self.verdict(&outcome)
    }

    /// Tries every credential on everything.
    async fn try_all(&mut self) {
        let mut counts = std::mem::take(&mut self.counts);
        for held in &self.held {
            for probe in Self::probes(&held.who) {
                let guard = probe.bucket.map_or(Guard::Nothing, |at| Guard::Bucket(&self.world.buckets[at]));
                let foretold = self.world.verdict(held, probe.action, &probe.resource, &guard);
                let found = self.try_one(held, &probe).await;
                *counts.entry((held.kind(), found)).or_default() += 1;
                if found != foretold {
                    let asked = format!("{:?} {} on {}", held.who, probe.action, probe.resource);
                    self.fail(&format!("{asked} is {found:?} and not {foretold:?} in {:#?}", self.world));
                }
            }
        }
        self.counts = counts;
    }

    /// A play in which something never happened has shown nothing of it.
    fn check_counts(&self) {
        use Verdict::{Allowed, Denied, Expired, Gone};
        let of_sessions = ["role", "federated", "own session"]
            .map(|kind| (kind, [Allowed, Denied, Gone, Expired].as_slice()));
        let of_others =
            [("anonymous", [Allowed, Denied].as_slice()), ("key", [Allowed, Denied, Gone].as_slice())];
        for (kind, verdicts) in of_sessions.into_iter().chain(of_others) {
            for verdict in verdicts {
                let count = self.counts.get(&(kind, *verdict)).copied().unwrap_or(0);
                assert!(count >= SEEN_MIN, "{kind} was {verdict:?} {count} times; {:?}", self.counts);
            }
        }
    }

    fn probes(who: &Who) -> Vec<Probe> {
        let on_bucket = |at: usize| {
            let location = Probe {
                service: "s3",
                operation: "GetBucketLocation",
                input: of(&[("Bucket", BUCKETS[at])]),
                action: "s3:GetBucketLocation",
                resource: bucket_arn(at),
                bucket: Some(at),
            };
            let object = Probe {
                operation: "DeleteObject",
                input: of(&[("Bucket", BUCKETS[at]), ("Key", "k")]),
                action: "s3:DeleteObject",
                resource: format!("{}/k", bucket_arn(at)),
                ..location.clone()
            };
            [location, object]
        };
        let on_user = |name: usize| Probe {
            service: "iam",
            operation: "GetUser",
            input: of(&[("UserName", &spelled("user", name))]),
            action: "iam:GetUser",
            resource: iam("user", name),
            bucket: None,
        };
        let mut probes: Vec<Probe> = (0..BUCKETS.len()).flat_map(on_bucket).collect();
        // IAM takes no unsigned requests.
        if !matches!(who, Who::Anonymous) {
            probes.push(on_user(0));
        }
        probes
    }

    async fn run(&mut self, steps: usize) {
        for step in 0..steps {
            self.step = step;
            self.change().await;
            self.try_all().await;
        }
    }
}

/// One request that is tried.
#[derive(Clone)]
struct Probe {
    service: &'static str,
    operation: &'static str,
    input: Value,
    action: &'static str,
    resource: String,
    bucket: Option<usize>,
}

#[tokio::test]
async fn every_verdict_is_the_models_right_after_every_change() {
    let mut play = Play::begin(20_261_123).await;
    play.run(STEPS).await;
    play.check_counts();
}

#[tokio::test]
#[ignore = "takes a night; run it with --ignored"]
async fn every_verdict_is_the_models_all_night() {
    for seed in 0..NIGHTLY_PLAYS {
        Play::begin(seed).await.run(STEPS).await;
    }
}
