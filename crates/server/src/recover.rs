//! `portcullis recover`: the way back in for whoever holds the data directory, while nobody serves it.

use std::io::Write;
use std::sync::Arc;

use portcullis_base::Value;
use portcullis_base::world::World;
use portcullis_service::limits::Limits;
use portcullis_service::service::Settings;
use portcullis_store::EmbeddedEngine;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::cli::Format;
use crate::config::{ConfigError, Recover};
use crate::home::Home;
use crate::node::{FIRST_REGION, Failure, Ground, RETENTION_DAYS, new_account, on_disk};

/// What is told of a revocation, in the order of a line's fields.
const FIELDS: [&str; 6] = ["RevocationId", "Kind", "Target", "Time", "RevokedBy", "Reason"];

/// Makes a new root key, or lifts the revocations that are named, or lists those in force.
///
/// # Errors
/// When the data directory is in use or does not open, or there is no such revocation: nothing was changed then.
pub async fn recover(recover: Recover) -> Result<(), Failure> {
    let world = World::system();
    let directory = Home::at(&recover.place)?.directory;
    // A slip of the pen in --data must not make a new deployment and call its key the recovered one.
    if !EmbeddedEngine::is_at(&directory) {
        return Err(ConfigError::NoDeployment { directory: directory.display().to_string() }.into());
    }
    let account = recover.place.account_id.unwrap_or(new_account()?);
    let settings = Settings::new(account, FIRST_REGION, Limits::default());
    let ground = on_disk(settings, world, &recover.place, RETENTION_DAYS).await?;
    let audit = Arc::clone(&ground.foundation.audit);
    let said = if recover.revocations || !recover.lift.is_empty() {
        revocations(ground, &recover).await
    } else {
        root_key(ground).await
    };
    // One round of the log writes and seals what it holds.
    let stop = watch::Sender::new(true);
    audit.run(stop.subscribe()).await;
    std::io::stdout().write_all(said?.as_bytes())?;
    Ok(())
}

async fn root_key(ground: Ground) -> Result<String, Failure> {
    let file = ground.root_key_file;
    let (_, key) = ground.foundation.recover().await?;
    Ok(format!("A new root key {key} is in {}; the old one is dead.\n", file.display()))
}

async fn revocations(ground: Ground, recover: &Recover) -> Result<String, Failure> {
    let (service, _) = ground.foundation.open(None).await?;
    let told = if recover.revocations {
        service.revocations_in_force().await?
    } else {
        service.lift_offline(&recover.lift).await?
    };
    Ok(match recover.output {
        Format::Json => {
            let member = if recover.revocations { "Revocations" } else { "Lifted" };
            format!("{:#}\n", json!({ member: told.iter().map(object).collect::<Vec<_>>() }))
        }
        Format::Text if told.is_empty() => "No revocation is in force.\n".to_owned(),
        Format::Text => told.iter().map(line).collect(),
    })
}

fn object(held: &Value) -> Json {
    let texts = FIELDS.iter().filter_map(|name| Some(((*name).to_owned(), json!(held.text(name)?))));
    Json::Object(texts.collect())
}

fn line(held: &Value) -> String {
    FIELDS.map(|name| crate::cli::printable(held.text(name).unwrap_or("-"))).join("\t") + "\n"
}
