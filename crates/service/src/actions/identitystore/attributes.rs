//! The attributes of a user beside its name: what there can be, and how a change names it (Identity Store API
//! reference, "User", "AttributeOperation").
//!
//! They are kept as a JSON object whose members are those of CreateUser. A change names one by its path, `name.givenName`
//! or `aws:identitystore:enterprise.department`, in any case.

use portcullis_base::Value;
use serde_json::{Map, Value as Json};

use super::scope::{invalid, is_readable};
use crate::error::ApiError;

/// The longest text of an attribute.
const TEXT_MAX: usize = 1024;
/// What all extensions of a user come to as text, at most.
const EXTENSIONS_MAX: usize = 10 * 1024;
/// What begins the name of an extension.
const EXTENSION: &str = "aws:identitystore:";

/// What an attribute is made of.
#[derive(Debug, Clone, Copy)]
enum Form {
    Text,
    /// Members that are texts.
    Parts(&'static [&'static str]),
    /// So many of them, each with members that are texts, and `Primary`.
    List(usize, &'static [&'static str]),
}

const NAME: Form = Form::Parts(&[
    "Formatted",
    "FamilyName",
    "GivenName",
    "MiddleName",
    "HonorificPrefix",
    "HonorificSuffix",
]);
const ADDRESS: &[&str] =
    &["StreetAddress", "Locality", "Region", "PostalCode", "Country", "Formatted", "Type"];
const CONTACT: &[&str] = &["Value", "Type"];

/// Every attribute of a user, by its member in CreateUser.
const ATTRIBUTES: [(&str, Form); 16] = [
    ("Name", NAME),
    ("DisplayName", Form::Text),
    ("NickName", Form::Text),
    ("ProfileUrl", Form::Text),
    ("Emails", Form::List(1, CONTACT)),
    ("Addresses", Form::List(1, ADDRESS)),
    ("PhoneNumbers", Form::List(1, CONTACT)),
    ("UserType", Form::Text),
    ("Title", Form::Text),
    ("PreferredLanguage", Form::Text),
    ("Locale", Form::Text),
    ("Timezone", Form::Text),
    ("Photos", Form::List(3, &["Value", "Type", "Display"])),
    ("Website", Form::Text),
    ("Birthdate", Form::Text),
    ("Roles", Form::List(1, CONTACT)),
];
/// Attributes of whole organizations' making.
const EXTENSIONS: &str = "Extensions";

/// The attributes of a user.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attributes(Map<String, Json>);

impl Attributes {
    /// From what is stored.
    pub fn stored(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Json::Object(members)) => Self(members),
            _ => Self::default(),
        }
    }

    /// As it is stored.
    pub fn text(&self) -> String {
        Json::Object(self.0.clone()).to_string()
    }

    /// From the members of CreateUser, which have been held against their shapes.
    ///
    /// # Errors
    /// `ValidationException` for extensions that are too large.
    pub fn given(input: &Value) -> Result<Self, ApiError> {
        let names = ATTRIBUTES.iter().map(|(name, _)| *name).chain([EXTENSIONS]);
        let members = names.filter_map(|name| Some((name.to_owned(), json(input.member(name)?))));
        let made = Self(members.collect());
        made.within()?;
        Ok(made)
    }

    /// The email address by which the user is found.
    pub fn email(&self) -> Option<&str> {
        self.0.get("Emails")?.get(0)?.get("Value")?.as_str()
    }

    /// Adds its members to an answer; extensions only those that are asked for.
    pub fn add_to(&self, mut answer: Value, extensions: &[Value]) -> Value {
        for (name, held) in &self.0 {
            if name != EXTENSIONS {
                answer.insert(name, value(held));
                continue;
            }
            let wanted = |name: &&String| extensions.iter().any(|it| it.as_text() == Some(name.as_str()));
            let held = held.as_object().into_iter().flatten();
            let shown: Vec<_> = held
                .filter(|(name, _)| wanted(name))
                .map(|(name, held)| (name.clone(), value(held)))
                .collect();
            if !shown.is_empty() {
                answer.insert(EXTENSIONS, Value::Map(shown));
            }
        }
        answer
    }

    /// Puts a value in at a path, or takes what is there away.
    ///
    /// # Errors
    /// `ValidationException` for a path that there is not, and for a value that does not fit there.
    pub fn change(&mut self, path: &str, given: Option<&Value>) -> Result<(), ApiError> {
        if path.get(..EXTENSION.len()).is_some_and(|start| start.eq_ignore_ascii_case(EXTENSION)) {
            return self.change_extension(path, given);
        }
        let mut parts = path.split('.');
        let first = parts.next().unwrap_or_default();
        let found = ATTRIBUTES.iter().find(|(name, _)| name.eq_ignore_ascii_case(first));
        let (name, form) = found.ok_or_else(|| no_such_path(path))?;
        let value = match (form, parts.next(), parts.next()) {
            (_, None, _) => given.map(|given| fitted(*form, given, path)).transpose()?,
            (Form::Parts(names), Some(part), None) => {
                let part = names.iter().find(|name| name.eq_ignore_ascii_case(part));
                let part = part.ok_or_else(|| no_such_path(path))?;
                let mut members = self.0.get(*name).and_then(Json::as_object).cloned().unwrap_or_default();
                match given {
                    Some(given) => members.insert((*part).to_owned(), fitted(Form::Text, given, path)?),
                    None => members.remove(*part),
                };
                (!members.is_empty()).then_some(Json::Object(members))
            }
            _ => return Err(no_such_path(path)),
        };
        match value {
            Some(value) => self.0.insert((*name).to_owned(), value),
            None => self.0.remove(*name),
        };
        Ok(())
    }

    fn change_extension(&mut self, path: &str, given: Option<&Value>) -> Result<(), ApiError> {
        let mut extensions = self.0.get(EXTENSIONS).and_then(Json::as_object).cloned().unwrap_or_default();
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        let name = name.to_ascii_lowercase();
        if rest.is_empty() {
            match given {
                Some(given) => extensions.insert(name, json(given)),
                None => extensions.remove(&name),
            };
        } else {
            let mut members = extensions.get(&name).and_then(Json::as_object).cloned().unwrap_or_default();
            match given {
                Some(given) => members.insert(rest.to_owned(), json(given)),
                None => members.remove(rest),
            };
            extensions.insert(name, Json::Object(members));
        }
        if extensions.is_empty() {
            self.0.remove(EXTENSIONS);
        } else {
            self.0.insert(EXTENSIONS.to_owned(), Json::Object(extensions));
        }
        self.within()
    }

    fn within(&self) -> Result<(), ApiError> {
        let size = self.0.get(EXTENSIONS).map_or(0, |held| held.to_string().len());
        if size > EXTENSIONS_MAX {
            return Err(invalid(format!("Extensions come to {EXTENSIONS_MAX} bytes of JSON at most.")));
        }
        Ok(())
    }
}

