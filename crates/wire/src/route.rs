//! Which service and operation a request is for. Nothing else of the body is read here.
//!
//! One endpoint speaks for every service. A host of the form `BUCKET.DOMAIN` is S3. A signed request belongs to the
//! service that its scope names and to no other, whatever its body says. An unsigned one is either an operation that
//! is called without a signature, or anonymous S3.

mod rest_json;
mod s3;

use portcullis_base::shape::{Model, Operation, Protocol};

use crate::fault::Fault;
use crate::form;
use crate::frame::Head;
use crate::limits::PARAMETERS_MAX;
use crate::protocol::{model, models};

/// What routing needs to know of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteConfig {
    /// The domains below which a host names a bucket, in lower case.
    pub domains: Vec<String>,
}

/// A request whose operation is known.
#[derive(Debug, Clone)]
pub struct Routed {
    /// The service.
    pub model: &'static Model,
    /// The operation.
    pub operation: &'static Operation,
    /// The labels of the path, decoded: `Bucket` and `Key`.
    pub labels: Vec<(String, String)>,
    /// The parameters of a query-protocol request without those of the protocol and the signature.
    pub parameters: Vec<(String, String)>,
}

impl Routed {
    /// A label of the path.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The bucket that the path or the host names.
    pub fn bucket(&self) -> Option<&str> {
        self.label("Bucket")
    }

    /// The object's key, as opaque as it came.
    pub fn key(&self) -> Option<&str> {
        self.label("Key")
    }
}

/// Where a request goes, before its body is read.
enum Destination {
    S3 {
        bucket: Option<String>,
    },
    Service(&'static Model),
    /// A service that no model is known of.
    Elsewhere(String),
    /// Without a signature, to an operation that may be called so.
    Unsigned,
}

fn destination(head: &Head, signed_service: Option<&str>, config: &RouteConfig) -> Destination {
    if let Some(bucket) = bucket_of_host(head, config) {
        return Destination::S3 { bucket: Some(bucket) };
    }
    match signed_service {
        Some(service) => match model(service) {
            Some(model) if model.protocol == Protocol::RestXml => Destination::S3 { bucket: None },
            Some(model) => Destination::Service(model),
            None => Destination::Elsewhere(service.to_owned()),
        },
        None if head.decoded_path() == "/" && (head.method == "POST" || names_unsigned(head)) => {
            Destination::Unsigned
        }
        None => rest_json::unsigned(head).map_or(Destination::S3 { bucket: None }, Destination::Service),
    }
}

/// Whether `GET /?Action=` names an operation that is called without a signature.
fn names_unsigned(head: &Head) -> bool {
    head.method == "GET" && head.query_value("Action").is_some_and(|action| unsigned(action).is_some())
}

fn unsigned(action: &str) -> Option<(&'static Model, &'static Operation)> {
    models()
        .filter(|model| model.protocol == Protocol::Query)
        .find_map(|model| Some((model, model.operation(action).filter(|operation| operation.unsigned)?)))
}

/// The bucket in a host `BUCKET.DOMAIN`, for the longest domain that fits.
fn bucket_of_host(head: &Head, config: &RouteConfig) -> Option<String> {
    let host = head.headers.get("host")?.to_ascii_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &host,
    };
    // A domain that is given is its own host, even where it stands below another one.
    if config.domains.iter().any(|domain| domain == name) {
        return None;
    }
    config
        .domains
        .iter()
        .filter_map(|domain| name.strip_suffix(domain.as_str())?.strip_suffix('.'))
        .filter(|bucket| !bucket.is_empty())
        .min_by_key(|bucket| bucket.len())
        .map(str::to_owned)
}

/// Whether the host of a request names a bucket: then it is S3's, whatever its path.
pub fn has_bucket_host(head: &Head, config: &RouteConfig) -> bool {
    bucket_of_host(head, config).is_some()
}

/// Whether a request is S3's, whose body is streamed and not gathered before [`route`].
pub fn is_s3(head: &Head, signed_service: Option<&str>, config: &RouteConfig) -> bool {
    matches!(destination(head, signed_service, config), Destination::S3 { .. })
}

/// The model in whose protocol a refusal of this request is to be worded; `None` if none is known.
pub fn answering(head: &Head, signed_service: Option<&str>, config: &RouteConfig) -> Option<&'static Model> {
    match destination(head, signed_service, config) {
        Destination::S3 { .. } => model("s3"),
        Destination::Service(model) => Some(model),
        Destination::Elsewhere(_) | Destination::Unsigned if head.headers.get("x-amz-target").is_some() => {
            models().find(|model| model.protocol == Protocol::Json)
        }
        Destination::Elsewhere(_) | Destination::Unsigned => model("sts"),
    }
}

/// Finds a request's operation. `body` is the whole body, except for S3, where it is not looked at.
///
/// # Errors
/// The [`Fault`] with which AWS answers a request that names no operation, names it ambiguously, or names one of
/// another service.
pub fn route(
    head: &Head,
    signed_service: Option<&str>,
    body: &[u8],
    config: &RouteConfig,
) -> Result<Routed, Fault> {
    match destination(head, signed_service, config) {
        Destination::S3 { bucket } => {
            // A host of S3's is S3's alone, whatever the signature was made for.
            if signed_service
                .is_some_and(|service| model(service).is_none_or(|it| it.protocol != Protocol::RestXml))
            {
                let message =
                    "The authorization header is malformed; this host belongs to the service \"s3\"";
                return Err(Fault::new("AuthorizationHeaderMalformed", 400, message));
            }
            let model = model("s3").ok_or_else(internal)?;
            s3::route(model, head, bucket)
        }
        Destination::Service(model) => match model.protocol {
            Protocol::Json => route_json(model, head),
            Protocol::RestJson => rest_json::route(model, head),
            Protocol::Query | Protocol::RestXml => route_query(model, head, body),
        },
        Destination::Elsewhere(service) => {
            let known: Vec<&str> = models().map(|model| model.service.as_str()).collect();
            let service: String = service.chars().take(64).collect();
            let message = format!(
                "Credential should be scoped to a service of this endpoint, not '{service}': {}.",
                known.join(", ")
            );
            Err(Fault::new("SignatureDoesNotMatch", 403, message))
        }
        Destination::Unsigned => route_unsigned(head, body),
    }
}

