//! What the services of AWS have: actions, types of resources and condition keys, from the table in `data/`.
//!
//! Only `lint`, `summary` and `reach` ask; no decision does. The table is looked through once, at the first question, and each
//! service is read when it is first asked about. The lines of the table are explained in `data/README.md`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::pattern::Pattern;

const TABLES: [&str; 2] = [include_str!("../data/services.txt"), include_str!("../data/portcullis.txt")];

/// How much an action may do, as AWS sorts its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    List,
    Read,
    Write,
    Permissions,
    Tagging,
}

/// What the values of a condition key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Text,
    Arn,
    Bool,
    Date,
    IpAddress,
    Number,
}

/// A condition key.
#[derive(Debug)]
pub(crate) struct Key {
    /// As AWS spells it: `aws:RequestTag/${TagKey}`.
    pub(crate) name: &'static str,
    pub(crate) kind: KeyType,
    /// Whether a request may have several values, which only set operators reach.
    pub(crate) is_multivalued: bool,
    /// The name without regard to case, if it has a variable part.
    pattern: Option<Pattern>,
}

/// A type of resource.
#[derive(Debug)]
pub(crate) struct ResourceType {
    pub(crate) name: &'static str,
    /// Each `arn:${Partition}:s3:::${BucketName}`.
    pub(crate) arns: Vec<&'static str>,
    keys: Option<usize>,
}

/// An action.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    /// The name in lower case.
    pub(crate) folded: String,
    /// The name with the service before it: `s3:GetObject`.
    pub(crate) full: String,
    pub(crate) level: Level,
    resources: Vec<usize>,
    keys: Option<usize>,
}

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    /// `s3`
    pub(crate) prefix: &'static str,
    /// `Amazon S3`
    pub(crate) name: &'static str,
    pub(crate) keys: Vec<Key>,
    sets: Vec<Vec<usize>>,
    pub(crate) resources: Vec<ResourceType>,
    // INVARIANT: in the order of the folded names.
    pub(crate) actions: Vec<Action>,
}

/// The text of a service, and what it says once somebody has asked.
struct Shelf {
    text: &'static str,
    read: OnceLock<Service>,
}

/// The whole table.
pub(crate) struct Services {
    shelves: BTreeMap<&'static str, Shelf>,
    global: Vec<Key>,
    aliases: Vec<(&'static str, &'static str)>,
    /// For each service as ARNs have it: which services have such resources, and their forms.
    forms: BTreeMap<&'static str, (&'static str, OnceLock<Vec<Form>>)>,
}

/// Region, account and resource of an ARN's form.
pub(crate) type Form = [&'static str; 3];

/// The one table of this program.
pub(crate) fn services() -> &'static Services {
    static SERVICES: OnceLock<Services> = OnceLock::new();
    SERVICES.get_or_init(|| Services::read(&TABLES))
}

impl Services {
    fn read(tables: &[&'static str]) -> Self {
        let mut services = Self {
            shelves: BTreeMap::new(),
            global: Vec::new(),
            aliases: Vec::new(),
            forms: BTreeMap::new(),
        };
        for table in tables {
            // The marker of a service stands at the beginning of a line only, and the first such line may be the first.
            let mut parts = table.split("\n! ");
            let head = parts.next().unwrap_or_default();
            match head.strip_prefix("! ") {
                Some(service) => services.shelve(service),
                None => head.lines().for_each(|line| services.read_head(line)),
            }
            parts.for_each(|service| services.shelve(service));
        }
        services
    }

    fn shelve(&mut self, text: &'static str) {
        if let Some(prefix) = text.split(' ').next() {
            self.shelves.insert(prefix, Shelf { text, read: OnceLock::new() });
        }
    }

    fn read_head(&mut self, line: &'static str) {
        let mut fields = line.split(' ');
        match (fields.next(), fields.next(), fields.next()) {
            (Some("g"), Some(name), Some(kind)) => self.global.extend(Key::read(name, kind)),
            (Some("@"), Some(prefix), Some(service)) => self.aliases.push((prefix, service)),
            (Some("e"), Some(service), Some(prefixes)) => {
                self.forms.insert(service, (prefixes, OnceLock::new()));
            }
            _ => {}
        }
    }

    /// The service of this prefix, in any case.
    pub(crate) fn service(&self, prefix: &str) -> Option<&Service> {
        let Shelf { text, read } = self.shelves.get(prefix.to_ascii_lowercase().as_str())?;
        Some(read.get_or_init(|| Service::read(text)))
    }

    /// The prefixes of all services.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.shelves.keys().copied()
    }

