//! Every output of every operation survives encoding and reading back, and no bytes make a decoder panic.

use portcullis_base::shape::{Kind, Member, ShapeId, Structure};
use portcullis_base::{Timestamp, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::tree::TreeReader;
use super::*;
use crate::frame::Headers;
use crate::route::{RouteConfig, route};
use crate::xml;

/// Makes values from bytes, so that proptest can shrink them; without bytes it makes the smallest value.
struct Maker<'m> {
    model: &'m Model,
    bytes: std::slice::Iter<'m, u8>,
}

impl Maker<'_> {
    fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    fn structure(&mut self, structure: &Structure, depth: usize) -> Value {
        let mut members = Vec::new();
        for member in structure.members.iter().filter(|member| member.place != Place::Stream) {
            if !self.byte().is_multiple_of(3) {
                let value = self.value(member.shape, member, depth + 1);
                // No protocol tells an empty flattened list, or no headers at all, from an absent member.
                let is_unseen =
                    value.is_empty() && (member.is_flattened || member.place == Place::HeaderPrefix);
                members.extend((!is_unseen).then_some((member.name.clone(), value)));
            }
        }
        Value::Map(members)
    }

    fn value(&mut self, id: ShapeId, member: &Member, depth: usize) -> Value {
        let many = if depth > 6 { 0 } else { usize::from(self.byte() % 3) };
        match &self.model.shape(id).kind {
            Kind::Structure(_) if depth > 6 => Value::structure(),
            Kind::Structure(structure) => self.structure(structure, depth),
            Kind::List { item, .. } => (0..many).map(|_| self.value(*item, member, depth + 1)).collect(),
            Kind::Map { value, .. } => {
                let held = |n: usize| (format!("key-{n}"), self.value(*value, member, depth + 1));
                Value::Map((0..many).map(held).collect())
            }
            Kind::Text => Value::Text(self.text(member)),
            Kind::Integer => Value::Int(i64::from(self.byte()) - 100),
            Kind::Long => Value::Int((i64::from(self.byte()) - 100) << 40),
            Kind::Float => Value::Float(f64::from(self.byte()) / 4.0),
            Kind::Boolean => Value::Bool(self.byte() % 2 == 1),
            Kind::Timestamp(_) => {
                Value::Time(Timestamp::from_seconds(i64::from(self.byte()) * 40_000_000 - 5))
            }
            Kind::Blob => Value::Blob((0..many).map(|_| self.byte()).collect()),
            Kind::Document => Value::structure().with("free", self.text(member)),
        }
    }

    fn text(&mut self, member: &Member) -> String {
        let odd = ["<&>\"'", "]]>", "\r\n", "\u{1}", " ", "é\u{1f512}", "&amp;", "\t", "\u{2028}", "%41+"];
        let plain = ["a", "Z", "0", "=", "/", "\"", "&", "<"];
        let letters = if matches!(member.place, Place::Body) { &odd[..] } else { &plain[..] };
        let count = self.byte() % 5;
        let picked = (0..count).map(|_| letters[usize::from(self.byte()) % letters.len()]);
        picked.collect()
    }
}

/// Reads an answer back, by other code than reads requests where there is any.
fn read_back(routed: &Routed, response: &Response) -> Value {
    let structure = routed.model.structure(routed.operation.output);
    let mut tree = TreeReader { model: routed.model, unknown: Vec::new() };
    let value = match routed.model.protocol {
        // An operation without an output answers nothing at all.
        Protocol::Json | Protocol::RestJson if routed.operation.output.is_none() => {
            assert!(response.body.is_empty(), "{}", routed.operation.name);
            Value::structure()
        }
        Protocol::Json | Protocol::RestJson => {
            let document: Json = serde_json::from_slice(&response.body).unwrap();
            from_json(routed.model, routed.operation.output.unwrap(), &document)
        }
        Protocol::Query => {
            let root = xml::read(&response.body).unwrap();
            assert_eq!(root.name, format!("{}Response", routed.operation.name));
            assert_eq!(root.children.last().unwrap().name, "ResponseMetadata");
            let wrapper = routed.operation.output_wrapper.as_deref();
            match root.children.iter().find(|child| Some(child.name.as_str()) == wrapper) {
                Some(result) => tree.structure(structure, result, "").unwrap(),
                None => Value::structure(),
            }
        }
        Protocol::RestXml => from_rest(routed, structure, &mut tree, response),
    };
    assert_eq!(tree.unknown, Vec::<String>::new(), "{}", routed.operation.name);
    value
}

