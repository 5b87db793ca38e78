//! Regorus: a Rego policy over a document of data that was indexed by hand. The strictest peer.
//!
//! For each role the statements are listed by action, wildcards in actions spelled out beforehand; within an action by
//! the form of the resource pattern and by whether there is a condition, and statements about every resource with a
//! single condition by that condition's kind; ids are keys of an object. So a decision walks over the statements of
//! the one action, compares prefixes in a tight loop and calls a function only for a condition that has to be asked.
//! Policy and data are compiled and set once; a decision sets the input and runs.
//!
//! It has two machines for this: an interpreter and a register machine for compiled programs. Both are tried on the
//! first requests of each workload, and the faster one stays.

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

/// Rounds by which the two machines are compared.
const TRIALS: usize = 5;

#[derive(Clone, Copy)]
enum Machine {
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
    /// Names of condition keys in the order in which they come.
    keys: Vec<(String, Value)>,
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
        machine: Machine::Compiled,
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

/// The list that a statement belongs to for one of its patterns, and what stands there.
fn entry(pattern: &str, statement: &Statement) -> (String, Json) {
    let (form, entry) = match (Form::of(pattern), statement.tests.as_slice()) {
        (Form::Any, [one]) => {
            let entry = test(one);
            return (format!("any_{}", entry["op"].as_str().expect("a text")), entry);
        }
        (Form::Any, _) => ("any", json!({})),
        (Form::Exact(arn), _) => ("exact", json!({ "arn": arn })),
        (Form::Prefix(prefix), _) => ("prefix", json!({ "prefix": prefix })),
        (Form::Contains(prefix, needle), _) => ("contains", json!({ "prefix": prefix, "needle": needle })),
    };
    match statement.tests.as_slice() {
        [] if form == "prefix" => ("prefix".to_owned(), entry["prefix"].clone()),
        [] => (form.to_owned(), entry),
        tests => {
            let mut entry = entry;
            entry["tests"] = tests.iter().map(test).collect();
            (format!("{form}_if"), entry)
        }
    }
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
            keys: Vec::new(),
        }
    }

    /// The key that comes at this place.
    fn key(&mut self, place: usize, name: &str) -> Value {
        match self.keys.get(place) {
            Some((held, key)) if held == name => key.clone(),
            Some(_) => Value::from(name),
            None => {
                let key = Value::from(name);
                self.keys.push((name.to_owned(), key.clone()));
                key
            }
        }
    }
}

impl Regorus {
    fn input(&mut self, facts: &Facts) -> Value {
        let mut context = Vec::with_capacity(18);
        facts.each_key(|key, fact| {
            let value = match fact {
                Fact::Text(text) => Value::from(text),
                Fact::Moment(second) | Fact::Epoch(second) => Value::from(second),
                Fact::Address(address) => Value::from(address.to_string()),
                Fact::Flag(flag) => Value::from(flag),
            };
            context.push((self.names.key(context.len(), key), value));
        });
        object([
            (self.names.action.clone(), Value::from(facts.action.as_str())),
            (self.names.resource.clone(), Value::from(facts.resource.as_str())),
            (self.names.role.clone(), self.roles[facts.caller].clone()),
            (self.names.role_id.clone(), Value::from(facts.role_id())),
            (self.names.context.clone(), object(context)),
        ])
    }

    fn decide(&mut self, machine: Machine, facts: &Facts) -> bool {
        let input = self.input(facts);
        let result = match machine {
            Machine::Compiled => {
                self.compiled.set_input(input);
                self.compiled.execute_entry_point_by_index(0).expect("a result")
            }
            Machine::Interpreted => {
                self.interpreter.set_input(input);
                self.interpreter.eval_rule(RULE.to_owned()).expect("a result")
            }
        };
        result == Value::Bool(true)
    }

    fn time(&mut self, machine: Machine, requests: &[Facts]) -> Duration {
        let began = Instant::now();
        for facts in requests {
            self.decide(machine, facts);
        }
        began.elapsed()
    }
}

/// An object, without the pass that would lay it out anew for long keeping.
fn object(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Value::Object(Rc::new(pairs.into_iter().collect::<BTreeMap<_, _>>().into()))
}

impl Contestant for Regorus {
    fn settle(&mut self, requests: &[Facts]) {
        let mut least = [Duration::MAX; 2];
        for _ in 0..TRIALS {
            for (machine, least) in [Machine::Compiled, Machine::Interpreted].into_iter().zip(&mut least) {
                *least = self.time(machine, requests).min(*least);
            }
        }
        let [compiled, interpreted] = least;
        self.machine = if compiled <= interpreted { Machine::Compiled } else { Machine::Interpreted };
        if crate::is_talkative() {
            let each = |all: Duration| all / u32::try_from(requests.len()).unwrap_or(1);
            println!("(regorus: compiled {:?}, interpreted {:?})", each(compiled), each(interpreted));
        }
    }

    fn allows(&mut self, facts: &Facts) -> bool {
        self.decide(self.machine, facts)
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
