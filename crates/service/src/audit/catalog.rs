//! Which sealed files there are, and from when to when their events go: known from names alone, so that a start
//! opens no file and a lookup opens only those that can hold what it wants.
//!
//! Sealed files come in pairs. CloudTrail's own, which anybody may read, and an index of it, which holds what the
//! records do not: milliseconds, user names and resources as LookupEvents gives them, and where each record begins.
//!
//! ```text
//! AWSLogs/123456789012/CloudTrail/us-east-1/2024/05/07/123456789012_CloudTrail_us-east-1_20240507T2347Z_K3….json.gz
//! index/123456789012/us-east-1/2024/05/07/0000018f55…-0000018f56…-K3….gz
//! ```
//!
//! The date and time are those of the newest event in the file. The last sixteen characters follow from the
//! segment's name; their first is `0` for refusals of unauthenticated requests, whose space is bounded apart.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use portcullis_base::{AccountId, Timestamp};
use sha2::{Digest, Sha256};

use super::{AuditError, AuditEvent, LookupQuery, place};

/// Which of the two journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Of everything but the following.
    Main,
    /// Of refusals of unauthenticated requests.
    Refused,
}

impl Kind {
    /// The beginning of a segment's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Refused => "refused",
        }
    }
}

/// A pair of sealed files. Ordered by the newest event first of all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LogFile {
    pub(super) newest: Timestamp,
    pub(super) oldest: Timestamp,
    pub(super) account: AccountId,
    pub(super) region: String,
    // INVARIANT: sixteen ASCII letters and digits.
    suffix: String,
}

impl LogFile {
    /// The pair that holds these events of a segment, all of this account and region.
    pub(super) fn of(
        kind: Kind,
        segment: &str,
        account: AccountId,
        region: &str,
        events: &[AuditEvent],
    ) -> Self {
        let instants = || events.iter().map(|event| event.at);
        Self {
            newest: instants().max().unwrap_or(Timestamp::EPOCH).max(Timestamp::EPOCH),
            oldest: instants().min().unwrap_or(Timestamp::EPOCH).max(Timestamp::EPOCH),
            account,
            region: region.to_owned(),
            suffix: suffix(kind, &format!("{segment}/{account}/{region}")),
        }
    }

    /// CloudTrail's file, below the log's directory.
    pub(super) fn records(&self, root: &Path) -> PathBuf {
        let (account, region) = (self.account, &self.region);
        let minute = self.newest.format("%Y%m%dT%H%MZ");
        let name = format!("{account}_CloudTrail_{region}_{minute}_{}.json.gz", self.suffix);
        let above = root.join("AWSLogs").join(account.to_string()).join("CloudTrail").join(region);
        above.join(self.newest.format("%Y/%m/%d")).join(name)
    }

    /// The index, below the log's directory.
    pub(super) fn index(&self, root: &Path) -> PathBuf {
        let name = format!("{:016x}-{:016x}-{}.gz", self.oldest.millis(), self.newest.millis(), self.suffix);
        let above = root.join("index").join(self.account.to_string()).join(&self.region);
        above.join(self.newest.format("%Y/%m/%d")).join(name)
    }

    /// Reads the path of an index, relative to the directory of indexes.
    fn of_index(path: &Path) -> Option<Self> {
        let mut parts = path.iter().map(|part| part.to_str());
        let account = parts.next()??.parse().ok()?;
        let region = parts.next()??.to_owned();
        let name = parts.next_back()??.strip_suffix(".gz")?;
        let [oldest, newest, suffix] = <[&str; 3]>::try_from(name.splitn(3, '-').collect::<Vec<_>>()).ok()?;
        let instant = |text| i64::from_str_radix(text, 16).ok().map(Timestamp::from_millis);
        let is_suffix = suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let file = Self {
            newest: instant(newest)?,
            oldest: instant(oldest)?,
            account,
            region,
            suffix: suffix.to_owned(),
        };
        // A file that stands elsewhere than its name says would not be found or deleted under its name.
        (is_suffix && file.index(Path::new("")) == Path::new("index").join(path)).then_some(file)
    }

    fn kind(&self) -> Kind {
        if self.suffix.starts_with('0') { Kind::Refused } else { Kind::Main }
    }

    /// Whether it can hold an event that the query asks for.
    fn concerns(&self, query: &LookupQuery) -> bool {
        self.account == query.account
            && query.end.is_none_or(|end| self.oldest.whole_seconds() <= end)
            && query.start.is_none_or(|start| self.newest.whole_seconds() >= start)
            && query.resume.as_ref().is_none_or(|position| self.oldest <= position.instant())
    }
}

/// The region as part of a path. Regions can come from requests: what is no plain name stands under `other`.
pub(super) fn region_name(region: &str) -> &str {
    let is_plain = (1..=64).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_plain { region } else { "other" }
}

fn suffix(kind: Kind, origin: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789";
    let digest = Sha256::digest(origin.as_bytes());
    let letter =
        |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).map_or('A', |letter| char::from(*letter));
    let first = match kind {
        Kind::Main => digest.first().map_or('A', letter),
        Kind::Refused => '0',
    };
    std::iter::once(first).chain(digest.iter().skip(1).take(15).map(letter)).collect()
}

/// All sealed files, in memory.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    main: BTreeMap<LogFile, u64>,
    refused: BTreeMap<LogFile, u64>,
}

impl Files {
    fn of(&mut self, kind: Kind) -> &mut BTreeMap<LogFile, u64> {
        match kind {
            Kind::Main => &mut self.main,
            Kind::Refused => &mut self.refused,
        }
    }
}

