//! JSON objects whose members all have names of their own: of two members of one name, two readers may see different ones.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value as Json;

/// The members of an object.
pub struct Members(Vec<(String, Json)>);

impl Members {
    /// Reads an object, and nothing behind it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// A member; absent if it is not there.
    pub fn member(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members(Vec::new());
                while let Some((name, value)) = map.next_entry::<String, Json>()? {
                    if members.member(&name).is_some() {
                        return Err(A::Error::custom("a member comes twice"));
                    }
                    members.0.push((name, value));
                }
                Ok(members)
            }
        }
        from.deserialize_map(Reader)
    }
}