fn from_rest(
    routed: &Routed,
    structure: &Structure,
    tree: &mut TreeReader<'_>,
    response: &Response,
) -> Value {
    let is_xml = response.headers.iter().any(|(_, value)| value == "application/xml");
    let root = is_xml.then(|| xml::read(&response.body).unwrap());
    let in_body = root.as_ref().map(|root| {
        if routed.operation.output_is_bare || structure.payload.is_some() {
            let member = structure.payload_member().unwrap_or(&structure.members[0]);
            Value::structure().with(&member.name, tree.value(member.shape, root, "").unwrap())
        } else {
            tree.structure(structure, root, "").unwrap()
        }
    });
    let mut members = Vec::new();
    for member in &structure.members {
        let shape = routed.model.shape(member.shape);
        let value = match member.place {
            Place::Header => {
                response.headers.iter().find(|(name, _)| *name == member.wire_name).map(|(_, text)| {
                    match &shape.kind {
                        Kind::List { item, .. } => {
                            let parts = text.split(',').filter(|part| !part.is_empty());
                            parts.map(|part| scalar::read(routed.model.shape(*item), part).unwrap()).collect()
                        }
                        _ => scalar::read(shape, text).unwrap(),
                    }
                })
            }
            Place::HeaderPrefix => {
                let named = response.headers.iter().filter_map(|(name, text)| {
                    Some((name.strip_prefix(&member.wire_name)?.to_owned(), Value::from(text.as_str())))
                });
                Some(Value::Map(named.collect())).filter(|held| !held.is_empty())
            }
            _ if matches!(shape.kind, Kind::Text) && structure.payload.as_deref() == Some(&member.name) => {
                let text = String::from_utf8(response.body.clone()).unwrap();
                response.headers.iter().any(|(name, _)| name == "Content-Type").then(|| Value::from(text))
            }
            _ => in_body.as_ref().and_then(|held| held.member(&member.name)).cloned(),
        };
        members.extend(value.map(|value| (member.name.clone(), value)));
    }
    Value::Map(members)
}

fn from_json(model: &Model, id: ShapeId, document: &Json) -> Value {
    match &model.shape(id).kind {
        Kind::Structure(structure) => {
            let object = document.as_object().unwrap();
            assert!(object.keys().all(|name| structure.member(name).is_some()));
            let members = structure.members.iter().filter_map(|member| {
                Some((member.name.clone(), from_json(model, member.shape, object.get(&member.wire_name)?)))
            });
            Value::Map(members.collect())
        }
        Kind::List { item, .. } => {
            document.as_array().unwrap().iter().map(|held| from_json(model, *item, held)).collect()
        }
        Kind::Map { value, .. } => {
            let members = document.as_object().unwrap().iter();
            Value::Map(members.map(|(name, held)| (name.clone(), from_json(model, *value, held))).collect())
        }
        Kind::Timestamp(_) => Value::Time(Timestamp::from_seconds(document.as_i64().unwrap())),
        Kind::Integer | Kind::Long => Value::Int(document.as_i64().unwrap()),
        Kind::Boolean => Value::Bool(document.as_bool().unwrap()),
        Kind::Text => Value::from(document.as_str().unwrap()),
        Kind::Document => {
            let free = document.as_object().unwrap().iter();
            Value::Map(free.map(|(name, held)| (name.clone(), Value::from(held.as_str().unwrap()))).collect())
        }
        other => panic!("no output of a JSON service holds {other:?}"),
    }
}

