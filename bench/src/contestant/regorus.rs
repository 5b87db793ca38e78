//! Regorus: a Rego policy over a document of data that was indexed by hand. The strictest peer.
//!
//! For each role the statements are listed by action, wildcards in actions spelled out beforehand, patterns told apart
//! by their form, ids kept as keys of an object, so that a decision walks over the statements of the one action and
//! compares prefixes. Policy and data are compiled and set once; a decision sets the input and runs.
//!
//! It has two machines for this: an interpreter and a register machine for compiled programs. Both are tried on the
//! first request and the faster one stays.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};
use serde_json::{Map, Value as Json, json};

use super::{Contestant, World};
use crate::facts::{Caller, Fact, Facts};
use crate::memory::Attachments;
use crate::policy::{Form, Statement, Test};
use crate::workload::actions_of;

const POLICY: &str = include_str!("policy.rego");
const RULE: &str = "data.authz.allow";

/// Decisions by which the two machines are compared.
const TRIALS: u32 = 20;

enum Machine {
    Undecided,
    Compiled,
    Interpreted,
}

struct Regorus {
    interpreter: Engine,
    compiled: RegoVM,
    machine: Machine,
    roles: Vec<Value>,
    names: Names,
}

/// The texts that stand in every input, made once.
struct Names {
    action: Value,
    resource: Value,
    role: Value,
    role_id: Value,
    context: Value,
    keys: BTreeMap<String, Value>,
}

/// Makes a world ready.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    let roles: Map<String, Json> =
        world.callers.iter().map(|caller| (caller.role_arn.clone(), index(world, caller))).collect();
    let data = Value::from(json!({ "roles": roles }));
    let mut interpreter = Engine::new();
    interpreter.add_policy("policy.rego".to_owned(), POLICY.to_owned()).expect("valid Rego");
    let rule: Rc<str> = RULE.into();
    let policy = interpreter.compile_with_entrypoint(&rule).expect("a compiled policy");
    let program = Compiler::compile_from_policy(&policy, &[RULE]).expect("a program");
    let mut compiled = RegoVM::new();
    compiled.load_program(program);
    compiled.set_data(data.clone()).expect("data");
    // Its default bound is 25,000 instructions.
    compiled.set_max_instructions(usize::MAX);
    interpreter.add_data(data).expect("data");
    Box::new(Regorus {
        interpreter,
        compiled,
        machine: Machine::Undecided,
        roles: world.callers.iter().map(|caller| Value::from(caller.role_arn.as_str())).collect(),
        names: Names::new(),
    })
}

/// The statements of a caller by effect, action and form.
fn index(world: &World, caller: &Caller) -> Json {
    let mut sides = [("allow", Map::new()), ("deny", Map::new())];
    for statement in world.policies_of(caller).flat_map(|policy| &policy.statements) {
        let (_, side) = &mut sides[usize::from(statement.denies)];
        let mut actions: Vec<&str> =
            statement.actions.iter().flat_map(|pattern| actions_of(pattern)).collect();
        actions.dedup();
        for action in actions {
            let forms = side.entry(action).or_insert_with(|| json!({}));
            for pattern in &statement.resources {
                let (form, entry) = entry(pattern, statement);
                let listed = forms.as_object_mut().expect("an object").entry(form);
                listed.or_insert_with(|| json!([])).as_array_mut().expect("an array").push(entry);
            }
        }
    }
    sides.into_iter().map(|(name, side)| (name.to_owned(), Json::Object(side))).collect()
}

fn entry(pattern: &str, statement: &Statement) -> (&'static str, Json) {
    let (form, mut entry) = match Form::of(pattern) {
        Form::Any => ("any", json!({})),
        Form::Exact(arn) => ("exact", json!({ "arn": arn })),
        Form::Prefix(prefix) => ("prefix", json!({ "prefix": prefix })),
        Form::Contains(prefix, needle) => ("contains", json!({ "prefix": prefix, "needle": needle })),
    };
    let tests: Vec<Json> = statement.tests.iter().map(test).collect();
    entry["tests"] = Json::Array(tests);
    (form, entry)
}

