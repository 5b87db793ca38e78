//! What a command signs with: long-term keys, or those of a session with its token.
//!
//! They are looked for where the AWS CLI looks, in its order (AWS CLI User Guide, "Configuring settings", and the
//! order of botocore's providers): the environment, unless `--profile` was given; a role of the profile; the
//! credentials file; a process; the config file. What is not a key in one of these places is not fetched here:
//! the error says how to get it. The cases are in `corpus/client/credentials.json`.

use portcullis_wire::sigv4::sign::Credentials;

use super::Surroundings;
use super::error::ClientError;
use super::profile::Profiles;
use super::settings::Chosen;

/// Settings of a profile that get credentials from elsewhere and go before its keys.
const BEFORE_KEYS: &[(&str, &str)] = &[
    ("role_arn", "they come from assuming a role"),
    ("web_identity_token_file", "they come from a web identity"),
    ("sso_account_id", "they come from signing in with IAM Identity Center"),
    ("sso_role_name", "they come from signing in with IAM Identity Center"),
];
/// The same, but the credentials file's keys go before them.
const BEFORE_CONFIG: &[(&str, &str)] = &[
    ("login_session", "they come from signing in"),
    ("credential_process", "they come from a program of its own"),
];

/// Finds them.
///
/// # Errors
/// [`ClientError::NoCredentials`], [`ClientError::HalfCredentials`], [`ClientError::NotStatic`].
pub fn find(
    chosen: &Chosen,
    surroundings: &Surroundings<'_>,
    profiles: &Profiles,
) -> Result<Credentials, ClientError> {
    if !matches!(chosen, Chosen::Flag(_))
        && let Some(found) = of_environment(surroundings)?
    {
        return Ok(found);
    }
    let profile = chosen.name();
    elsewhere(profile, profiles, BEFORE_KEYS)?;
    let of_file = |setting: &str| profiles.in_credentials(profile, setting).map(str::to_owned);
    if let Some(found) = keys(&of_file, &format!("the profile {profile} of the credentials file"))? {
        return Ok(found);
    }
    elsewhere(profile, profiles, BEFORE_CONFIG)?;
    let of_config = |setting: &str| profiles.in_config(profile, setting).map(str::to_owned);
    keys(&of_config, &format!("the profile {profile} of the config file"))?
        .ok_or_else(|| ClientError::NoCredentials { profile: profile.to_owned() })
}

fn of_environment(surroundings: &Surroundings<'_>) -> Result<Option<Credentials>, ClientError> {
    let variable = |setting: &str| (surroundings.variable)(&setting.to_uppercase());
    keys(&variable, "the environment")
}

/// The keys that a place has under the names that all places use; a place without an access key id has none.
fn keys(setting: &dyn Fn(&str) -> Option<String>, place: &str) -> Result<Option<Credentials>, ClientError> {
    let Some(access_key_id) = setting("aws_access_key_id") else { return Ok(None) };
    let secret = setting("aws_secret_access_key")
        .ok_or_else(|| ClientError::HalfCredentials { place: place.to_owned() })?;
    // The second name is that of AWS's oldest clients.
    let token = setting("aws_session_token").or_else(|| setting("aws_security_token"));
    Ok(Some(Credentials { access_key_id, secret: secret.into(), session_token: token.map(Into::into) }))
}

fn elsewhere(
    profile: &str,
    profiles: &Profiles,
    settings: &[(&str, &'static str)],
) -> Result<(), ClientError> {
    let set = settings.iter().find(|(name, _)| profiles.setting(profile, name).is_some());
    match set {
        Some((_, how)) => Err(ClientError::NotStatic { profile: profile.to_owned(), how }),
        None => Ok(()),
    }
}