impl Catalog {
    /// Reads which files there are below the log's directory.
    pub(super) fn load(root: &Path) -> Result<Self, AuditError> {
        let catalog = Self::default();
        let indexes = root.join("index");
        for day in days(&indexes, 2)? {
            for path in place::files(&day)? {
                if let Some(file) = path.strip_prefix(&indexes).ok().and_then(LogFile::of_index) {
                    catalog.add(root, vec![file]);
                } else {
                    tracing::warn!(path = %path.display(), "not a file of the audit log; it is left alone");
                }
            }
        }
        Ok(catalog)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lookups find these from now on.
    pub(super) fn add(&self, root: &Path, files: Vec<LogFile>) {
        let sized: Vec<_> = files.into_iter().map(|file| (size(root, &file), file)).collect();
        let mut known = self.files();
        for (bytes, file) in sized {
            known.of(file.kind()).insert(file, bytes);
        }
    }

    /// Forgets what lookups no longer need to find.
    pub(super) fn forget(&self, is_gone: impl Fn(&LogFile) -> bool) {
        let mut known = self.files();
        known.main.retain(|file, _| !is_gone(file));
        known.refused.retain(|file, _| !is_gone(file));
    }

    /// The files that can hold what the query asks for, the newest first.
    pub(super) fn concerned(&self, query: &LookupQuery) -> Vec<LogFile> {
        let known = self.files();
        let mut files: Vec<_> = (known.main.keys().chain(known.refused.keys()))
            .filter(|file| file.concerns(query))
            .cloned()
            .collect();
        files.sort_by(|one, other| other.cmp(one));
        files
    }

    /// The latest instant of an event in any of them.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.files().main.keys().next_back().map(|file| file.newest)
    }

    /// The files that pass, without those of refusals of unauthenticated requests.
    pub(super) fn main(&self, passes: impl Fn(&LogFile) -> bool) -> Vec<LogFile> {
        self.files().main.keys().filter(|file| passes(file)).cloned().collect()
    }

    /// The files that can hold an event of one of these instants.
    pub(super) fn around(&self, oldest: Timestamp, newest: Timestamp) -> Vec<LogFile> {
        let known = self.files();
        let overlaps = |file: &&LogFile| file.oldest <= newest && file.newest >= oldest;
        known.main.keys().chain(known.refused.keys()).filter(overlaps).cloned().collect()
    }

    /// Takes the oldest files of refusals out until the rest has at most so many bytes, and returns them.
    pub(super) fn crowd_out_refusals(&self, bytes_max: u64) -> Vec<LogFile> {
        let mut known = self.files();
        let mut bytes: u64 = known.refused.values().sum();
        let mut out = Vec::new();
        while bytes > bytes_max
            && let Some((file, size)) = known.refused.pop_first()
        {
            bytes = bytes.saturating_sub(size);
            out.push(file);
        }
        out
    }
}

/// Bytes of the pair. Only those of refusals are ever asked for.
fn size(root: &Path, file: &LogFile) -> u64 {
    if file.kind() == Kind::Main {
        return 0;
    }
    let bytes = |path: PathBuf| fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
    bytes(file.records(root)) + bytes(file.index(root))
}

/// The directories `YYYY/MM/DD` that stand so many levels below this one, without following links.
pub(super) fn days(root: &Path, levels: usize) -> Result<Vec<PathBuf>, AuditError> {
    let mut directories = vec![root.to_owned()];
    for _ in 0..levels + 3 {
        let mut below = Vec::new();
        for directory in &directories {
            below.extend(place::directories(directory)?);
        }
        directories = below;
    }
    Ok(directories)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::tests::event;

    fn file(kind: Kind) -> LogFile {
        let events = [event(1_715_125_621_409, "A"), event(1_715_125_600_001, "B")];
        LogFile::of(kind, "main-1", events[0].account, "us-east-1", &events)
    }

    #[test]
    fn names_are_those_of_cloudtrail() {
        let path = file(Kind::Main).records(Path::new("/d"));
        let text = path.to_str().unwrap();
        let day = "/d/AWSLogs/123456789012/CloudTrail/us-east-1/2024/05/07/";
        let name = text.strip_prefix(day).unwrap();
        assert!(name.starts_with("123456789012_CloudTrail_us-east-1_20240507T2347Z_"), "{name}");
        let suffix = name.rsplit('_').next().unwrap().strip_suffix(".json.gz").unwrap();
        assert_eq!(suffix.len(), 16);
        assert!(!suffix.starts_with('0'));
    }

    #[test]
    fn the_name_of_an_index_says_all() {
        for kind in [Kind::Main, Kind::Refused] {
            let file = file(kind);
            let path = file.index(Path::new("/d"));
            let read = LogFile::of_index(path.strip_prefix("/d/index").unwrap());
            assert_eq!(read, Some(file.clone()));
            assert_eq!(file.kind(), kind);
        }
        for path in [
            "123456789012/us-east-1/2024/05/07/x.gz",
            "a/b",
            "",
            "123456789012/us-east-1/2024/05/07/1-2-A.gz",
        ] {
            assert_eq!(LogFile::of_index(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn a_region_is_no_way_out_of_the_directory() {
        assert_eq!(region_name("eu-central-1"), "eu-central-1");
        for region in ["", "..", "../../etc", "a/b", "A", "a\0", &"a".repeat(65)] {
            assert_eq!(region_name(region), "other", "{region}");
        }
    }
}
