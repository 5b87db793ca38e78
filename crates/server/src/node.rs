//! One running node: put together, started, stopped.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portcullis_base::AccountId;
use portcullis_base::world::World;
use portcullis_service::audit::{AuditLog, AuditSettings};
use portcullis_service::blob::Blobs;
use portcullis_service::bootstrap::{Foundation, RootKey, TellRootKey, account_of};
use portcullis_service::federation::fetch::Nowhere;
use portcullis_service::import::{self, File, Here, Options, Report};
use portcullis_service::limits::Limits;
use portcullis_service::service::{Service, Settings};
use portcullis_store::{EmbeddedEngine, Engine, MasterKey};
use portcullis_wire::route::RouteConfig;
use portcullis_wire::sigv4::ServedRegions;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::announce::{self, Started};
use crate::bridge::{Bridge, WrittenInputs};
use crate::config::{Place, Serve};
use crate::home::{self, Home};
use crate::listen;
use crate::outside::Outside;
use crate::tls::{Authority, Pair, Tls};

/// Why a node did not start, or a command did nothing.
pub type Failure = Box<dyn Error>;

/// The name of the file with a root key that was made here.
const ROOT_KEY_FILE: &str = "root-credentials";

/// The name of the directory with what was made for TLS.
const TLS_DIRECTORY: &str = "tls";

/// The region of what names none.
pub const FIRST_REGION: &str = "us-east-1";

/// For how long commands keep events: how long the operator wants them is the server's to know.
pub const RETENTION_DAYS: u32 = 36_500;

/// What a deployment stands on, and where its root key is told.
pub struct Ground {
    /// What the deployment is opened with.
    pub foundation: Foundation,
    /// Where the data are, if they are not in memory.
    pub directory: Option<PathBuf>,
    /// Where its root key is told.
    pub root_key_file: PathBuf,
}

/// `portcullis serve`.
///
/// # Errors
/// When something it needs cannot be had; nothing is served then.
pub async fn serve(serve: Serve) -> Result<(), Failure> {
    let world = World::system();
    let limits = serve.limits()?;
    let root = serve.root.key()?;
    // Take the address first: a port in use must not leave a new data directory behind.
    let listener = TcpListener::bind(serve.listen).await.map_err(|error| cannot_listen(&serve, &error))?;
    let account = serve.place.account_id;
    let mut settings = Settings::new(account.unwrap_or(new_account()?), home_region(&serve), limits);
    settings.saml_recipients.clone_from(&serve.saml_recipient);
    settings.portal = serve.portal.times();
    #[cfg(feature = "planted-bugs")]
    let settings = with_planted_bug(settings)?;
    let ground = if serve.ephemeral {
        in_memory(settings, world).await?
    } else {
        on_disk(settings, world, &serve.place, serve.audit_retention).await?
    };
    let fetch = Arc::new(Outside::new(serve.federation_allow.clone()));
    let foundation = Foundation { fetch, ..ground.foundation };
    let (service, root_key) = foundation.open(root).await?;
    let file = ground.root_key_file.as_path();
    if matches!(root_key, RootKey::Replaced(_)) {
        home::forget_root_key(file);
    }
    let (tls, authority) = tls(&serve, &ground.root_key_file)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let endpoint = format!("{scheme}://{}", listener.local_addr()?);
    let started = Started {
        endpoint: &endpoint,
        account: service.settings.account,
        regions: &serve.region,
        directory: ground.directory.as_deref(),
        authority: authority.as_deref(),
        root_key: &root_key,
        root_key_file: home::holds_root_key(file, root_key.id()).then_some(file),
    };
    let text = announce::text(&started);
    // A closed standard output is no reason not to serve.
    let _ = std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush());
    let ended = run(service, listener, tls, &serve).await;
    if serve.ephemeral
        && let Some(directory) = file.parent()
        && let Err(error) = std::fs::remove_dir_all(directory)
    {
        tracing::warn!(%error, "the temporary directory could not be removed");
    }
    ended
}

