//! What the operator says: command line and environment. The only place that reads either.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use portcullis_base::{AccessKeyId, AccountId, Secret};
use portcullis_service::bootstrap::GivenRootKey;
use portcullis_service::limits::Limits;
use portcullis_service::sign_in::session::Times;

use crate::cli::{ClientCommand, Format, OfflineCommand};
use crate::outside::Allowed;

/// AWS-compatible identity, temporary credentials and exact revocation, in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    about = "AWS-compatible identity, temporary credentials and exact revocation, in one binary",
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve STS, IAM, S3 and event history at one endpoint.
    Serve(Serve),
    /// Make a new root key, or lift revocations that lock everybody out; the server must be stopped.
    ///
    /// Without further flags a new root key is made, and the old one dies.
    Recover(Recover),
    /// A command to a running server.
    #[command(flatten)]
    Client(ClientCommand),
    /// A command that needs no server.
    #[command(flatten)]
    Offline(OfflineCommand),
}

/// A variable of the environment, for the client commands: their settings are the AWS CLI's, which no flag table
/// holds. An empty one counts as absent.
#[expect(clippy::disallowed_methods, reason = "this is where client commands read the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    /// For a person at a terminal.
    Human,
    /// A JSON object a line.
    Json,
}

/// How to serve.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: SocketAddr,
    /// Where the deployment is.
    #[command(flatten)]
    pub place: Place,
    /// Keep everything in memory; it is gone when the server stops.
    #[arg(long, conflicts_with_all = ["data", "master_key_file"])]
    pub ephemeral: bool,
    /// The region served; may be given several times. `any` accepts all, for test set-ups.
    #[arg(long, default_value = "us-east-1", value_name = "NAME", value_parser = region)]
    pub region: Vec<String>,
    /// A domain below which BUCKET.DOMAIN is a bucket; may be given several times.
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    pub domain: Vec<String>,
    /// Raise a quota, as users=100000; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = quota)]
    pub quota: Vec<(String, usize)>,
    /// Days for which events are kept.
    #[arg(long, default_value_t = 90, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub audit_retention: u32,
    /// A proxy whose X-Forwarded-For is believed; may be given several times.
    #[arg(long, value_name = "CIDR")]
    pub trusted_proxy: Vec<IpNet>,
    /// Where the documents of identity providers may be fetched from beside public addresses: an address, a CIDR, or
    /// HOST[:PORT]=ADDRESS:PORT for a host that is to be found there; may be given several times.
    #[arg(long, value_name = "WHERE")]
    pub federation_allow: Vec<Allowed>,
    /// An address for which assertions of SAML providers are taken, beside those of AWS's sign-in; may be given several times.
    #[arg(long, value_name = "URL", value_parser = saml_recipient)]
    pub saml_recipient: Vec<String>,
    /// How long people stay signed in to the access portal.
    #[command(flatten)]
    pub portal: PortalArgs,
    /// How TLS is spoken.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// How log lines are written.
    #[arg(long, value_enum, default_value = "human")]
    pub log_format: LogFormat,
    /// The root key, from the environment.
    #[command(flatten)]
    pub root: RootKeyArgs,
}

/// How long people stay signed in to the access portal.
#[derive(Debug, Args)]
pub struct PortalArgs {
    /// Minutes for which a person who signs in to the access portal stays signed in, programs let in included: 15 to
    /// 129600, which is 90 days.
    #[arg(long, default_value_t = 480, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(15..=129_600))]
    pub portal_session: u32,
    /// Minutes without use after which the portal's pages ask for the password again.
    #[arg(long, default_value_t = 60, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=129_600))]
    pub portal_idle: u32,
}

impl PortalArgs {
    /// As the service counts them.
    pub fn times(&self) -> Times {
        let minutes = |count: u32| Duration::from_mins(count.into());
        Times { life: minutes(self.portal_session), idle: minutes(self.portal_idle), ..Times::default() }
    }
}

