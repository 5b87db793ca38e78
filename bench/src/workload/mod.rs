//! The workloads: which policies there are, who asks what, and in which order.

mod statements;

pub use statements::{allow, caller, documents, role_id};

use crate::contestant::World;
use crate::facts::Facts;
use crate::policy::{Policy, Statement};
use crate::random::Random;
use statements::{REVOKED_BEFORE, asked, denies, request};

const ACCOUNT: &str = "111122223333";

/// The actions that wildcards stand for where an engine wants them spelled out.
const ACTIONS: [&str; 20] = [
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "kms:Decrypt",
    "kms:Encrypt",
    "lambda:InvokeFunction",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:ListBucket",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
];

/// The actions of a pattern: itself, or all that begin as it does before its star.
pub fn actions_of(pattern: &str) -> impl Iterator<Item = &'static str> {
    let (stem, is_open) = pattern.strip_suffix('*').map_or((pattern, false), |stem| (stem, true));
    ACTIONS.into_iter().filter(move |action| if is_open { action.starts_with(stem) } else { *action == stem })
}

/// How the requests are made one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The first one, again and again.
    Repeated,
    /// Each in turn.
    InTurn,
}

/// A workload.
#[derive(Debug, Clone)]
pub struct Workload {
    /// By which it is chosen: `hot`, `flat 10000`.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// Its policies and callers.
    pub world: World,
    /// Its requests.
    pub requests: Vec<Facts>,
    /// Their order.
    pub order: Order,
}

fn world_of_one(statements: Vec<Statement>) -> World {
    let policies = documents(statements);
    let attached = (0..policies.len()).collect();
    World { policies, callers: vec![caller(7, attached)] }
}

/// The denies with a list of `ids` ids, and as many allows as make `size` statements of it.
fn set(size: usize, ids: usize, stem: &str) -> Vec<Statement> {
    let mut statements = denies(ids);
    let allows = size.saturating_sub(statements.len());
    statements.extend((0..allows).map(|number| allow(stem, number)));
    statements
}

fn count_of_allows(statements: &[Statement]) -> usize {
    statements.iter().filter(|statement| !statement.denies).count()
}

/// One request, repeated, under `size` statements with a list of `ids` ids; what allows it stands in the middle.
pub fn repeated(name: &str, size: usize, ids: usize) -> Workload {
    let statements = set(size, ids, "");
    let middle = count_of_allows(&statements) / 2 / 4 * 4;
    let world = world_of_one(statements);
    let (action, resource) = asked("", middle, 1);
    let requests = vec![request(0, &world.callers[0], action, resource)];
    Workload {
        name: name.to_owned(),
        title: format!("one request repeated, S = {size}, N = {ids}"),
        world,
        requests,
        order: Order::Repeated,
    }
}

/// Many requests of one principal, under `size` statements: other actions, resources, addresses, times; some denied.
pub fn varied(size: usize, count: usize) -> Workload {
    let statements = set(size, 100, "");
    let allows = count_of_allows(&statements);
    let world = world_of_one(statements);
    let mut random = Random::new(3);
    let requests = (0..count).map(|at| {
        let (action, resource) = asked("", random.below(allows), random.below(1_000));
        let mut facts = request(0, &world.callers[0], action, resource);
        facts.source = [[203, 0, 113, 77], [192, 0, 2, 4], [198, 51, 100, 9]][random.below(3)].into();
        facts.arrived_at += i64::try_from(at).unwrap_or(0);
        facts.user_agent = format!("aws-cli/2.{} python/3.13", random.below(30));
        match random.below(12) {
            0 => facts.secure = false,
            1 => facts.issued_at = REVOKED_BEFORE - 60,
            2 => facts.resource = format!("arn:aws:s3:::other-{at}/x"),
            3 => "s3:DeleteObject".clone_into(&mut facts.action),
            _ => {}
        }
        facts
    });
    let requests = requests.collect();
    Workload {
        name: "varied".to_owned(),
        title: format!("{count} requests of one principal in turn, S = {size}, N = 100"),
        world,
        requests,
        order: Order::InTurn,
    }
}

/// Many principals, each with a private policy, in random order: what a request needs is never in the caches.
pub fn cold(principals: usize) -> Workload {
    let mut random = Random::new(4);
    let mut world = World { policies: Vec::new(), callers: Vec::new() };
    let mut requests = Vec::new();
    for number in 0..principals {
        let stem = format!("c{number}-");
        let size = 10 + random.below(11);
        let statements = set(size, 1, &stem);
        let allows = count_of_allows(&statements);
        let caller = caller(number, vec![number]);
        let (action, resource) = asked(&stem, random.below(allows), random.below(100));
        let mut facts = request(number, &caller, action, resource);
        if random.below(5) == 0 {
            facts.resource.push_str("-of-somebody-else");
            "s3:DeleteObject".clone_into(&mut facts.action);
        }
        world.policies.push(Policy::new(statements));
        world.callers.push(caller);
        requests.push(facts);
    }
    random.shuffle(&mut requests);
    Workload {
        name: "cold".to_owned(),
        title: format!("{principals} principals with private policies in random order, S = 10 to 20, N = 1"),
        world,
        requests,
        order: Order::InTurn,
    }
}

/// Patterns of one action that begin with a star and differ only in the middle.
pub fn hostile(size: usize) -> Workload {
    let statements = (0..size).map(|number| Statement {
        denies: false,
        actions: vec!["s3:GetObject".to_owned()],
        resources: vec![format!("arn:aws:s3:::*needle-{number:04}*")],
        tests: Vec::new(),
    });
    let world = world_of_one(statements.collect());
    let mut random = Random::new(5);
    let requests = (0..64).map(|at| {
        let needle = random.below(size);
        let resource = match at % 4 {
            0 => format!("arn:aws:s3:::bucket-{at}/a/needle-/needle-x{needle:04}/none-of-them.csv"),
            _ => format!("arn:aws:s3:::bucket-{at}/some/path/to/needle-{needle:04}/object.csv"),
        };
        request(0, &world.callers[0], "s3:GetObject", resource)
    });
    let requests = requests.collect();
    Workload {
        name: "hostile".to_owned(),
        title: format!(
            "{size} patterns arn:aws:s3:::*needle-0017* of one action, every fourth request denied"
        ),
        world,
        requests,
        order: Order::InTurn,
    }
}
