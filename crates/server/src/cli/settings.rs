//! Profile, region, endpoint and output: each from the first place that says something.
//!
//! The order is the AWS CLI's (AWS CLI User Guide, "Configuring settings" and "Using endpoints"): flags, then
//! variables, then the profile, then a default. The cases are in `corpus/client/settings.json`.

use std::path::PathBuf;

use super::call::SERVICE;
use super::endpoint::Endpoint;
use super::error::ClientError;
use super::output::Format;
use super::profile::Profiles;
use super::{Shared, Surroundings};

/// The profile in use, and who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// `--profile`: then the environment's credentials do not count.
    Flag(String),
    /// A variable.
    Variable(String),
    /// Nobody: `default`, whether it exists or not.
    Nobody,
}

impl Chosen {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Flag(name) | Self::Variable(name) => name,
            Self::Nobody => "default",
        }
    }
}

/// What a call needs besides credentials.
#[derive(Debug)]
pub struct Settings {
    /// The profile.
    pub profile: Chosen,
    /// The region to sign for.
    pub region: String,
    /// The server.
    pub endpoint: Endpoint,
    /// Whom to believe that it is the server, in place of whom the machine trusts.
    pub ca_bundle: Option<PathBuf>,
    /// How to print the answer.
    pub output: Format,
}

impl Settings {
    /// Finds them all.
    ///
    /// # Errors
    /// A profile that was named and is not there; an endpoint that cannot be used.
    pub fn find(
        shared: &Shared,
        surroundings: &Surroundings<'_>,
        profiles: &Profiles,
    ) -> Result<Self, ClientError> {
        let profile = profile(shared, surroundings);
        if profile != Chosen::Nobody && !profiles.has(profile.name()) {
            return Err(ClientError::NoProfile { name: profile.name().to_owned() });
        }
        let first = |flag: Option<&str>, variables: &[&str], setting: &str| {
            let variable = || variables.iter().find_map(|name| (surroundings.variable)(name));
            let of_profile = || profiles.setting(profile.name(), setting).map(str::to_owned);
            flag.map(str::to_owned).or_else(variable).or_else(of_profile)
        };
        let region = first(shared.region.as_deref(), &["AWS_REGION", "AWS_DEFAULT_REGION"], "region");
        // A format that is the AWS CLI's alone, such as `table`, says nothing here.
        let output = || first(None, &["AWS_DEFAULT_OUTPUT"], "output").and_then(|name| Format::named(&name));
        Ok(Self {
            ca_bundle: first(None, &["AWS_CA_BUNDLE"], "ca_bundle").map(PathBuf::from),
            region: region.unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint: match &shared.endpoint_url {
                Some(endpoint) => endpoint.clone(),
                None => endpoint(profile.name(), surroundings, profiles)?,
            },
            output: shared.output.or_else(output).unwrap_or(Format::Json),
            profile,
        })
    }
}

fn profile(shared: &Shared, surroundings: &Surroundings<'_>) -> Chosen {
    let variable =
        || ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].iter().find_map(|name| (surroundings.variable)(name));
    match &shared.profile {
        Some(name) => Chosen::Flag(name.clone()),
        None => variable().map_or(Chosen::Nobody, Chosen::Variable),
    }
}

fn endpoint(
    profile: &str,
    surroundings: &Surroundings<'_>,
    profiles: &Profiles,
) -> Result<Endpoint, ClientError> {
    let ignored = (surroundings.variable)("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .or_else(|| profiles.setting(profile, "ignore_configured_endpoint_urls").map(str::to_owned));
    if ignored.is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        return Ok(Endpoint::default());
    }
    let of_service = format!("AWS_ENDPOINT_URL_{}", SERVICE.to_uppercase());
    let variables = [of_service.as_str(), "AWS_ENDPOINT_URL"];
    let of_variable =
        variables.iter().find_map(|name| Some(((*name).to_owned(), (surroundings.variable)(name)?)));
    let of_profile = || {
        let url = profiles
            .of_service(profile, SERVICE, "endpoint_url")
            .or_else(|| profiles.setting(profile, "endpoint_url"))?;
        Some((format!("the profile {profile}"), url.to_owned()))
    };
    match of_variable.or_else(of_profile) {
        Some((place, url)) => url.parse().map_err(|reason| ClientError::NoEndpoint { place, reason }),
        None => Ok(Endpoint::default()),
    }
}
