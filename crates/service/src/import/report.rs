//! What is told of an import: what was taken, what was not and why, and whom documents name in vain.

use std::collections::BTreeMap;

use portcullis_base::{AccountId, Value};

/// How many remarks of a kind are told one by one.
const REMARKS_MAX: usize = 10_000;

/// What an import can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An account.
    Account,
    /// The organization.
    Organization,
    /// An organizational unit.
    Unit,
    /// A policy of the organization.
    OrganizationPolicy,
    /// A managed policy.
    Policy,
    /// A group.
    Group,
    /// A user.
    User,
    /// A role.
    Role,
    /// An instance profile.
    InstanceProfile,
    /// A bucket.
    Bucket,
}

impl Kind {
    /// As reports have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organization => "organization",
            Self::Unit => "organizational-unit",
            Self::OrganizationPolicy => "organization-policy",
            Self::Policy => "policy",
            Self::Group => "group",
            Self::User => "user",
            Self::Role => "role",
            Self::InstanceProfile => "instance-profile",
            Self::Bucket => "bucket",
        }
    }
}

/// Something to say of one thing in one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The file; empty for what is of no single one.
    pub file: String,
    /// What it is about: an ARN, or what the file calls it.
    pub entity: String,
    /// What there is to say.
    pub reason: String,
}

/// So many of a kind in an account.
pub type Counts = BTreeMap<(AccountId, Kind), usize>;

/// What is told of an import.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Whether it is in the store now.
    pub is_stored: bool,
    /// How many files of each kind were read.
    pub files: BTreeMap<&'static str, usize>,
    /// What is new.
    pub taken: Counts,
    /// What was here already, the same.
    pub unchanged: Counts,
    /// What was left out.
    pub not_taken: Vec<Remark>,
    /// Principals that a document names and that stand for nobody: the reason is the name.
    pub nobody: Vec<Remark>,
    /// Quotas that are exceeded by what was taken.
    pub quotas: Vec<Remark>,
    /// Why nothing is stored.
    pub problems: Vec<Remark>,
}

impl Report {
    /// Notes why nothing can be stored.
    pub fn problem(&mut self, file: &str, entity: impl Into<String>, reason: impl Into<String>) {
        self.problems.push(remark(file, entity, reason));
    }

    /// Notes what is left out.
    pub fn omission(&mut self, file: &str, entity: impl Into<String>, reason: impl Into<String>) {
        self.not_taken.push(remark(file, entity, reason));
    }

    /// As the action answers it.
    pub fn value(&self) -> Value {
        self.counts()
            .with("NotTaken", remarks(&self.not_taken, "Reason"))
            .with("Nobody", remarks(&self.nobody, "Principal"))
            .with("Quotas", remarks(&self.quotas, "Reason"))
            .with("Problems", remarks(&self.problems, "Reason"))
    }

    /// The counts alone, as the event has them.
    pub fn counts(&self) -> Value {
        let files = self
            .files
            .iter()
            .map(|(kind, count)| Value::structure().with("Kind", *kind).with("Count", *count));
        Value::structure()
            .with("Stored", self.is_stored)
            .with("Files", files.collect::<Value>())
            .with("Taken", counts(&self.taken))
            .with("Unchanged", counts(&self.unchanged))
    }
}

fn remark(file: &str, entity: impl Into<String>, reason: impl Into<String>) -> Remark {
    Remark { file: file.to_owned(), entity: entity.into(), reason: reason.into() }
}

fn counts(counts: &Counts) -> Value {
    let line = |((account, kind), count): (&(AccountId, Kind), &usize)| {
        Value::structure()
            .with("Account", account.to_string())
            .with("Kind", kind.word())
            .with("Count", *count)
    };
    counts.iter().map(line).collect()
}

fn remarks(remarks: &[Remark], name: &str) -> Value {
    let line = |held: &Remark| {
        Value::structure()
            .with("File", held.file.as_str())
            .with("Entity", held.entity.as_str())
            .with(name, held.reason.as_str())
    };
    let rest = remarks.len().saturating_sub(REMARKS_MAX);
    let last = (rest > 0).then(|| remark("", "", format!("and {rest} more")));
    remarks.iter().take(REMARKS_MAX).chain(&last).map(line).collect()
}