/// A bare member is the whole document: it cannot be absent, only empty.
fn completed(routed: &Routed, output: Value) -> Value {
    let structure = routed.model.structure(routed.operation.output);
    match structure.members.first() {
        Some(member) if routed.operation.output_is_bare && output.member(&member.name).is_none() => {
            output.with(&member.name, "")
        }
        _ => output,
    }
}

fn every_operation() -> Vec<Routed> {
    let of_model = |model: &'static Model| {
        model.operations().iter().map(move |operation| Routed {
            model,
            operation,
            labels: Vec::new(),
            parameters: Vec::new(),
        })
    };
    models().flat_map(of_model).collect()
}

/// The message of the first operation whose output does not come back.
fn first_difference(bytes: &[u8]) -> Option<String> {
    every_operation().into_iter().find_map(|routed| {
        let structure = routed.model.structure(routed.operation.output);
        let mut maker = Maker { model: routed.model, bytes: bytes.iter() };
        let output = maker.structure(structure, 0);
        let response = encode(&routed, &output, "4442587FB7D0A2F9");
        let expected = completed(&routed, output);
        let read = read_back(&routed, &response);
        let text = || String::from_utf8_lossy(&response.body).into_owned();
        (read != expected).then(|| format!("{}\n{}\n{expected:?}\n{read:?}", routed.operation.name, text()))
    })
}

fn decode_anything(service: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
    let Ok(mut all) = Headers::new([("content-type", "application/x-www-form-urlencoded")]) else { return };
    for (name, value) in headers {
        if all.push(name, value).is_err() {
            return;
        }
    }
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let Ok(head) = Head::new(method, path, query, all) else { return };
    for config in [RouteConfig::default(), RouteConfig { domains: vec!["d".into()] }] {
        if let Ok(routed) = route(&head, Some(service), body, &config) {
            let _ = decode(&routed, &head, body);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn outputs_come_back_as_they_were(bytes in vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(first_difference(&bytes), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_decoder_panic(body in vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>()) {
        let operations = every_operation();
        let routed = at.get(&operations);
        let head = Head::new("POST", "/", None, Headers::default()).unwrap();
        let _ = decode(routed, &head, &body);
        let _ = xml::read(&body);
        let _ = crate::form::parse(&body);
    }

    #[test]
    fn no_markup_makes_the_s3_decoder_panic(
        parts in vec(prop::sample::select(vec![
            "<Delete>", "</Delete>", "<Object>", "</Object>", "<Key>", "</Key>", "<Quiet>", "true", "</Quiet>", "&lt;",
            "&#x0;", "<![CDATA[", "]]>", "<!--", "-->", "<?xml version=\"1.0\"?>", " xmlns=\"", "<a", "/>", "\u{e9}",
        ]), 0..30),
    ) {
        decode_anything("s3", "POST", "/b?delete", &[], parts.concat().as_bytes());
    }

    #[test]
    fn no_form_makes_the_query_decoder_panic(
        names in vec("(Tags|RoleArn|PolicyArns|DurationSeconds|x)?(\\.(member|entry|0|1|2|Key|Value|key))*", 0..12),
        text in "\\PC{0,6}",
    ) {
        let pairs: Vec<String> = names.iter().map(|name| format!("{name}={text}")).collect();
        let body = format!("Action=AssumeRole&Version=2011-06-15&{}", pairs.join("&"));
        decode_anything("sts", "POST", "/", &[], body.as_bytes());
    }

    #[test]
    fn no_address_makes_the_router_panic(
        method in "GET|PUT|POST|DELETE|HEAD",
        path in "(/[a-z./%2F]{0,12}|/token|/assignment/accounts)(\\?[a-zA-Z&=%0-9-]{0,30})?",
        name in "host|x-amz-copy-source|x-amz-object-attributes|x-amz-meta-|range|if-match",
        text in "[ -~]{0,12}",
    ) {
        for service in ["s3", "sts", "cloudtrail", "awsssoportal", "sso-oauth", "ec2"] {
            decode_anything(service, &method, &path, &[(name.as_str(), text.as_str())], b"");
        }
    }
}