    /// Whether ARNs have this service.
    pub(crate) fn is_service_of_arns(&self, service: &str) -> bool {
        self.forms.contains_key(service) || self.shelves.contains_key(service)
    }

    /// The forms of the ARNs of a service.
    pub(crate) fn forms_of(&self, service: &str) -> &[Form] {
        let Some((prefixes, forms)) = self.forms.get(service) else { return &[] };
        forms.get_or_init(|| {
            let services = prefixes.split(',').filter_map(|prefix| self.service(prefix));
            let arns = services.flat_map(|service| &service.resources).flat_map(|kind| &kind.arns);
            let parts = arns.filter_map(|arn| {
                let mut parts = arn.splitn(6, ':').skip(2);
                (parts.next()? == service).then_some([parts.next()?, parts.next()?, parts.next()?])
            });
            parts.collect()
        })
    }

    /// The keys that every request may have.
    pub(crate) fn global_keys(&self) -> &[Key] {
        &self.global
    }

    /// The global key of this name, in any case.
    pub(crate) fn global_key(&self, name: &str) -> Option<&Key> {
        find_key(&self.global, name)
    }

    /// The service to which keys with this prefix belong.
    pub(crate) fn service_of_keys(&self, prefix: &str) -> Option<&Service> {
        self.service(prefix).or_else(|| {
            let alias = self.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(prefix));
            alias.and_then(|(_, service)| self.service(service))
        })
    }

    /// The key of this name, global or of a service, in any case.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        let prefix = name.rsplit_once(':').map_or(name, |(prefix, _)| prefix);
        self.global_key(name).or_else(|| find_key(&self.service_of_keys(prefix)?.keys, name))
    }
}

fn find_key<'k>(keys: &'k [Key], name: &str) -> Option<&'k Key> {
    let whole = keys.iter().find(|key| key.name.eq_ignore_ascii_case(name));
    whole.or_else(|| keys.iter().find(|key| key.is_named(name)))
}

impl Key {
    fn read(name: &'static str, kind: &str) -> Option<Self> {
        let (letter, is_multivalued) = kind.strip_suffix('*').map_or((kind, false), |letter| (letter, true));
        let kind = match letter {
            "S" => KeyType::Text,
            "A" => KeyType::Arn,
            "B" => KeyType::Bool,
            "D" => KeyType::Date,
            "I" => KeyType::IpAddress,
            "N" => KeyType::Number,
            _ => return None,
        };
        let is_open = name.contains(['$', '<']);
        let pattern = is_open.then(|| Pattern::new(&opened(name, "?*").to_ascii_lowercase()));
        Some(Self { name, kind, is_multivalued, pattern })
    }

    /// What stands before the variable part: `aws:RequestTag/`.
    pub(crate) fn stem(&self) -> Option<&'static str> {
        self.name.find("${").or_else(|| self.name.find('<')).and_then(|at| self.name.get(..at))
    }

    /// Whether this is the key of that name.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        match (&self.pattern, self.stem()) {
            (Some(pattern), Some(stem)) => {
                let begins = name.get(..stem.len()).is_some_and(|start| start.eq_ignore_ascii_case(stem));
                begins && pattern.matches(&name.to_ascii_lowercase())
            }
            _ => self.name.eq_ignore_ascii_case(name),
        }
    }
}

