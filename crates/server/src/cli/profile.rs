//! The AWS CLI's two files: `~/.aws/config` and `~/.aws/credentials`, read as it reads them.
//!
//! AWS CLI User Guide, "Configuration and credential file settings". In the first a profile's section is
//! `[profile NAME]` (`[default]` for that one) and `[services NAME]` holds settings by service; in the second it is
//! `[NAME]`. What the second says of a profile goes before what the first says.
//!
//! ```text
//! [profile admin]
//! region = eu-central-1
//! services = local
//!
//! [services local]
//! portcullis =
//!   endpoint_url = http://127.0.0.1:7070
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Surroundings;
use super::error::ClientError;

/// The settings of a section, by name in lower case; a nested block is one value of several lines.
type Section = BTreeMap<String, String>;

/// What both files say.
#[derive(Debug, Default)]
pub struct Profiles {
    of_config: BTreeMap<String, Section>,
    of_credentials: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
}

impl Profiles {
    /// Reads both files; one that is not there says nothing.
    ///
    /// # Errors
    /// [`ClientError::Unreadable`] and [`ClientError::Malformed`]: half of a configuration is not to be believed.
    pub fn read(surroundings: &Surroundings<'_>) -> Result<Self, ClientError> {
        let mut profiles = Self::default();
        for (name, section) in sections(surroundings, "AWS_CONFIG_FILE", "config")? {
            match name.split_once(char::is_whitespace) {
                None if name == "default" => merge(&mut profiles.of_config, "default", section),
                Some(("profile", name)) => merge(&mut profiles.of_config, unquoted(name), section),
                Some(("services", name)) => merge(&mut profiles.services, unquoted(name), section),
                _ => {}
            }
        }
        for (name, section) in sections(surroundings, "AWS_SHARED_CREDENTIALS_FILE", "credentials")? {
            merge(&mut profiles.of_credentials, &name, section);
        }
        Ok(profiles)
    }

    /// Whether either file has this profile.
    pub fn has(&self, profile: &str) -> bool {
        self.of_config.contains_key(profile) || self.of_credentials.contains_key(profile)
    }

    /// A setting of a profile, whichever file has it.
    pub fn setting(&self, profile: &str, name: &str) -> Option<&str> {
        self.in_credentials(profile, name).or_else(|| self.in_config(profile, name))
    }

    /// A setting that stands in the credentials file.
    pub fn in_credentials(&self, profile: &str, name: &str) -> Option<&str> {
        value(&self.of_credentials, profile, name)
    }

    /// A setting that stands in the config file.
    pub fn in_config(&self, profile: &str, name: &str) -> Option<&str> {
        value(&self.of_config, profile, name)
    }

    /// A setting of one service in the `services` section that a profile names.
    pub fn of_service(&self, profile: &str, service: &str, name: &str) -> Option<&str> {
        let block = value(&self.services, self.setting(profile, "services")?, service)?;
        let mut settings = block.lines().filter_map(|line| line.split_once('='));
        settings.find(|(held, _)| held.trim() == name).map(|(_, value)| value.trim())
    }
}

fn merge(sections: &mut BTreeMap<String, Section>, name: &str, section: Section) {
    sections.entry(name.to_owned()).or_default().extend(section);
}

fn value<'a>(sections: &'a BTreeMap<String, Section>, section: &str, name: &str) -> Option<&'a str> {
    sections.get(section)?.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn unquoted(name: &str) -> &str {
    let name = name.trim();
    let inside = |quote: char| name.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(name)
}

fn sections(
    surroundings: &Surroundings<'_>,
    variable: &str,
    name: &str,
) -> Result<Vec<(String, Section)>, ClientError> {
    let Some(path) = path(surroundings, variable, name) else { return Ok(Vec::new()) };
    match (surroundings.file)(&path) {
        Ok(Some(text)) => parse(&text).map_err(|line| ClientError::Malformed { path, line }),
        Ok(None) => Ok(Vec::new()),
        Err(source) => Err(ClientError::Unreadable { path, source }),
    }
}

/// Where a file is: the variable says, with `~` for the home directory; otherwise in `~/.aws`.
fn path(surroundings: &Surroundings<'_>, variable: &str, name: &str) -> Option<PathBuf> {
    let home = surroundings.home.as_deref();
    match (surroundings.variable)(variable) {
        Some(path) => match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(PathBuf::from(path)),
        },
        None => home.map(|home: &Path| home.join(".aws").join(name)),
    }
}

/// The sections of a file, in order; the number of the first line that is nothing.
///
/// As Python's `configparser`, which the AWS CLI uses: comments are whole lines, a setting is `name = value` or
/// `name: value`, and what is indented more than a setting belongs to its value.
fn parse(text: &str) -> Result<Vec<(String, Section)>, usize> {
    let mut sections: Vec<(String, Section)> = Vec::new();
    // The setting that an indented line belongs to, and how far it is indented itself.
    let mut open: Option<(String, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let code = line.trim();
        if code.is_empty() || code.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let section = sections.last_mut().map(|(_, section)| section);
        match (&open, section) {
            (Some((name, of_setting)), Some(section)) if indent > *of_setting => {
                let value = section.entry(name.clone()).or_default();
                value.push('\n');
                value.push_str(code);
            }
            (_, section) => {
                if let Some(name) = code.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                    sections.push((name.0.trim().to_owned(), Section::new()));
                    open = None;
                } else if let (Some(section), Some((name, value))) = (section, code.split_once(['=', ':'])) {
                    let name = name.trim().to_lowercase();
                    section.insert(name.clone(), value.trim().to_owned());
                    open = Some((name, indent));
                } else {
                    return Err(number + 1);
                }
            }
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(of: &[(&str, &str)]) -> Section {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_is_sections_of_settings() {
        let text = "# mine\n[default]\nRegion = eu-west-1\n\n; old\n[profile a b]\nkey: x=y # not a comment\n\
                    s3 =\n  one = 1\n  # two\n  three = 3\nlast=z\n";
        assert_eq!(
            parse(text).unwrap(),
            [
                ("default".to_owned(), section(&[("region", "eu-west-1")])),
                (
                    "profile a b".to_owned(),
                    section(&[("key", "x=y # not a comment"), ("s3", "\none = 1\nthree = 3"), ("last", "z")])
                ),
            ]
        );
    }

    #[test]
    fn a_line_that_is_nothing_is_named_by_its_number() {
        for (text, line) in [("a = 1\n", 1), ("[a]\n\nnothing\n", 3), ("[a\n", 1)] {
            assert_eq!(parse(text).unwrap_err(), line, "{text}");
        }
    }

    #[test]
    fn indented_settings_stand_side_by_side() {
        let text = "[a]\n  one = 1\n  two = 2\n";
        assert_eq!(parse(text).unwrap(), [("a".to_owned(), section(&[("one", "1"), ("two", "2")]))]);
    }
}
