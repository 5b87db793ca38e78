//! JSON as it is read from files: strictly, for two readers that disagree about a document are a way past one of them.
//! A member stands once, and nothing is nested without end.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The most values of one text: those of fifty thousand roles. Small values take far more room than their text.
const VALUES_MAX: usize = 8_000_000;

/// Reads a text.
///
/// # Errors
/// What is wrong with it and where.
pub fn read(text: &str) -> Result<Value, String> {
    // A file of a Windows program may begin with a mark of its byte order.
    let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    // How deep it may be nested is bounded by the reader.
    let count = Cell::new(0);
    let read =
        Strict { count: &count }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| format!("is not JSON: {error}"))
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    count: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.count.set(self.count.get() + 1);
        if self.count.get() > VALUES_MAX {
            return Err(D::Error::custom(format_args!("it has more than {VALUES_MAX} values")));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut held = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            held.push(item);
        }
        Ok(Value::Array(held))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut held = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if held.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the member {name:?} stands twice")));
            }
            let value = members.next_value_seed(self)?;
            held.insert(name, value);
        }
        Ok(Value::Object(held))
    }
}

/// Whether two texts are the same document, whatever their white space and the order of members.
pub fn is_same(one: &str, other: &str) -> bool {
    one == other || matches!((read(one), read(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_reader_could_take_otherwise_is_refused() {
        assert_eq!(read("\u{feff}{\"a\": [1, \"x\"]}").unwrap(), serde_json::json!({"a": [1, "x"]}));
        for (text, why) in [
            (r#"{"a":1,"a":2}"#, "stands twice"),
            (r#"{"a":{"b":1,"\u0062":2}}"#, "stands twice"),
            (r#"{"a":1"#, "EOF"),
            ("{} {}", "trailing"),
            ("", "EOF"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(read(&"[".repeat(100_000)).unwrap_err().contains("recursion"));
        let many = format!("[{}0]", "0,".repeat(VALUES_MAX));
        assert!(read(&many).unwrap_err().contains("values"));
    }

    #[test]
    fn white_space_and_order_make_no_other_document() {
        assert!(is_same(r#"{"a":1,"b":[2]}"#, "{ \"b\": [2],\n\"a\": 1 }"));
        assert!(!is_same(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#));
        assert!(is_same("{", "{") && !is_same("{", "}"));
    }
}
