//! What is known about a request before anybody decides, in plain types: what every contestant starts from.

use std::net::IpAddr;

/// Somebody who makes requests: a session of a role with policies of its own.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// `AROA…`
    pub role_id: String,
    /// The role's ARN.
    pub role_arn: String,
    /// The session's ARN.
    pub session_arn: String,
    /// Tags of the session.
    pub tags: Vec<(String, String)>,
    /// Which of the world's policies are attached.
    pub policies: Vec<usize>,
}

/// One request. It is as a server holds it once it has been read: texts that nobody has compared yet.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The place of the caller in the world's list.
    pub caller: usize,
    /// `s3:GetObject`
    pub action: String,
    /// An ARN.
    pub resource: String,
    /// Where it came from.
    pub source: IpAddr,
    /// When the session began, in seconds.
    pub issued_at: i64,
    /// When it arrived, in seconds.
    pub arrived_at: i64,
    /// Whether by TLS.
    pub secure: bool,
    /// `aws:PrincipalArn`
    pub principal_arn: String,
    /// `aws:PrincipalAccount` and `aws:ResourceAccount`
    pub account: String,
    /// `aws:userid`: the role's id, a colon, the session's name.
    pub user_id: String,
    /// `aws:UserAgent`
    pub user_agent: String,
    /// `aws:RequestedRegion`
    pub region: String,
    /// `aws:SourceIdentity`
    pub source_identity: String,
    /// The caller's tags, by the whole name of the condition key.
    pub tags: Vec<(String, String)>,
}

/// The value of one condition key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fact<'a> {
    /// A text.
    Text(&'a str),
    /// An instant, in seconds.
    Moment(i64),
    /// The same as a number.
    Epoch(i64),
    /// An address.
    Address(IpAddr),
    /// Yes or no.
    Flag(bool),
}

impl Facts {
    /// Hands out every condition key: eighteen with three tags.
    pub fn each_key<'a>(&'a self, mut take: impl FnMut(&'a str, Fact<'a>)) {
        take("aws:PrincipalArn", Fact::Text(&self.principal_arn));
        take("aws:PrincipalAccount", Fact::Text(&self.account));
        take("aws:PrincipalType", Fact::Text("AssumedRole"));
        take("aws:userid", Fact::Text(&self.user_id));
        take("aws:SourceIp", Fact::Address(self.source));
        take("aws:TokenIssueTime", Fact::Moment(self.issued_at));
        take("aws:CurrentTime", Fact::Moment(self.arrived_at));
        take("aws:EpochTime", Fact::Epoch(self.arrived_at));
        take("aws:SecureTransport", Fact::Flag(self.secure));
        take("aws:UserAgent", Fact::Text(&self.user_agent));
        take("aws:RequestedRegion", Fact::Text(&self.region));
        take("aws:ViaAWSService", Fact::Flag(false));
        take("aws:PrincipalIsAWSService", Fact::Flag(false));
        take("aws:SourceIdentity", Fact::Text(&self.source_identity));
        take("aws:ResourceAccount", Fact::Text(&self.account));
        for (key, value) in &self.tags {
            take(key, Fact::Text(value));
        }
    }

    /// The role's id: what stands before the colon of the user id.
    pub fn role_id(&self) -> &str {
        self.user_id.split(':').next().unwrap_or_default()
    }
}