/// How TLS is spoken; not at all unless something is said.
#[derive(Debug, Args)]
pub struct TlsArgs {
    /// Speak TLS with the certificate chain in this PEM file, the server's own first. It is read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The private key to the certificate, in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speak TLS with a certificate of an authority that is made for development, in the data directory.
    #[arg(long, conflicts_with = "tls_cert")]
    pub tls_dev: bool,
}

/// How to recover.
#[derive(Debug, Args)]
pub struct Recover {
    /// Where the deployment is.
    #[command(flatten)]
    pub place: Place,
    /// Lift this revocation, and make no new root key. Can be given several times: all are lifted, or none.
    #[arg(long, value_name = "REVOCATION-ID")]
    pub lift: Vec<String>,
    /// List the revocations in force, and change nothing.
    #[arg(long, conflicts_with = "lift")]
    pub revocations: bool,
    /// How to print what was listed or lifted.
    #[arg(long, value_enum, default_value = "text")]
    pub output: Format,
}

/// Where a deployment is.
#[derive(Debug, Args)]
pub struct Place {
    /// The data directory [default: by the platform's convention].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The master key [default: DIR/master.key].
    #[arg(long, value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The account of the root user [default: that of the data; 123456789012 for new data].
    #[arg(long, env = "PORTCULLIS_ACCOUNT_ID", value_name = "ID")]
    pub account_id: Option<AccountId>,
}

/// The root key, which the operator may give. The command line is no place for a secret: other users can read it.
#[derive(Args)]
pub struct RootKeyArgs {
    #[arg(env = "PORTCULLIS_ROOT_ACCESS_KEY_ID", hide = true, long = "root-access-key-id-from-environment")]
    id: Option<String>,
    #[arg(
        env = "PORTCULLIS_ROOT_SECRET_ACCESS_KEY",
        hide = true,
        hide_env_values = true,
        long = "root-secret-access-key-from-environment"
    )]
    secret: Option<String>,
}

impl std::fmt::Debug for RootKeyArgs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RootKeyArgs({:?})", self.id)
    }
}

/// What the operator said does not work.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Half a root key.
    #[error(
        "PORTCULLIS_ROOT_ACCESS_KEY_ID and PORTCULLIS_ROOT_SECRET_ACCESS_KEY belong together: set both or none"
    )]
    HalfRootKey,
    /// Not an access key id of a long-term key.
    #[error(
        "PORTCULLIS_ROOT_ACCESS_KEY_ID must be 16 to 128 letters, digits or underscores and not begin with ASIA"
    )]
    RootKeyId,
    /// A secret that anybody could guess.
    #[error("PORTCULLIS_ROOT_SECRET_ACCESS_KEY must have at least 16 characters")]
    RootSecret,
    /// A quota that does not exist.
    #[error(transparent)]
    Quota(#[from] portcullis_service::limits::UnknownQuota),
    /// No data directory can be found.
    #[error("the platform names no data directory; give one with --data DIR")]
    NoHome,
    /// A directory cannot be had.
    #[error("the directory {directory} cannot be made")]
    Directory {
        /// Which.
        directory: String,
        /// Why not.
        source: std::io::Error,
    },
    /// There are no data to recover.
    #[error("there is no deployment in {directory}; name its data directory with --data DIR")]
    NoDeployment {
        /// Where.
        directory: String,
    },
}

impl RootKeyArgs {
    /// The root key, if it is given.
    ///
    /// # Errors
    /// [`ConfigError`] when only half of it is, or it cannot be used.
    pub fn key(&self) -> Result<Option<GivenRootKey>, ConfigError> {
        // As with the client commands, an empty variable counts as absent.
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (given(&self.id), given(&self.secret)) {
            (None, None) => Ok(None),
            (Some(id), Some(secret)) => {
                let id: AccessKeyId = id.parse().map_err(|_| ConfigError::RootKeyId)?;
                if id.kind() == portcullis_base::unique_id::AccessKeyKind::Temporary {
                    return Err(ConfigError::RootKeyId);
                }
                if secret.len() < 16 {
                    return Err(ConfigError::RootSecret);
                }
                Ok(Some(GivenRootKey { id, secret: Secret::from(secret) }))
            }
            _ => Err(ConfigError::HalfRootKey),
        }
    }
}