/// TLS as the operator wants it, and what clients are to trust where an authority was made for it. That lies beside the
/// root key.
fn tls(serve: &Serve, beside: &Path) -> Result<(Option<Arc<Tls>>, Option<PathBuf>), Failure> {
    let args = &serve.tls;
    if let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) {
        let pair = Pair { cert: cert.clone(), key: key.clone() };
        return Ok((Some(Arc::new(Tls::new(pair)?)), None));
    }
    if !args.tls_dev {
        return Ok((None, None));
    }
    let directory = beside.parent().unwrap_or(beside).join(TLS_DIRECTORY);
    let made = Authority::open(&directory, serve.listen.ip(), &serve.domain, &World::system())?;
    Ok((Some(Arc::new(Tls::new(made.pair)?)), Some(made.cert)))
}

/// The bug that the environment names, in a build that has any.
#[cfg(feature = "planted-bugs")]
fn with_planted_bug(settings: Settings) -> Result<Settings, Failure> {
    #[expect(clippy::disallowed_methods, reason = "no option of the product tells of this")]
    let named = std::env::var("PORTCULLIS_PLANTED_BUG").ok();
    let planted = named.map(|name| name.parse()).transpose()?;
    Ok(Settings { planted, ..settings })
}

/// Serves until told to stop, then lets what is under way end.
///
/// # Errors
/// When work in the background ends by itself: without it events are not brought to disk, and keys not turned.
async fn run(
    service: Arc<Service>,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    serve: &Serve,
) -> Result<(), Failure> {
    let stop = watch::Sender::new(false);
    let follow = tokio::spawn(Arc::clone(&service).follow(stop.subscribe()));
    let began = service.world.clock.now();
    let recall = tokio::spawn(Arc::clone(&service).recall_uses(began, stop.subscribe()));
    let mut tend = tokio::spawn(Arc::clone(&service).tend(stop.subscribe()));
    // The audit log stops last, after the last event.
    let stop_audit = watch::Sender::new(false);
    let mut audit = tokio::spawn(Arc::clone(&service.audit).run(stop_audit.subscribe()));
    let bridge = Arc::new(Bridge {
        service,
        regions: served_regions(&serve.region),
        home_region: home_region(serve),
        routes: RouteConfig {
            domains: serve.domain.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
        },
        trusted_proxies: serve.trusted_proxy.clone(),
        is_secure: tls.is_some(),
    });
    let acceptor = tls.as_ref().map(|tls| tls.acceptor());
    let keep_up = tls.map(|tls| tokio::spawn(tls.keep_up()));
    tokio::select! {
        () = listen::until_stopped(listener, bridge, acceptor) => {}
        _ = &mut tend => return Err("the work that is to be done from time to time has ended by itself".into()),
        _ = &mut audit => return Err("the audit log has ended by itself".into()),
    }
    keep_up.inspect(tokio::task::JoinHandle::abort);
    stop.send_replace(true);
    for task in [follow, recall, tend] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a background task failed");
        }
    }
    stop_audit.send_replace(true);
    if let Err(error) = audit.await {
        tracing::error!(%error, "the audit log failed while stopping");
    }
    Ok(())
}

/// `portcullis import --data DIR`: into a data directory that nobody serves, which is made if there is none and there is
/// something to put into it.
///
/// # Errors
/// When the data directory is in use, does not open, or does not take it.
pub async fn import(
    place: &Place,
    files: &[File],
    options: &Options,
    is_dry: bool,
) -> Result<Report, Failure> {
    let world = World::system();
    let limits = Limits::default();
    // Before anything is made it must be clear that there is something to put into it, and whose it is.
    let mut founded_for = place.account_id;
    if is_unfounded(place).await? {
        let planned = import::plan(files, Here::New, options, &limits, &world);
        if is_dry || !planned.report.problems.is_empty() {
            return Ok(planned.report);
        }
        founded_for = planned.account;
    }
    let settings = Settings::new(founded_for.unwrap_or(new_account()?), FIRST_REGION, limits);
    let place = Place {
        account_id: founded_for,
        data: place.data.clone(),
        master_key_file: place.master_key_file.clone(),
    };
    let ground = on_disk(settings, world, &place, RETENTION_DAYS).await?;
    let audit = Arc::clone(&ground.foundation.audit);
    let (service, root_key) = ground.foundation.open(None).await?;
    if matches!(root_key, RootKey::Made(_)) {
        eprintln!("The root key {} is in {}.", root_key.id(), ground.root_key_file.display());
    }
    let imported = service.import(files, options, is_dry).await;
    // One round of the log writes and seals what it holds.
    let stop = watch::Sender::new(true);
    audit.run(stop.subscribe()).await;
    Ok(imported?)
}

