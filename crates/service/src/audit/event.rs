//! From a request to its CloudTrail record.
//!
//! A [`Trail`] collects what becomes known while a request passes through its steps. Whatever ends the request, the
//! trail has enough for exactly one event. CloudTrail User Guide: "CloudTrail record contents", "CloudTrail
//! userIdentity element".

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_policy::Principal;
use portcullis_store::Revision;
use serde_json::{Map, Value as Json, json};

use super::AuditEvent;
use super::identity;
use super::json::{TEXT_MAX, from_value, judged_json, shortened};
use super::shared::derived;
use crate::action::{Access, Category, Handler, Need, Row};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::gate::Judged;
use crate::port::{Facts, SignatureForm};

/// Longest request parameters or response elements (100 KB).
const PART_MAX: usize = 100 * 1024;
/// Longest decisions, and longest findings, in a record's `additionalEventData` (28 KB together with the rest).
const LIST_MAX: usize = 12 * 1024;
/// Longest name of a member that was ignored.
const NAME_MAX: usize = 128;
/// Members that no event ever holds, wherever they stand.
const NEVER: &[&str] = &[
    "AddPrivateKey",
    "AuthenticationCode1",
    "AuthenticationCode2",
    "Base32StringSeed",
    "CopySourceSSECustomerKey",
    "NewPassword",
    "OldPassword",
    "Password",
    "PrivateKey",
    "QRCodePNG",
    "SAMLAssertion",
    "SSECustomerKey",
    "SecretAccessKey",
    "ServiceCredentialSecret",
    "ServicePassword",
    "SessionToken",
    "TokenCode",
    "TradeInToken",
    "WebIdentityToken",
    "accessToken",
    "clientSecret",
    "code",
    "codeVerifier",
    "deviceCode",
    "idToken",
    "refreshToken",
    "secretAccessKey",
    "sessionToken",
    "userCode",
    "verificationUriComplete",
];

