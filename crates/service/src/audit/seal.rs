//! From a closed segment to CloudTrail's files: one for each account and region in it, and an index beside each.
//!
//! The order is what keeps events: the segment's lines are on disk, then each index, then each file of records,
//! each whole before it has its name. Only after that may the segment go. Whatever cuts this short, doing it again
//! makes the same files under the same names; those that are there already stay as they are.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use portcullis_base::AccountId;
use portcullis_store::Key;

use super::catalog::{LogFile, region_name};
use super::lane::{self, Segment};
use super::line::{self, Origin};
use super::{AuditError, AuditEvent, limits, place};

/// What was made of a segment.
pub(super) struct Sealed {
    /// The files, which lookups may now find.
    pub(super) files: Vec<LogFile>,
    /// The store's records of its events, which are needed no more.
    pub(super) spent: Vec<Key>,
}

/// Where files are written before they have their names, below the log's directory.
pub(super) fn scratch(root: &Path) -> PathBuf {
    root.join("scratch")
}

/// What begins and ends a file of records.
const HEAD: &str = "{\"Records\":[";
const TAIL: &str = "]}";

/// Makes the files of a segment. The segment itself stays.
pub(super) fn seal(root: &Path, segment: &Segment) -> Result<Sealed, AuditError> {
    File::open(&segment.path).and_then(|file| file.sync_all()).map_err(AuditError::file(&segment.path))?;
    let events = lane::read(&segment.path)?.unwrap_or_default();
    let spent = events.iter().filter(|(_, origin)| *origin == Origin::Write);
    let spent = spent.map(|(event, _)| Key::event(event.at, &event.id)).collect();
    let files = grouped(events).into_iter().map(|((account, region), events)| {
        let file = LogFile::of(segment.kind, &segment.name(), account, &region, &events);
        write(root, &file, &events)?;
        Ok(file)
    });
    Ok(Sealed { files: files.collect::<Result<_, AuditError>>()?, spent })
}

type Groups = BTreeMap<(AccountId, String), Vec<AuditEvent>>;

/// By account and region, each event once, in order.
fn grouped(events: Vec<(AuditEvent, Origin)>) -> Groups {
    let mut groups = Groups::new();
    let mut seen = HashSet::new();
    for (event, _) in events {
        if !seen.insert(event.id.clone()) {
            continue;
        }
        let region = region_name(&event.region).to_owned();
        let key = (event.account, region);
        let is_one_too_many = groups.len() >= limits::REGIONS_PER_SEGMENT && !groups.contains_key(&key);
        let key = if is_one_too_many { (event.account, "other".to_owned()) } else { key };
        groups.entry(key).or_default().push(event);
    }
    for events in groups.values_mut() {
        events.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    }
    groups
}

fn write(root: &Path, file: &LogFile, events: &[AuditEvent]) -> Result<(), AuditError> {
    let scratch = scratch(root);
    place::put(&scratch, &file.index(root), |out| {
        let mut zipped = GzEncoder::new(out, Compression::default());
        let mut offset = HEAD.len();
        for event in events {
            let length = line::record(event).len();
            zipped.write_all(&line::with_record(event, Origin::Request, &format!("{offset} {length}")))?;
            // One more for the comma.
            offset += length + 1;
        }
        zipped.finish().map(drop)
    })?;
    place::put(&scratch, &file.records(root), |out| {
        let mut zipped = GzEncoder::new(out, Compression::default());
        zipped.write_all(HEAD.as_bytes())?;
        for (at, event) in events.iter().enumerate() {
            if at > 0 {
                zipped.write_all(b",")?;
            }
            zipped.write_all(line::record(event).as_bytes())?;
        }
        zipped.write_all(TAIL.as_bytes())?;
        zipped.finish().map(drop)
    })
}

/// The events of a sealed file as its index has them: in the place of the record, where it stands. Nothing if the
/// file is gone because it has been deleted.
pub(super) fn read_index(root: &Path, file: &LogFile) -> Result<Option<Vec<AuditEvent>>, AuditError> {
    Ok(read_index_counting(root, file)?.map(|(events, _)| events))
}

/// The same, and how many lines of the index are damaged.
pub(super) fn read_index_counting(
    root: &Path,
    file: &LogFile,
) -> Result<Option<(Vec<AuditEvent>, usize)>, AuditError> {
    let Some(bytes) = unzip(&file.index(root))? else { return Ok(None) };
    let (events, damaged) = line::decode_all(&bytes);
    if damaged > 0 {
        tracing::warn!(path = %file.index(root).display(), damaged, "lines of an index are damaged; they are left out");
    }
    Ok(Some((events.into_iter().map(|(event, _)| event).collect(), damaged)))
}

/// Puts the records in their places again, in these events of the file's index; drops those without one.
pub(super) fn with_records(
    root: &Path,
    file: &LogFile,
    events: Vec<AuditEvent>,
) -> Result<Vec<AuditEvent>, AuditError> {
    let Some(bytes) = unzip(&file.records(root))? else { return Ok(Vec::new()) };
    let record = |place: &str| {
        let (offset, length) = place.split_once(' ')?;
        let offset: usize = offset.parse().ok()?;
        let end = offset.checked_add(length.parse().ok()?)?;
        Some(std::str::from_utf8(bytes.get(offset..end)?).ok()?.to_owned())
    };
    let mut whole = Vec::with_capacity(events.len());
    for mut event in events {
        if let Some(json) = record(&event.json) {
            event.json = json;
            whole.push(event);
        } else {
            tracing::warn!(path = %file.records(root).display(), "a file and its index do not fit together");
        }
    }
    Ok(whole)
}

fn unzip(path: &Path) -> Result<Option<Vec<u8>>, AuditError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(AuditError::file(path))?,
    };
    let mut bytes = Vec::new();
    let mut zipped = flate2::read::GzDecoder::new(io::BufReader::new(file));
    io::Read::read_to_end(&mut zipped, &mut bytes).map_err(AuditError::file(path))?;
    Ok(Some(bytes))
}
