//! Files of a deployment: its directories, and the file in which the root key is told.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use portcullis_base::AccessKeyId;
use portcullis_base::world::World;
use portcullis_service::bootstrap::GivenRootKey;

use crate::config::{ConfigError, Place};

/// The paths of a deployment.
pub struct Home {
    /// The data directory.
    pub directory: PathBuf,
    /// The master key.
    pub master_key: PathBuf,
}

impl Home {
    /// Where the operator wants it, or where the platform keeps such things. Nothing is made yet.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] when the platform does not say.
    pub fn at(place: &Place) -> Result<Self, ConfigError> {
        let directory = match &place.data {
            Some(directory) => directory.clone(),
            None => etcetera::choose_base_strategy()
                .map_err(|_| ConfigError::NoHome)?
                .data_dir()
                .join("portcullis"),
        };
        let master_key = place.master_key_file.clone().unwrap_or_else(|| directory.join("master.key"));
        Ok(Self { directory, master_key })
    }

    /// The data directory, made if it is not there.
    ///
    /// # Errors
    /// [`ConfigError::Directory`].
    pub fn made(&self) -> Result<&Path, ConfigError> {
        make_directory(&self.directory)?;
        Ok(&self.directory)
    }

    /// A directory inside, made if it is not there.
    ///
    /// # Errors
    /// [`ConfigError::Directory`].
    pub fn inside(&self, name: &str) -> Result<PathBuf, ConfigError> {
        let directory = self.directory.join(name);
        make_directory(&directory)?;
        Ok(directory)
    }
}

/// A fresh directory for the root key of an ephemeral server.
///
/// # Errors
/// When it cannot be made.
pub fn temporary_directory(world: &World) -> std::io::Result<PathBuf> {
    let mut random = [0_u8; 8];
    world.entropy.fill(&mut random);
    let directory = std::env::temp_dir().join(format!("portcullis-{:016x}", u64::from_be_bytes(random)));
    // Not `make_directory`: one that is there already is somebody else's.
    std::fs::DirBuilder::new().mode(0o700).create(&directory)?;
    Ok(directory)
}

fn make_directory(directory: &Path) -> Result<(), ConfigError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|source| ConfigError::Directory { directory: directory.display().to_string(), source })
}

/// Writes the root key as an AWS credentials file that only its owner can read.
///
/// # Errors
/// When it cannot be written.
pub fn write_root_key(path: &Path, key: &GivenRootKey) -> std::io::Result<()> {
    let part = path.with_extension("part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    writeln!(file, "[default]")?;
    writeln!(file, "aws_access_key_id = {}", key.id)?;
    writeln!(file, "aws_secret_access_key = {}", key.secret.expose_text())?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    match path.parent() {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Whether this file holds a root key: one that was made here, or an older one.
pub fn holds_root_key(path: &Path, id: &AccessKeyId) -> bool {
    let line = format!("aws_access_key_id = {id}");
    std::fs::read_to_string(path).is_ok_and(|text| text.lines().any(|held| held == line))
}

/// Removes the file of a root key that is dead, so that nobody is told to use it.
pub fn forget_root_key(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "the file of the dead root key could not be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_root_key_is_told_to_its_owner_alone_and_forgotten_when_it_is_dead() {
        let directory = temporary_directory(&World::system()).unwrap();
        let path = directory.join("root-credentials");
        let key = |id: &str| GivenRootKey {
            id: id.parse().unwrap(),
            secret: "canary-canary-canary".to_owned().into(),
        };
        let (one, two) = (key("AKIAROOTROOTROOTROOT"), key("AKIAROOTROOTROOTROO2"));
        assert!(!holds_root_key(&path, &one.id));
        write_root_key(&path, &one).unwrap();
        write_root_key(&path, &two).unwrap();
        assert!(holds_root_key(&path, &two.id) && !holds_root_key(&path, &one.id));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
        forget_root_key(&path);
        forget_root_key(&path);
        assert!(!path.exists());
        std::fs::remove_dir_all(directory).unwrap();
    }
}