/// The service as its events call it: all of Identity Center's but the directory are one there (IAM Identity Center User
/// Guide, "CloudTrail use cases for IAM Identity Center").
fn source_of(service: &'static str) -> &'static str {
    if ["awsssoportal", "sso-oauth"].contains(&service) { "sso" } else { service }
}

/// The id of the event of a request.
pub fn event_id_of(request_id: &str) -> String {
    derived(request_id, "event")
}

/// What is known of a request so far.
pub struct Trail {
    /// The event's id: one for the request, however often its write is tried and however it ends.
    pub event_id: String,
    /// When it ended, or a write was first tried: its event keeps that time, so that a commit of unknown outcome and
    /// the refusal that is told of it are one event.
    pub at: Option<Timestamp>,
    /// What came in.
    pub facts: Facts,
    /// The service spoken to.
    pub service: &'static str,
    /// The operation, once it is known.
    pub operation: Option<String>,
    /// Its row, once it is known.
    pub row: Option<&'static Row>,
    /// Who signed, once the signature has held.
    pub caller: Option<Caller>,
    /// The access key id claimed, believed or not.
    pub claimed_key: Option<String>,
    /// How the request was signed.
    pub form: Option<SignatureForm>,
    /// The input, once it is decoded.
    pub input: Value,
    /// Type and ARN of the resources concerned.
    pub resources: Vec<(&'static str, String)>,
    /// The revision of the snapshot that it was decided on, once it was.
    pub revision: Option<Revision>,
    /// The decisions made.
    pub judged: Vec<Judged>,
    /// The permissions asked for, with all that they were decided on.
    pub asked: Vec<Need>,
    /// Lint findings of a saved document.
    pub findings: Vec<String>,
    /// Bytes received and sent, for data events.
    pub bytes: (u64, u64),
    /// Members of the input that mean nothing and were ignored; the event names them, never their values.
    pub ignored: Vec<String>,
    /// Further members of `additionalEventData`.
    pub additional: Vec<(&'static str, Json)>,
    /// Set when the event went into the store with its write.
    pub is_recorded: bool,
}

impl Trail {
    /// Nothing is known but what came in. The event's id follows from the request's, so that whoever has the one finds
    /// the other.
    pub fn of(facts: Facts, service: &'static str) -> Self {
        Self::new(event_id_of(&facts.request_id), facts, service)
    }

    /// Nothing is known but what came in, and the event's id.
    pub fn new(event_id: String, facts: Facts, service: &'static str) -> Self {
        Self {
            event_id,
            at: None,
            facts,
            service,
            operation: None,
            row: None,
            caller: None,
            claimed_key: None,
            form: None,
            input: Value::structure(),
            resources: Vec::new(),
            revision: None,
            judged: Vec::new(),
            asked: Vec::new(),
            findings: Vec::new(),
            bytes: (0, 0),
            ignored: Vec::new(),
            additional: Vec::new(),
            is_recorded: false,
        }
    }

    /// Whether the signature of a principal has held.
    pub fn is_authenticated(&self) -> bool {
        self.caller
            .as_ref()
            .is_some_and(|caller| caller.principal != Principal::Anonymous && !caller.is_stranger())
    }

    /// Whether it is of somebody whom nobody knows and who yet may ask: what strangers do is not recorded without bound.
    pub fn is_of_stranger(&self) -> bool {
        self.caller.as_ref().is_some_and(Caller::is_stranger)
    }

    /// The event of this request as it ended, and a copy for every other account that exists whose resources it was
    /// about (CloudTrail User Guide, "sharedEventID").
    pub fn events(
        &self,
        now: Timestamp,
        home: AccountId,
        outcome: Result<&Value, &ApiError>,
        exists: impl Fn(AccountId) -> bool,
    ) -> Vec<AuditEvent> {
        let own = self.event(now, home, outcome);
        // A refusal concerns whose policy had a say in it; nobody else's history is filled by a stranger's attempts.
        let concerned = self.judged.iter().filter(|judged| judged.is_guarded || judged.decision.is_allowed());
        let mut others: Vec<AccountId> = concerned.map(|judged| judged.account).collect();
        others.retain(|account| *account != own.account && exists(*account));
        others.sort_unstable();
        others.dedup();
        super::shared::with_copies(own, self.caller.as_ref(), &others)
    }

    /// The event of this request as it ended.
    fn event(&self, now: Timestamp, home: AccountId, outcome: Result<&Value, &ApiError>) -> AuditEvent {
        let (id, at) = (self.event_id.clone(), self.at.unwrap_or(now));
        let account = self.caller.as_ref().and_then(Caller::history).unwrap_or(home);
        let name = self.row.map_or_else(
            || self.operation.clone().unwrap_or_else(|| "UnknownOperation".to_owned()),
            |row| row.name.to_owned(),
        );
        let source = format!("{}.amazonaws.com", source_of(self.service));
        let read_only = self.is_read_only();
        let record = self.record(&id, at, account, &name, &source, outcome);
        AuditEvent {
            id,
            at,
            account,
            region: self.facts.region.clone(),
            name,
            source,
            read_only,
            username: self.caller.as_ref().and_then(identity::username),
            access_key_id: self
                .caller
                .as_ref()
                .and_then(|caller| caller.access_key_id.as_ref())
                .map(ToString::to_string),
            resources: self.indexed(outcome.ok()),
            json: record.to_string(),
        }
    }

    fn record(
        &self,
        id: &str,
        at: Timestamp,
        account: AccountId,
        name: &str,
        source: &str,
        outcome: Result<&Value, &ApiError>,
    ) -> Json {
        let is_data = self.row.is_some_and(|row| row.category == Category::Data);
        // CloudTrail calls the issuing of credentials a read, and yet tells what was issued.
        let is_issue = self.row.is_some_and(|row| matches!(row.handler, Handler::Issue(_)));
        let response = match outcome {
            Ok(value) if (is_issue || !self.is_read_only()) && !is_data => self.part(value),
            _ => Json::Null,
        };
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.user_identity(),
            "eventTime": at.iso_seconds(),
            "eventSource": source,
            "eventName": name,
            "awsRegion": self.facts.region,
            "sourceIPAddress": self.facts.source_ip.to_canonical().to_string(),
            "userAgent": self.facts.user_agent.as_deref().map(|agent| shortened(agent, TEXT_MAX)),
            "requestParameters": self.request_parameters(),
            "responseElements": response,
            "requestID": self.facts.request_id,
            "eventID": id,
            "readOnly": self.is_read_only(),
            "eventType": "AwsApiCall",
            "managementEvent": !is_data,
            "eventCategory": if is_data { "Data" } else { "Management" },
            "recipientAccountId": account.to_string(),
        });
        if let Some(members) = record.as_object_mut() {
            if let Err(error) = outcome {
                members.insert("errorCode".to_owned(), json!(error.code));
                members.insert("errorMessage".to_owned(), json!(shortened(&error.message, TEXT_MAX)));
            }
            if !self.resources.is_empty() {
                members.insert("resources".to_owned(), self.resources_json(account));
            }
            members.insert("additionalEventData".to_owned(), self.additional());
            if self.facts.secure {
                members
                    .insert("tlsDetails".to_owned(), json!({ "clientProvidedHostHeader": self.facts.host }));
            }
        }
        record
    }

    /// What is no action at all changes nothing either.
    fn is_read_only(&self) -> bool {
        self.row.is_none_or(|row| row.access == Access::Read)
    }

    fn user_identity(&self) -> Json {
        match &self.caller {
            Some(caller) => identity::of(caller),
            // Nothing of an unproved claim is believed; the key id helps whoever investigates.
            None => match &self.claimed_key {
                Some(key) => {
                    json!({ "type": "Unknown", "accessKeyId": shortened(key, 128), "unauthenticated": true })
                }
                None => json!({ "type": "Unknown", "unauthenticated": true }),
            },
        }
    }

    fn part(&self, value: &Value) -> Json {
        let hides = self.row.map_or(&[][..], |row| row.hides);
        let part = from_value(value, &|name| NEVER.contains(&name) || hides.contains(&name));
        let is_empty = part.as_object().is_some_and(Map::is_empty);
        if is_empty {
            Json::Null
        } else if part.to_string().len() > PART_MAX {
            json!({ "omitted": "larger than 100 KB" })
        } else {
            part
        }
    }

    fn request_parameters(&self) -> Json {
        let mut parameters = self.part(&self.input);
        if self.service == "s3"
            && let Some(members) = parameters.as_object_mut()
        {
            if let Some(bucket) = members.remove("bucket") {
                members.insert("bucketName".to_owned(), bucket);
            }
            if let Some(policy) = members.remove("policy") {
                members.insert("bucketPolicy".to_owned(), document(policy));
            }
            members.insert("Host".to_owned(), json!(self.facts.host));
        }
        if let (Some(members), Some(tags)) = (parameters.as_object_mut(), self.incoming_transitive_tags()) {
            members.insert("incomingTransitiveTags".to_owned(), tags);
        }
        parameters
    }

    /// The tags that the caller's session hands on, where the action may make a session with tags.
    fn incoming_transitive_tags(&self) -> Option<Json> {
        self.row.filter(|row| row.permission.names().contains(&"sts:TagSession"))?;
        let tags = self.caller.as_ref()?.transitive_tags();
        let members = tags.iter().map(|tag| (tag.key.clone(), json!(tag.value)));
        (!tags.is_empty()).then(|| Json::Object(members.collect()))
    }

    fn resources_json(&self, account: AccountId) -> Json {
        // Where something was decided, it was about whose resource that is.
        let account = self.judged.first().map_or(account, |judged| judged.account);
        let items = self.resources.iter();
        items
            .map(|(kind, arn)| json!({ "ARN": arn, "accountId": account.to_string(), "type": kind }))
            .collect()
    }

    fn additional(&self) -> Json {
        let mut additional = Map::new();
        if let Some(form) = self.form {
            additional.insert("SignatureVersion".to_owned(), json!("SigV4"));
            let method = if form == SignatureForm::Header { "AuthHeader" } else { "QueryString" };
            additional.insert("AuthenticationMethod".to_owned(), json!(method));
        }
        if self.row.is_some_and(|row| row.category == Category::Data) {
            additional.insert("bytesTransferredIn".to_owned(), json!(self.bytes.0));
            additional.insert("bytesTransferredOut".to_owned(), json!(self.bytes.1));
        }
        if let Some(Revision(revision)) = self.revision {
            additional.insert("revision".to_owned(), json!(revision));
        }
        let ignored = self.ignored.iter().map(|name| json!(shortened(name, NAME_MAX)));
        insert_bounded(&mut additional, "ignoredMembers", ignored);
        insert_bounded(&mut additional, "findings", self.findings.iter().map(|finding| json!(finding)));
        insert_bounded(&mut additional, "decisions", self.judged.iter().map(judged_json));
        for (name, value) in &self.additional {
            additional.insert((*name).to_owned(), value.clone());
        }
        Json::Object(additional)
    }

    /// What LookupEvents finds the event by: the resources, the access key that was made or asked about, and for an
    /// issued session its ARN.
    fn indexed(&self, output: Option<&Value>) -> Vec<(String, String)> {
        let mut indexed: Vec<(String, String)> =
            self.resources.iter().map(|(kind, arn)| ((*kind).to_owned(), arn.clone())).collect();
        let asked = self.input.text("AccessKeyId");
        let made = ["Credentials", "AccessKey"].into_iter().filter_map(|member| output?.member(member));
        for key in asked.into_iter().chain(made.filter_map(|credentials| credentials.text("AccessKeyId"))) {
            indexed.push(("AWS::IAM::AccessKey".to_owned(), key.to_owned()));
        }
        let Some(output) = output else { return indexed };
        for (member, id) in [("AssumedRoleUser", "AssumedRoleId"), ("FederatedUser", "FederatedUserId")] {
            if let Some(user) = output.member(member) {
                for name in [user.text(id), user.text("Arn")].into_iter().flatten() {
                    indexed.push(("AWS::STS::AssumedRole".to_owned(), name.to_owned()));
                }
            }
        }
        indexed
    }
}

/// Inserts as many of the items as there is room for, and how many there was none for.
fn insert_bounded(members: &mut Map<String, Json>, name: &str, items: impl ExactSizeIterator<Item = Json>) {
    let count = items.len();
    let mut length = 0;
    let kept: Vec<Json> = items
        .take_while(|item| {
            length += item.to_string().len();
            length <= LIST_MAX
        })
        .collect();
    if count > kept.len() {
        members.insert(format!("{name}Omitted"), json!(count - kept.len()));
    }
    if !kept.is_empty() {
        members.insert(name.to_owned(), Json::Array(kept));
    }
}

/// A bucket policy as CloudTrail shows it: the document itself; what is no document stays text.
fn document(policy: Json) -> Json {
    policy.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(policy)
}

#[cfg(test)]
mod tests;
