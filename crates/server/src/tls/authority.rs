//! A certificate authority for development: made once, kept beside the data, and never to be trusted by anybody but
//! whoever runs the server.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis_base::world::World;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use super::{Pair, TlsError};

/// How long the authority is good for.
const AUTHORITY_DAYS: u64 = 3650;
/// How long a server's certificate is good for; it is made anew at each start.
const SERVER_DAYS: u64 = 397;
/// A certificate counts from a little before it was made: clocks differ.
const BEFORE: Duration = Duration::from_mins(5);

/// The authority's own files.
pub struct Authority {
    /// What clients are to trust.
    pub cert: PathBuf,
    /// The server's certificate and key.
    pub pair: Pair,
}

impl Authority {
    /// Opens the authority of this directory, or makes it, and lets it make a certificate for a server that listens
    /// there. Names are `localhost`, the loopback addresses, the address itself and further ones.
    ///
    /// # Errors
    /// [`TlsError`] when a file cannot be read or written.
    pub fn open(
        directory: &Path,
        listens: IpAddr,
        names: &[String],
        world: &World,
    ) -> Result<Self, TlsError> {
        let failed = |error: &dyn std::fmt::Display| TlsError::Authority { reason: error.to_string() };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| failed(&error))?;
        let found = Self {
            cert: directory.join("ca.pem"),
            pair: Pair { cert: directory.join("server.pem"), key: directory.join("server.key") },
        };
        let key_file = directory.join("ca.key");
        let now = world.clock.now();
        let (text, key) = if found.cert.exists() && key_file.exists() {
            let text = std::fs::read_to_string(&found.cert).map_err(|error| failed(&error))?;
            let key = std::fs::read_to_string(&key_file).map_err(|error| failed(&error))?;
            (text, KeyPair::from_pem(&key).map_err(|error| failed(&error))?)
        } else {
            let key = KeyPair::generate().map_err(|error| failed(&error))?;
            let made = authority(now.seconds(), &world_number(world)).self_signed(&key);
            let text = made.map_err(|error| failed(&error))?.pem();
            write(&key_file, &key.serialize_pem()).map_err(|error| failed(&error))?;
            write(&found.cert, &text).map_err(|error| failed(&error))?;
            (text, key)
        };
        let issuer = Issuer::from_ca_cert_pem(&text, key).map_err(|error| failed(&error))?;
        let own = KeyPair::generate().map_err(|error| failed(&error))?;
        let params = server(now.seconds(), listens, names).map_err(|error| failed(&error))?;
        let made = params.signed_by(&own, &issuer).map_err(|error| failed(&error))?;
        write(&found.pair.key, &own.serialize_pem()).map_err(|error| failed(&error))?;
        write(&found.pair.cert, &made.pem()).map_err(|error| failed(&error))?;
        Ok(found)
    }
}

/// Tells authorities of several machines apart in a list of trusted ones.
fn world_number(world: &World) -> String {
    let mut drawn = [0_u8; 4];
    world.entropy.fill(&mut drawn);
    format!("{:08x}", u32::from_be_bytes(drawn))
}

fn lasting(params: &mut CertificateParams, now_s: i64, days: u64) {
    let before = i64::try_from(BEFORE.as_secs()).unwrap_or_default();
    let seconds = i64::try_from(days * 24 * 3600).unwrap_or_default();
    let at = |seconds: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
    };
    params.not_before = at(now_s - before);
    params.not_after = at(now_s + seconds);
}

fn authority(now_s: i64, number: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    lasting(&mut params, now_s, AUTHORITY_DAYS);
    params.distinguished_name.push(DnType::CommonName, format!("Portcullis development {number}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn server(now_s: i64, listens: IpAddr, names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut all = vec!["localhost".to_owned()];
    for name in names {
        // Buckets are named before the domain.
        all.extend([name.clone(), format!("*.{name}")]);
    }
    let mut params = CertificateParams::new(all)?;
    lasting(&mut params, now_s, SERVER_DAYS);
    params.distinguished_name.push(DnType::CommonName, "Portcullis");
    let mut addresses: Vec<IpAddr> =
        vec![std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()];
    if !listens.is_unspecified() && !addresses.contains(&listens) {
        addresses.push(listens);
    }
    params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Writes a file that only its owner can read. What was there is replaced as a whole.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let scratch = file.with_extension("new");
    let mut out =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&scratch)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&scratch, file)
}