fn test(test: &Test) -> Json {
    let keyed = |ids: &[String]| ids.iter().map(|id| (id.clone(), Json::Bool(true))).collect::<Map<_, _>>();
    match test {
        Test::UserIn(ids) => json!({ "op": "user", "ids": keyed(ids) }),
        Test::RoleIn(ids) => json!({ "op": "role", "ids": keyed(ids) }),
        Test::SourceIn(networks) => json!({ "op": "source", "networks": networks }),
        Test::Secure(wanted) => json!({ "op": "equals", "key": test.key(), "value": wanted }),
        Test::IssuedBefore(second) => json!({ "op": "before", "key": test.key(), "value": second }),
        Test::Tag(_, value) => json!({ "op": "equals", "key": test.key(), "value": value }),
    }
}

impl Names {
    fn new() -> Self {
        Self {
            action: "action".into(),
            resource: "resource".into(),
            role: "role".into(),
            role_id: "role_id".into(),
            context: "context".into(),
            keys: BTreeMap::new(),
        }
    }

    fn key(&mut self, name: &str) -> Value {
        if let Some(key) = self.keys.get(name) {
            return key.clone();
        }
        let key = Value::from(name);
        self.keys.insert(name.to_owned(), key.clone());
        key
    }
}

impl Regorus {
    fn input(&mut self, facts: &Facts) -> Value {
        let mut context = BTreeMap::new();
        facts.each_key(|key, fact| {
            let value = match fact {
                Fact::Text(text) => Value::from(text),
                Fact::Moment(second) | Fact::Epoch(second) => Value::from(second),
                Fact::Address(address) => Value::from(address.to_string()),
                Fact::Flag(flag) => Value::from(flag),
            };
            context.insert(self.names.key(key), value);
        });
        Value::from(BTreeMap::from([
            (self.names.action.clone(), Value::from(facts.action.as_str())),
            (self.names.resource.clone(), Value::from(facts.resource.as_str())),
            (self.names.role.clone(), self.roles[facts.caller].clone()),
            (self.names.role_id.clone(), Value::from(facts.role_id())),
            (self.names.context.clone(), Value::from(context)),
        ]))
    }

    fn compiled(&mut self, facts: &Facts) -> bool {
        let input = self.input(facts);
        self.compiled.set_input(input);
        self.compiled.execute_entry_point_by_index(0).expect("a result") == Value::Bool(true)
    }

    fn interpreted(&mut self, facts: &Facts) -> bool {
        let input = self.input(facts);
        self.interpreter.set_input(input);
        self.interpreter.eval_rule(RULE.to_owned()).expect("a result") == Value::Bool(true)
    }

    fn try_both(&mut self, facts: &Facts) {
        let mut time = |decide: fn(&mut Self, &Facts) -> bool| -> Duration {
            decide(self, facts);
            let began = Instant::now();
            for _ in 0..TRIALS {
                decide(self, facts);
            }
            began.elapsed() / TRIALS
        };
        let compiled = time(Self::compiled);
        let interpreted = time(Self::interpreted);
        if crate::is_talkative() {
            println!("  regorus: compiled {compiled:?}, interpreted {interpreted:?}");
        }
        self.machine = if compiled <= interpreted { Machine::Compiled } else { Machine::Interpreted };
    }
}

impl Contestant for Regorus {
    fn allows(&mut self, facts: &Facts) -> bool {
        match self.machine {
            Machine::Undecided => {
                self.try_both(facts);
                self.allows(facts)
            }
            Machine::Compiled => self.compiled(facts),
            Machine::Interpreted => self.interpreted(facts),
        }
    }
}

/// What is kept for each principal beside shared policies: an entry of the data with the numbers of its policies.
pub fn attach(principals: &Attachments) -> Value {
    let entry = |(id, places): &(String, [usize; 3])| {
        let places: Vec<Value> = places.iter().map(|at| Value::from(*at)).collect();
        (Value::from(id.as_str()), Value::from(places))
    };
    Value::from(principals.iter().map(entry).collect::<BTreeMap<_, _>>())
}
