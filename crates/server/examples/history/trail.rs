//! The audit trail as the server left it when it stopped: CloudTrail's files.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use flate2::read::GzDecoder;
use portcullis_sim::history::Recorded;
use serde::Deserialize;

use crate::common::Failure;

#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventID")]
    event: String,
    #[serde(rename = "requestID")]
    request: Option<String>,
}

/// All events of requests below a data directory.
///
/// # Errors
/// When a file cannot be read.
pub fn read(data: &Path) -> Result<Vec<Recorded>, Failure> {
    let mut all = Vec::new();
    let mut folders = vec![data.join("audit/AWSLogs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".json.gz") {
                let file = BufReader::new(GzDecoder::new(File::open(&path)?));
                let read: Records = serde_json::from_reader(BufReader::new(file))?;
                let events = read.records.into_iter();
                all.extend(
                    events
                        .filter_map(|Record { event, request }| Some(Recorded { event, request: request? })),
                );
            }
        }
    }
    Ok(all)
}
