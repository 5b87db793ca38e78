//! Events of what the server does by itself, or at the word of whoever runs it: no request, and no principal.
//!
//! CloudTrail User Guide, "Non-API events captured by CloudTrail": `AwsServiceEvent`, with what happened in
//! `serviceEventDetails`.

use portcullis_base::AccountId;
use portcullis_base::world::World;
use serde_json::{Value as Json, json};

use super::AuditEvent;
use super::flood::event_id;

/// Something that was done without a request.
pub struct OwnDoing {
    /// What event history calls it.
    pub name: &'static str,
    /// The service that it belongs to: `sts.amazonaws.com`.
    pub source: &'static str,
    /// As whom, for event history.
    pub username: Option<String>,
    /// What was concerned: type and name.
    pub resources: Vec<(String, String)>,
    /// What happened, in an object.
    pub details: Json,
}

/// Who did it, from where.
pub struct By {
    /// The `userIdentity`.
    pub identity: Json,
    /// The address.
    pub source_ip: String,
    /// With which program.
    pub user_agent: Option<String>,
}

impl OwnDoing {
    /// The event, now.
    pub fn event(self, world: &World, account: AccountId, region: &str) -> AuditEvent {
        let by = By {
            identity: json!({ "type": "AWSService", "invokedBy": "portcullis" }),
            source_ip: "portcullis".to_owned(),
            user_agent: Some("portcullis".to_owned()),
        };
        self.event_by(&by, world, account, region)
    }

    /// The event of what somebody did without a call of an API.
    pub fn event_by(self, by: &By, world: &World, account: AccountId, region: &str) -> AuditEvent {
        let (id, at) = (event_id(world), world.clock.now());
        let record = json!({
            "eventVersion": "1.11",
            "userIdentity": by.identity,
            "eventTime": at.iso_seconds(),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": region,
            "sourceIPAddress": by.source_ip,
            "userAgent": by.user_agent,
            "requestParameters": null,
            "responseElements": null,
            "eventID": id,
            "readOnly": false,
            "eventType": "AwsServiceEvent",
            "managementEvent": true,
            "eventCategory": "Management",
            "recipientAccountId": account.to_string(),
            "serviceEventDetails": self.details,
        });
        AuditEvent {
            id,
            at,
            account,
            region: region.to_owned(),
            name: self.name.to_owned(),
            source: self.source.to_owned(),
            read_only: false,
            username: self.username,
            access_key_id: None,
            resources: self.resources,
            json: record.to_string(),
        }
    }
}
