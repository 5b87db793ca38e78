//! Cedar, used as its documentation advises: who and what belong together is a hierarchy of entities (a session in its
//! role, an object in its bucket), scopes come first, conditions are `when` clauses, long lists of ids are attributes
//! of an entity and asked with `.contains`, patterns are `like`.
//!
//! Cedar looks at every policy of the set it is given, so each caller has a set of its own. Times are numbers, which is
//! cheaper than its datetime type. The entities that outlive a request stand ready; the resource is added to them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use super::{Contestant, World};
use crate::facts::{Caller, Fact, Facts};
use crate::memory::Attachments;
use crate::policy::{Form, Statement, Test};
use crate::workload::actions_of;

/// A list longer than this is an attribute of an entity.
const LITERALS_MAX: usize = 8;

struct Held {
    session: EntityUid,
    policies: PolicySet,
    entities: Entities,
}

struct Types {
    action: EntityTypeName,
    bucket: EntityTypeName,
    object: EntityTypeName,
    resource: EntityTypeName,
}

struct Cedar {
    authorizer: Authorizer,
    types: Types,
    callers: Vec<Held>,
}

/// Makes a world ready: a policy set and the lasting entities for each caller.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    let types = Types {
        action: type_name("Action"),
        bucket: type_name("S3::Bucket"),
        object: type_name("S3::Object"),
        resource: type_name("AWS::Resource"),
    };
    let callers = world.callers.iter().map(|caller| held(world, caller)).collect();
    Box::new(Cedar { authorizer: Authorizer::new(), types, callers })
}

fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("a type name")
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn held(world: &World, caller: &Caller) -> Held {
    let role = uid(&type_name("AWS::Role"), &caller.role_arn);
    let session = uid(&type_name("AWS::Session"), &caller.session_arn);
    let facts = HashMap::from([("role_id".to_owned(), text(&caller.role_id))]);
    let mut entities = vec![
        Entity::new_no_attrs(role.clone(), HashSet::new()),
        Entity::new(session.clone(), facts, HashSet::from([role])).expect("an entity"),
    ];
    let mut source = String::new();
    for statement in world.policies_of(caller).flat_map(|policy| &policy.statements) {
        write_policy(&mut source, &caller.role_arn, statement, &mut entities);
    }
    Held {
        session,
        policies: PolicySet::from_str(&source).expect("valid Cedar"),
        entities: Entities::from_entities(entities, None).expect("entities"),
    }
}

fn write_policy(source: &mut String, role: &str, statement: &Statement, entities: &mut Vec<Entity>) {
    let effect = if statement.denies { "forbid" } else { "permit" };
    let (scope, condition) = resource(&statement.resources);
    let mut when: Vec<String> = condition.into_iter().collect();
    when.extend(statement.tests.iter().map(|test| clause(test, entities)));
    let action = action_scope(&statement.actions);
    let _ = write!(source, "{effect}(principal in AWS::Role::{role:?}, {action}, {scope})");
    if !when.is_empty() {
        let _ = write!(source, " when {{ {} }}", when.join(" && "));
    }
    source.push_str(";\n");
}

fn action_scope(patterns: &[String]) -> String {
    if patterns.iter().any(|pattern| pattern == "*") {
        return "action".to_owned();
    }
    let named: Vec<String> = patterns
        .iter()
        .flat_map(|pattern| actions_of(pattern))
        .map(|name| format!("Action::{name:?}"))
        .collect();
    match named.as_slice() {
        [one] => format!("action == {one}"),
        many => format!("action in [{}]", many.join(", ")),
    }
}

/// The scope of a resource, and what cannot be said in a scope.
fn resource(patterns: &[String]) -> (String, Option<String>) {
    if let [one] = patterns {
        return one_resource(one);
    }
    // A bucket and everything in it is what `in` says.
    if let [bucket, objects] = patterns
        && objects.strip_suffix("/*") == Some(bucket)
        && let Some(name) = bucket.strip_prefix("arn:aws:s3:::")
    {
        return (format!("resource in S3::Bucket::{name:?}"), None);
    }
    let any: Vec<String> = patterns
        .iter()
        .map(|pattern| {
            let (scope, condition) = one_resource(pattern);
            condition.map_or(scope.clone(), |condition| format!("({scope} && {condition})"))
        })
        .collect();
    ("resource".to_owned(), Some(format!("({})", any.join(" || "))))
}