fn internal() -> Fault {
    Fault::new("InternalError", 500, "We encountered an internal error. Please try again.")
}

fn route_unsigned(head: &Head, body: &[u8]) -> Result<Routed, Fault> {
    let missing = || Fault::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
    if !is_form(head) {
        return Err(missing());
    }
    let (action, version, parameters) = parameters(head, body)?;
    let (model, operation) = action.as_deref().and_then(unsigned).ok_or_else(missing)?;
    check_version(model, &operation.name, version.as_deref())?;
    Ok(Routed { model, operation, labels: Vec::new(), parameters })
}

fn route_query(model: &'static Model, head: &Head, body: &[u8]) -> Result<Routed, Fault> {
    if !matches!(head.method.as_str(), "GET" | "POST") || head.decoded_path() != "/" {
        return Err(Fault::new("InvalidAction", 400, "An action is called by POST / or GET /?Action=."));
    }
    if !is_form(head) {
        let message = "The content type of the request is not application/x-www-form-urlencoded.";
        return Err(Fault::new("MalformedInput", 400, message));
    }
    let (action, version, parameters) = parameters(head, body)?;
    let action = action
        .filter(|action| !action.is_empty())
        .ok_or_else(|| Fault::new("MissingAction", 400, "The request must contain the parameter Action."))?;
    check_version(model, &action, version.as_deref())?;
    let operation = model.operation(&action).ok_or_else(|| no_operation(&action, &model.version))?;
    Ok(Routed { model, operation, labels: Vec::new(), parameters })
}

fn no_operation(action: &str, version: &str) -> Fault {
    let (action, version): (String, String) =
        (action.chars().take(128).collect(), version.chars().take(32).collect());
    Fault::new("InvalidAction", 400, format!("Could not find operation {action} for version {version}"))
}

fn check_version(model: &Model, action: &str, version: Option<&str>) -> Result<(), Fault> {
    match version {
        Some(version) if version == model.version => Ok(()),
        other => Err(no_operation(action, other.unwrap_or("NO_VERSION_SPECIFIED"))),
    }
}

/// A body without a stated type is taken for a form; so is an absent body.
fn is_form(head: &Head) -> bool {
    head.method != "POST"
        || head.headers.get("content-type").is_none_or(|stated| {
            let kind = stated.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

type Parameters = (Option<String>, Option<String>, Vec<(String, String)>);

/// The action, the version, and the other parameters of query and body together. What is given in both is given
/// twice: neither is believed.
fn parameters(head: &Head, body: &[u8]) -> Result<Parameters, Fault> {
    let mut pairs = head.query_pairs().to_vec();
    if head.method == "POST" {
        let of_body =
            form::parse(body).map_err(|fault| Fault::new("MalformedInput", 400, fault.to_string()))?;
        pairs.extend(of_body);
    }
    // The parameters of a signature in the query are not the operation's.
    pairs.retain(|(name, _)| !name.starts_with("X-Amz-"));
    if pairs.len() > PARAMETERS_MAX {
        let message = format!("The request has more than {PARAMETERS_MAX} parameters");
        return Err(Fault::new("MalformedInput", 400, message));
    }
    let mut take = |wanted: &str| -> Result<Option<String>, Fault> {
        let mut given = pairs.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let (first, second) = (given.next(), given.next());
        if second.is_some() {
            let message = format!("Parameter '{wanted}': given more than once");
            return Err(Fault::new("MalformedInput", 400, message));
        }
        pairs.retain(|(name, _)| name != wanted);
        Ok(first)
    };
    let (action, version) = (take("Action")?, take("Version")?);
    Ok((action, version, pairs))
}

/// The operation is the last part of `X-Amz-Target`; what stands before it may be written in full or by its last
/// part, `CloudTrail_20131101`, as older clients do.
fn route_json(model: &'static Model, head: &Head) -> Result<Routed, Fault> {
    let unknown = |message: &str| Fault::new("UnknownOperationException", 400, message);
    if head.method != "POST" || head.decoded_path() != "/" {
        return Err(unknown("An operation is called by POST /"));
    }
    let kind = head.headers.get("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-amz-json-1.1") {
        return Err(unknown("The content type of the request is not application/x-amz-json-1.1"));
    }
    if head.headers.count("x-amz-target") > 1 {
        return Err(unknown("The header X-Amz-Target is given more than once"));
    }
    let target = head.headers.get("x-amz-target").unwrap_or_default();
    let (prefix, name) = target.rsplit_once('.').unwrap_or(("", target));
    let full = model.target_prefix.as_deref().unwrap_or_default();
    let short = full.rsplit('.').next().unwrap_or_default();
    let operation = model.operation(name).filter(|_| prefix == full || prefix == short);
    let operation =
        operation.ok_or_else(|| unknown("The header X-Amz-Target names no operation of this service"))?;
    Ok(Routed { model, operation, labels: Vec::new(), parameters: Vec::new() })
}

#[cfg(test)]
mod tests;