fn no_such_path(path: &str) -> ApiError {
    invalid(format!("{path} is no attribute that can be changed."))
}

/// A value that fits a form, in the words of CreateUser.
fn fitted(form: Form, given: &Value, path: &str) -> Result<Json, ApiError> {
    let odd = || invalid(format!("The value for {path} does not have the form of this attribute."));
    match form {
        Form::Text => {
            let text = given.as_text().ok_or_else(odd)?;
            let is_fit = text.chars().count() <= TEXT_MAX && is_readable(text);
            is_fit.then(|| Json::from(text)).ok_or_else(odd)
        }
        Form::Parts(names) => parts(given, names, false, path),
        Form::List(most, names) => {
            let Value::List(items) = given else { return Err(odd()) };
            if items.is_empty() || items.len() > most {
                return Err(invalid(format!("{path} has 1 to {most} items.")));
            }
            items.iter().map(|item| parts(item, names, true, path)).collect::<Result<_, _>>().map(Json::Array)
        }
    }
}

fn parts(given: &Value, names: &[&str], is_item: bool, path: &str) -> Result<Json, ApiError> {
    let odd = || invalid(format!("The value for {path} does not have the form of this attribute."));
    let Value::Map(members) = given else { return Err(odd()) };
    let mut made = Map::new();
    for (name, held) in members {
        if is_item && name.eq_ignore_ascii_case("Primary") {
            let Value::Bool(truth) = held else { return Err(odd()) };
            made.insert("Primary".to_owned(), Json::Bool(*truth));
            continue;
        }
        let name = names.iter().find(|held| held.eq_ignore_ascii_case(name)).ok_or_else(odd)?;
        made.insert((*name).to_owned(), fitted(Form::Text, held, path)?);
    }
    if made.is_empty() { Err(odd()) } else { Ok(Json::Object(made)) }
}

fn json(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => Json::from(*truth),
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(members) => {
            Json::Object(members.iter().map(|(name, held)| (name.clone(), json(held))).collect())
        }
        Value::Null | Value::Blob(_) | Value::Time(_) => Json::Null,
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or_default()), Value::Int)
        }
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(members) => {
            Value::Map(members.iter().map(|(name, held)| (name.clone(), value(held))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::from(text)
    }

    #[test]
    fn a_path_changes_what_it_names_in_any_case_and_nothing_else() {
        let mut held = Attributes::default();
        held.change("name.GIVENname", Some(&text("Jane"))).unwrap();
        held.change("Name.familyName", Some(&text("Doe"))).unwrap();
        held.change("title", Some(&text("Engineer"))).unwrap();
        let email = Value::structure().with("value", "jane@example.com").with("primary", true);
        held.change("emails", Some(&Value::List(vec![email]))).unwrap();
        assert_eq!(held.email(), Some("jane@example.com"));
        held.change("aws:identitystore:enterprise.department", Some(&text("R&D"))).unwrap();
        assert_eq!(
            held.text(),
            "{\"Name\":{\"GivenName\":\"Jane\",\"FamilyName\":\"Doe\"},\"Title\":\"Engineer\",\"Emails\":[{\"Value\":\"jane@\
             example.com\",\"Primary\":true}],\"Extensions\":{\"aws:identitystore:enterprise\":{\"department\":\"R&D\"}}}"
        );
        for path in ["name.givenName", "name.familyName", "title", "emails"] {
            held.change(path, None).unwrap();
        }
        held.change("aws:identitystore:enterprise", None).unwrap();
        assert_eq!(held, Attributes::default());
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let mut held = Attributes::default();
        let structure = || Value::structure().with("GivenName", "x");
        for (path, given) in [
            ("nothing", text("x")),
            ("name.shoeSize", text("x")),
            ("name", text("x")),
            ("title", structure()),
            ("title", text("")),
            ("title", text(&"x".repeat(1025))),
            ("title", text("a\u{0}b")),
            ("title.x", text("x")),
            ("emails", Value::List(Vec::new())),
            ("emails", Value::List(vec![structure(), structure()])),
            ("emails.value", text("x")),
            ("aws:identitystore:enterprise", text(&"x".repeat(20_000))),
        ] {
            let refused = held.change(path, Some(&given)).unwrap_err();
            assert_eq!(refused.code, "ValidationException", "{path}");
            held = Attributes::default();
        }
    }
}