/// Whether there is no deployment yet, be it that its making was cut short.
async fn is_unfounded(place: &Place) -> Result<bool, Failure> {
    let directory = Home::at(place)?.directory;
    if !EmbeddedEngine::is_at(&directory) {
        return Ok(true);
    }
    Ok(account_of(&EmbeddedEngine::open(&directory)?).await?.is_none())
}

async fn in_memory(settings: Settings, world: World) -> Result<Ground, Failure> {
    let engine: Arc<dyn Engine> = Arc::new(portcullis_store::memory());
    let master = MasterKey::generate(&world)?;
    let audit = AuditLog::open(AuditSettings::new(None), Arc::clone(&engine), world.clone()).await?;
    let root_key_file = home::temporary_directory(&world)?.join(ROOT_KEY_FILE);
    let blobs = Blobs::in_memory();
    let tell_root_key = tell_in(&root_key_file);
    let inputs = Arc::new(WrittenInputs);
    // Commands on data that nobody serves ask nobody; a server says otherwise.
    let fetch = Arc::new(Nowhere);
    let foundation =
        Foundation { settings, world, engine, blobs, audit, master, tell_root_key, inputs, fetch };
    Ok(Ground { foundation, directory: None, root_key_file })
}

/// A deployment in a data directory, which is made if there is none.
///
/// # Errors
/// When the directory is in use or does not open.
pub async fn on_disk(
    mut settings: Settings,
    world: World,
    place: &Place,
    retention_days: u32,
) -> Result<Ground, Failure> {
    let home = Home::at(place)?;
    let engine: Arc<dyn Engine> = Arc::new(EmbeddedEngine::open(home.made()?)?);
    if place.account_id.is_none()
        && let Some(account) = account_of(engine.as_ref()).await?
    {
        settings.account = account;
    }
    let master = MasterKey::for_store(&home.master_key, engine.as_ref(), &world).await?;
    let mut audit = AuditSettings::new(Some(home.inside("audit")?));
    audit.retention = Duration::from_secs(u64::from(retention_days) * 24 * 3600);
    let audit = AuditLog::open(audit, Arc::clone(&engine), world.clone()).await?;
    let blobs = Blobs::in_directory(&home.inside("objects")?)?;
    let root_key_file = home.directory.join(ROOT_KEY_FILE);
    let tell_root_key = tell_in(&root_key_file);
    let inputs = Arc::new(WrittenInputs);
    // Commands on data that nobody serves ask nobody; a server says otherwise.
    let fetch = Arc::new(Nowhere);
    let foundation =
        Foundation { settings, world, engine, blobs, audit, master, tell_root_key, inputs, fetch };
    Ok(Ground { foundation, directory: Some(home.directory.clone()), root_key_file })
}

/// The account of a deployment for which the operator names none.
///
/// # Errors
/// Never: it is an account's number.
pub fn new_account() -> Result<AccountId, Failure> {
    Ok("123456789012".parse()?)
}

/// Tells a made root key in a file.
fn tell_in(file: &Path) -> TellRootKey {
    let file = file.to_owned();
    Box::new(move |key| home::write_root_key(&file, key))
}

fn served_regions(regions: &[String]) -> ServedRegions {
    if regions.iter().any(|region| region == "any") {
        ServedRegions::Any
    } else {
        ServedRegions::These(regions.to_vec())
    }
}

/// The region of what names none.
fn home_region(serve: &Serve) -> String {
    serve.region.iter().find(|region| *region != "any").cloned().unwrap_or_else(|| "us-east-1".to_owned())
}

fn cannot_listen(serve: &Serve, error: &std::io::Error) -> Failure {
    format!("cannot listen on {}: {error}; choose another with --listen ADDRESS:PORT", serve.listen).into()
}