impl Serve {
    /// The quotas in force.
    ///
    /// # Errors
    /// [`ConfigError::Quota`] for a name that is none.
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        let mut limits = Limits::default();
        for (name, value) in &self.quota {
            limits.set(name, *value)?;
        }
        Ok(limits)
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "an IP address and a port are wanted, as 127.0.0.1:7070 or [::1]:7070".to_owned())
}

/// Whether a text is made of these signs, and neither begins nor ends with one that only joins.
fn is_name(text: &str, joins: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_ending = |byte: Option<&u8>| byte.is_some_and(is_plain);
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| is_plain(byte) || joins.contains(byte))
        && is_ending(bytes.first())
        && is_ending(bytes.last())
}

fn region(text: &str) -> Result<String, String> {
    if is_name(text, b"-") {
        return Ok(text.to_owned());
    }
    Err("a region is a word of lower-case letters, digits and hyphens, as eu-west-1".to_owned())
}

fn domain(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    if is_name(&name, b"-.") {
        return Ok(name);
    }
    Err("a domain is a host's name without scheme and port, as s3.example.com".to_owned())
}

/// Compared as it is written with what an identity provider was told.
fn saml_recipient(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty()) && !text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    Err("a recipient is a URL, as https://sts.example.com/_portcullis/saml".to_owned())
}

fn quota(text: &str) -> Result<(String, usize), String> {
    let (name, value) = text.split_once('=').ok_or("a quota is NAME=VALUE, as users=100000")?;
    let value = value.replace('_', "").parse().map_err(|_| format!("{value} is not a number"))?;
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_served_is_refused_as_it_is_said() {
        let parsed = |arguments: &[&str]| {
            Cli::try_parse_from(["portcullis", "serve"].iter().chain(arguments))
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        for good in [
            ["--listen", "[::1]:0"],
            ["--region", "any"],
            ["--region", "eu-west-1"],
            ["--domain", "S3.localhost"],
            ["--federation-allow", "10.0.0.0/8"],
            ["--federation-allow", "issuer.test=127.0.0.1:8443"],
            ["--portal-session", "129600"],
        ] {
            assert!(parsed(&good).is_ok(), "{good:?}");
        }
        for (flag, value, why) in [
            ("--listen", "localhost", "127.0.0.1:7070"),
            ("--region", "", "eu-west-1"),
            ("--region", "EU WEST", "eu-west-1"),
            ("--region", "-", "eu-west-1"),
            ("--domain", "", "s3.example.com"),
            ("--domain", "http://s3/", "s3.example.com"),
            ("--domain", "s3:7070", "s3.example.com"),
            ("--domain", ".s3", "s3.example.com"),
            ("--portal-session", "14", "15"),
            ("--portal-idle", "0", "1"),
            ("--federation-allow", "issuer.test", "HOST[:PORT]=ADDRESS:PORT"),
        ] {
            let refusal = parsed(&[flag, value]).unwrap_err();
            assert!(refusal.contains(flag) && refusal.contains(why), "{refusal}");
        }
    }

    #[test]
    fn an_empty_variable_is_an_absent_one() {
        let key = |id: Option<&str>, secret: Option<&str>| {
            RootKeyArgs { id: id.map(str::to_owned), secret: secret.map(str::to_owned) }.key()
        };
        let secret = "canary-canary-canary";
        assert!(key(Some(""), Some("")).unwrap().is_none());
        assert!(key(Some("AKIAROOTROOTROOTROOT"), Some(secret)).unwrap().is_some());
        assert!(matches!(key(Some("AKIAROOTROOTROOTROOT"), Some("")), Err(ConfigError::HalfRootKey)));
        assert!(matches!(key(Some("ASIAROOTROOTROOTROOT"), Some(secret)), Err(ConfigError::RootKeyId)));
        assert!(matches!(key(Some("AKIAROOTROOTROOTROOT"), Some("short")), Err(ConfigError::RootSecret)));
    }
}