fn one_resource(pattern: &str) -> (String, Option<String>) {
    let everything = || "resource".to_owned();
    let s3 = |arn: &str| arn.strip_prefix("arn:aws:s3:::").map(str::to_owned);
    match Form::of(pattern) {
        Form::Any => (everything(), None),
        Form::Contains(before, needle) => {
            (everything(), Some(format!("resource.arn like \"{before}*{needle}*\"")))
        }
        Form::Exact(arn) => match s3(arn) {
            Some(bucket) if !bucket.contains('/') => (format!("resource == S3::Bucket::{bucket:?}"), None),
            Some(_) => (format!("resource == S3::Object::{arn:?}"), None),
            None => (format!("resource == AWS::Resource::{arn:?}"), None),
        },
        Form::Prefix(prefix) => match s3(prefix).as_deref().and_then(|path| path.split_once('/')) {
            Some((bucket, key)) => {
                let condition = (!key.is_empty()).then(|| format!("resource.key like \"{key}*\""));
                (format!("resource is S3::Object in S3::Bucket::{bucket:?}"), condition)
            }
            None => (everything(), Some(format!("resource.arn like \"{prefix}*\""))),
        },
    }
}

fn clause(test: &Test, entities: &mut Vec<Entity>) -> String {
    match test {
        Test::UserIn(ids) => format!("{}.contains(context[\"aws:userid\"])", list(ids, entities)),
        Test::RoleIn(ids) => format!("{}.contains(principal.role_id)", list(ids, entities)),
        Test::SourceIn(networks) => {
            let source = "context[\"aws:SourceIp\"]";
            let any: Vec<String> =
                networks.iter().map(|network| format!("{source}.isInRange(ip({network:?}))")).collect();
            format!("({})", any.join(" || "))
        }
        Test::Secure(wanted) => format!("context[\"aws:SecureTransport\"] == {wanted}"),
        Test::IssuedBefore(second) => format!("context[\"aws:TokenIssueTime\"] < {second}"),
        Test::Tag(_, value) => {
            let key = test.key();
            format!("context has {key:?} && context[{key:?}] == {value:?}")
        }
    }
}

/// The set of these ids: spelled out if it is short, else an attribute of an entity.
fn list(ids: &[String], entities: &mut Vec<Entity>) -> String {
    if ids.len() <= LITERALS_MAX {
        return format!("{ids:?}");
    }
    let name = format!("list-{}", entities.len());
    let set = RestrictedExpression::new_set(ids.iter().map(|id| text(id)));
    let entity = Entity::new(
        uid(&type_name("AWS::List"), &name),
        HashMap::from([("ids".to_owned(), set)]),
        HashSet::new(),
    );
    entities.push(entity.expect("an entity"));
    format!("AWS::List::{name:?}.ids")
}

impl Types {
    fn resource(&self, arn: &str) -> Entity {
        let mut facts = HashMap::from([("arn".to_owned(), text(arn))]);
        let (uid, parents) = match arn.strip_prefix("arn:aws:s3:::").map(|path| path.split_once('/')) {
            Some(Some((bucket, key))) => {
                facts.insert("key".to_owned(), text(key));
                (uid(&self.object, arn), HashSet::from([uid(&self.bucket, bucket)]))
            }
            Some(None) => (uid(&self.bucket, arn.trim_start_matches("arn:aws:s3:::")), HashSet::new()),
            None => (uid(&self.resource, arn), HashSet::new()),
        };
        Entity::new(uid, facts, parents).expect("an entity")
    }
}

fn context(facts: &Facts) -> Context {
    let mut pairs = Vec::with_capacity(18);
    facts.each_key(|key, fact| {
        let value = match fact {
            Fact::Text(value) => text(value),
            Fact::Moment(second) | Fact::Epoch(second) => RestrictedExpression::new_long(second),
            Fact::Address(address) => RestrictedExpression::new_ip(address.to_string()),
            Fact::Flag(flag) => RestrictedExpression::new_bool(flag),
        };
        pairs.push((key.to_owned(), value));
    });
    Context::from_pairs(pairs).expect("a context")
}

impl Contestant for Cedar {
    fn allows(&mut self, facts: &Facts) -> bool {
        let caller = &self.callers[facts.caller];
        let resource = self.types.resource(&facts.resource);
        let request = Request::new(
            caller.session.clone(),
            uid(&self.types.action, &facts.action),
            resource.uid(),
            context(facts),
            None,
        );
        let entities = caller.entities.clone().add_entities([resource], None).expect("entities");
        let response =
            self.authorizer.is_authorized(&request.expect("a request"), &caller.policies, &entities);
        response.decision() == Decision::Allow
    }
}

/// What is kept for each principal beside shared policies: an entity with a parent for each policy.
pub fn attach(principals: &Attachments) -> Entities {
    let (principal, shared) = (type_name("AWS::Role"), type_name("AWS::Policy"));
    let parents: Vec<EntityUid> =
        (0..1_000).map(|number| uid(&shared, &format!("shared-{number}"))).collect();
    let entity = |(id, places): &(String, [usize; 3])| {
        let parents = places.iter().map(|at| parents[*at].clone()).collect();
        Entity::new_no_attrs(uid(&principal, id), parents)
    };
    Entities::from_entities(principals.iter().map(entity), None).expect("entities")
}