/// A name of the table with something else in place of each variable part, `${TagKey}` or `<key>`.
pub(crate) fn opened(name: &str, filling: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once("${").or_else(|| rest.split_once('<')) {
        text.push_str(before);
        text.push_str(filling);
        rest = behind.split_once(['}', '>']).map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text
}

impl Service {
    fn read(text: &'static str) -> Self {
        let mut lines = text.lines();
        let (prefix, name) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or((text, text));
        let mut service = Self {
            prefix,
            name,
            keys: Vec::new(),
            sets: Vec::new(),
            resources: Vec::new(),
            actions: Vec::new(),
        };
        for line in lines {
            service.read_line(line);
        }
        service
    }

    fn read_line(&mut self, line: &'static str) {
        let mut fields = line.split(' ');
        let number = |field: Option<&str>| field.and_then(|field| field.parse().ok());
        match (fields.next(), fields.next(), fields.next()) {
            (Some("k"), Some(name), Some(kind)) => self.keys.extend(Key::read(name, kind)),
            (Some("s"), Some(places), None) => self.sets.push(numbers(places)),
            (Some("r"), Some(name), Some(arns)) => self.resources.push(ResourceType {
                name,
                arns: arns.split('|').collect(),
                keys: number(fields.next()),
            }),
            (Some("a"), Some(level), Some(name)) => {
                let level = match level {
                    "L" => Level::List,
                    "R" => Level::Read,
                    "P" => Level::Permissions,
                    "T" => Level::Tagging,
                    _ => Level::Write,
                };
                let resources = fields.next().map(numbers).unwrap_or_default();
                let folded = name.to_ascii_lowercase();
                let full = format!("{}:{name}", self.prefix);
                self.actions.push(Action {
                    name,
                    folded,
                    full,
                    level,
                    resources,
                    keys: number(fields.next()),
                });
            }
            _ => {}
        }
    }

    /// The actions whose names have this form; the pattern is in lower case and without the prefix.
    pub(crate) fn matching(&self, pattern: &str) -> Vec<&Action> {
        if !pattern.contains(['*', '?']) {
            let at = self.actions.binary_search_by(|action| action.folded.as_str().cmp(pattern)).ok();
            return at.and_then(|at| self.actions.get(at)).into_iter().collect();
        }
        // Names are in order, so that those with the same beginning stand together.
        let literal = pattern.split(['*', '?']).next().unwrap_or_default();
        let first = self.actions.partition_point(|action| action.folded.as_str() < literal);
        let candidates = self.actions.iter().skip(first);
        let pattern = Pattern::new(pattern);
        candidates
            .take_while(|action| action.folded.starts_with(literal))
            .filter(|action| pattern.matches(&action.folded))
            .collect()
    }

    /// The types of resources that an action is about; none when it wants `"Resource": "*"`.
    pub(crate) fn resources_of(&self, action: &Action) -> impl Iterator<Item = &ResourceType> {
        action.resources.iter().filter_map(|&place| self.resources.get(place))
    }

    /// Whether requests for an action may have a key of this name that not every request has.
    pub(crate) fn has_key(&self, action: &Action, name: &str) -> bool {
        let sets = self.resources_of(action).map(|resource| resource.keys).chain([action.keys]);
        sets.flatten()
            .filter_map(|set| self.sets.get(set))
            .flatten()
            .filter_map(|&place| self.keys.get(place))
            .any(|key| key.is_named(name))
    }

    /// Whether any action of the service may have a key of this name.
    pub(crate) fn knows_key(&self, name: &str) -> bool {
        find_key(&self.keys, name).is_some()
    }
}

fn numbers(field: &str) -> Vec<usize> {
    field.split(',').filter_map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        let mut actions = 0;
        for prefix in services().prefixes() {
            let service = services().service(prefix).unwrap();
            assert!(service.actions.is_sorted_by(|a, b| a.folded < b.folded), "{prefix}");
            actions += service.actions.len();
            for action in &service.actions {
                assert_eq!(
                    service.resources_of(action).count(),
                    action.resources.len(),
                    "{prefix}:{}",
                    action.name
                );
            }
        }
        let lines = |mark: &str| -> usize {
            TABLES.iter().map(|table| table.lines().filter(|line| line.starts_with(mark)).count()).sum()
        };
        assert_eq!(actions, lines("a "));
        assert_eq!(services().prefixes().count(), lines("! "));
        assert_eq!(services().global_keys().len(), lines("g "));
        assert!(actions > 20_000);
    }

    #[test]
    fn names_are_found_in_any_case() {
        let s3 = services().service("S3").unwrap();
        let get = s3.matching("getobject").pop().unwrap();
        assert_eq!((get.name, get.level), ("GetObject", Level::Read));
        assert!(
            s3.resources_of(get)
                .any(|resource| resource.arns == ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"])
        );
        assert!(s3.has_key(get, "s3:existingobjecttag/team") && !s3.has_key(get, "s3:prefix"));
        assert!(s3.matching("get*").len() > 20);
        let key = services().key("AWS:requesttag/Team").unwrap();
        assert_eq!(
            (key.name, key.stem(), key.is_multivalued),
            ("aws:RequestTag/${TagKey}", Some("aws:RequestTag/"), false)
        );
        assert!(services().key("aws:RequestTag/").is_none());
        assert!(services().key("aws:TagKeys").unwrap().is_multivalued);
        assert!(services().key("saml:sub").is_some() && services().service("portcullis").is_some());
    }
}
