//! Files that are there whole or not at all, and directories that are walked without following a link.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::AuditError;

/// Makes the directory and those above it, readable by the server's user alone.
pub(super) fn make_directory(path: &Path) -> Result<(), AuditError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(AuditError::file(path))
}

/// Has the disk take what the directory lists.
pub(super) fn sync_directory(path: &Path) -> Result<(), AuditError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(AuditError::file(path))
}

/// A new file that only the server's user reads.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}

/// Puts a file in its place, durably: written in `scratch` first, so that under its own name it is whole. A file
/// that is there already stays.
pub(super) fn put(
    scratch: &Path,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), AuditError> {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    if !path.exists() {
        make_directory(directory)?;
        let temporary = scratch.join(name);
        if let Err(error) = fs::remove_file(&temporary)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(AuditError::file(&temporary)(error));
        }
        let written = new_file(&temporary).and_then(|file| {
            let mut out = io::BufWriter::new(file);
            write(&mut out)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        });
        if let Err(error) = written {
            // Nothing is lost with it, and on a full disk its space is wanted.
            let _ = fs::remove_file(&temporary);
            return Err(AuditError::file(&temporary)(error));
        }
        fs::rename(&temporary, path).map_err(AuditError::file(path))?;
    }
    // The name is durable when its directory is; a new directory, when the one above it is, and so on up to the
    // log's own directory, which is the one above the scratch directory.
    let root = scratch.parent().unwrap_or(scratch);
    directory.ancestors().take_while(|above| above.starts_with(root)).try_for_each(sync_directory)
}

/// The real directories in this one. Links are not among them.
pub(super) fn directories(path: &Path) -> Result<Vec<PathBuf>, AuditError> {
    entries(path, fs::FileType::is_dir)
}

/// The real files in this directory. Links are not among them.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, AuditError> {
    entries(path, fs::FileType::is_file)
}

fn entries(path: &Path, wanted: fn(&fs::FileType) -> bool) -> Result<Vec<PathBuf>, AuditError> {
    let listing = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(AuditError::file(path))?,
    };
    let mut found = Vec::new();
    for entry in listing {
        let entry = entry.map_err(AuditError::file(path))?;
        // Of the entry itself: a link is neither a directory nor a file.
        if wanted(&entry.file_type().map_err(AuditError::file(path))?) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
