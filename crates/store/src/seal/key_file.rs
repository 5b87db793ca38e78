//! The file in which the master key lies: text, so that it survives a copy by hand, and nobody else's to read.
//!
//! ```text
//! portcullis master key 1
//! 6f0c…64 hexadecimal digits…91
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::KEY_BYTES;
use crate::error::StoreError;

/// The first line.
const HEADER: &str = "portcullis master key 1";
/// No such file is longer; what is, was given by mistake.
const MOST_BYTES: u64 = 4096;
/// Everybody but the owner.
const OTHERS: u32 = 0o077;

/// Writes a new key, whole and durable before it bears its name; a file that is there already stays.
pub(super) fn create(path: &Path, key: &[u8; KEY_BYTES]) -> Result<(), StoreError> {
    let unusable = |error: io::Error| unusable(path, format!("writing it failed: {error}"));
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = write(&draft, key).and_then(|()| publish(&draft, path));
    // Whether it bears its name now or not, the draft's name has served.
    let _ = fs::remove_file(&draft);
    written.and_then(|()| File::open(directory)?.sync_all()).map_err(unusable)
}

fn write(draft: &Path, key: &[u8; KEY_BYTES]) -> io::Result<()> {
    // One left by a process that died half-way, and had our number.
    let _ = fs::remove_file(draft);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    let digits = Zeroizing::new(hex::encode(key));
    let text = Zeroizing::new(format!("{HEADER}\n{}\n", *digits));
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its name by a link, because renaming would replace a key that somebody just put there.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links.
        Err(_) if !path.exists() => fs::rename(draft, path),
        linked => linked,
    }
}

/// Reads the key, if nobody else could have.
pub(super) fn read(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, StoreError> {
    let text = read_text(path)?;
    let digits = text.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
    let digits = digits.ok_or_else(|| unusable(path, format!("its first line is not `{HEADER}`")))?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(digits.trim_end(), key.as_mut_slice())
        .map_err(|_| unusable(path, "its second line is not 64 hexadecimal digits".to_owned()))?;
    Ok(key)
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, StoreError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => unusable(
            path,
            "there is no such file, and the store's secrets are sealed under it: put the key back".to_owned(),
        ),
        io::ErrorKind::InvalidData => unusable(path, "it is not text".to_owned()),
        _ => unusable(path, format!("reading it failed: {error}")),
    };
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file, not of the name, which could come to mean another file in between.
    let found = file.metadata().map_err(failed)?;
    let mode = found.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(unusable(
            path,
            format!("others may read or change it (mode {mode:03o}): set its mode to 600"),
        ));
    }
    if !found.is_file() || found.len() > MOST_BYTES {
        return Err(unusable(path, "it is not a master key".to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn unusable(path: &Path, detail: String) -> StoreError {
    StoreError::MasterKey { path: path.display().to_string(), detail }
}
