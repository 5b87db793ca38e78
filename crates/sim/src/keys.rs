//! Condition keys: what kind of value each has, whether it may have several, and a small pool of values from which
//! requests and policies both draw, so that they meet often.

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Family {
    #[default]
    Text,
    Arn,
    Date,
    Number,
    Bool,
    Ip,
    Binary,
}

/// A condition key.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    pub(crate) is_multi: bool,
    pub(crate) values: &'static [&'static str],
}

const fn one(name: &'static str, family: Family, values: &'static [&'static str]) -> Key {
    Key { name, family, is_multi: false, values }
}

const fn many(name: &'static str, values: &'static [&'static str]) -> Key {
    Key { name, family: Family::Text, is_multi: true, values }
}

pub(crate) const TEAMS: &[&str] =
    &["red", "blue", "Red", "red team", "*", "", "été", "a/b", "${aws:username}"];
pub(crate) const DATES: &[&str] = &[
    "2024-05-07T23:47:00Z",
    "2024-05-07T23:47:00.000Z",
    "2024-05-07T23:47:00.001Z",
    "2024-05-07T23:46:59.999Z",
    "2024-05-08T01:47:00+02:00",
    "2024-05-07T18:17:00-05:30",
    "2024-05-07T23:47Z",
    "1715125620",
    "1715125619",
    "1715125621",
    "2024-05-07",
    "2024-05-08",
    "2024-05",
    "2024",
    "2025",
    "1704067200",
    "2024-01-01T00:00:00Z",
    "2020-02-29T12:00:00Z",
];
pub(crate) const NUMBERS: &[&str] =
    &["0", "1", "10", "10.0", "010", "9.99", "10.01", "100", "-1", "-0", "3600", "99999999999999999999"];
pub(crate) const ADDRESSES: &[&str] =
    &["192.0.2.7", "192.0.2.128", "198.51.100.200", "10.1.2.3", "2001:db8::1", "2001:db8:1::1", "::1"];
pub(crate) const BYTES: &[&str] = &["YWJj", "YWJk", "AAECAw==", "YQ==", "/+8="];
const TRUTHS: &[&str] = &["true", "false", "true", "false", "True"];
const ACCOUNTS: &[&str] = &["111122223333", "444455556666"];
const ARNS: &[&str] = &[
    "arn:aws:s3:::data",
    "arn:aws:s3:::logs",
    "arn:aws:sns:eu-west-1:111122223333:topic",
    "arn:aws:lambda:us-east-1:444455556666:function:resize",
    "arn:aws:iam::111122223333:role/team/deploy",
];
const PATHS: &[&str] =
    &["o-a1b2c3/r-ab/ou-ab-1/", "o-a1b2c3/r-ab/ou-ab-2/", "o-a1b2c3/r-ab/ou-ab-1/ou-ab-11/"];
const TAG_KEYS: &[&str] = &["team", "Team", "cost", "stage"];
const SERVICES: &[&str] = &["cloudtrail.amazonaws.com", "lambda.amazonaws.com"];

/// Keys that come with any request.
pub(crate) const GLOBAL: &[Key] = &[
    one("aws:CurrentTime", Family::Date, DATES),
    one("aws:EpochTime", Family::Date, DATES),
    one("aws:SourceIp", Family::Ip, ADDRESSES),
    one("aws:VpcSourceIp", Family::Ip, ADDRESSES),
    one("aws:SecureTransport", Family::Bool, TRUTHS),
    one("aws:ViaAWSService", Family::Bool, TRUTHS),
    one("aws:RequestedRegion", Family::Text, &["eu-west-1", "us-east-1", "eu-central-1"]),
    one("aws:UserAgent", Family::Text, &["aws-cli/2.15", "Boto3/1.34", "agent \"x\" \\ y"]),
    one("aws:SourceVpc", Family::Text, &["vpc-1a2b3c", "vpc-4d5e6f"]),
    one("aws:ResourceAccount", Family::Text, ACCOUNTS),
    one("aws:ResourceOrgID", Family::Text, &["o-a1b2c3", "o-zzzz"]),
    one("aws:ResourceTag/team", Family::Text, TEAMS),
    one("aws:RequestTag/team", Family::Text, TEAMS),
    one("aws:RequestTag/cost", Family::Number, NUMBERS),
    one("aws:RequestTag/blob", Family::Binary, BYTES),
    one("aws:SourceArn", Family::Arn, ARNS),
    one("aws:SourceAccount", Family::Text, ACCOUNTS),
    many("aws:TagKeys", TAG_KEYS),
    many("aws:CalledVia", SERVICES),
    many("aws:PrincipalOrgPaths", PATHS),
    many("aws:ResourceOrgPaths", PATHS),
];

/// Keys that come with some principals; their values are the principal's own.
pub(crate) const PRINCIPAL: &[Key] = &[
    one("aws:PrincipalArn", Family::Arn, ARNS),
    one("aws:PrincipalAccount", Family::Text, ACCOUNTS),
    one("aws:PrincipalType", Family::Text, &["User", "AssumedRole", "Account", "FederatedUser"]),
    one(
        "aws:userid",
        Family::Text,
        &["AIDAALICEAAAAAAAAAAAA", "AROADEPLOYAAAAAAAAAAA:ci", "AROADEPLOYAAAAAAAAAAA"],
    ),
    one("aws:username", Family::Text, &["alice", "bob", "Alice"]),
    one("aws:PrincipalTag/team", Family::Text, TEAMS),
    one("aws:PrincipalTag/blob", Family::Binary, BYTES),
    one("aws:PrincipalTag/level", Family::Number, NUMBERS),
    one("aws:PrincipalTag/since", Family::Date, DATES),
    one("aws:PrincipalOrgID", Family::Text, &["o-a1b2c3", "o-zzzz"]),
    one("aws:PrincipalIsAWSService", Family::Bool, TRUTHS),
    one("aws:PrincipalServiceName", Family::Text, SERVICES),
    many("aws:PrincipalServiceNamesList", SERVICES),
    one("aws:TokenIssueTime", Family::Date, DATES),
    one("aws:MultiFactorAuthPresent", Family::Bool, TRUTHS),
    one("aws:MultiFactorAuthAge", Family::Number, NUMBERS),
    one("aws:SourceIdentity", Family::Text, &["alice", "Saanvi", "bob"]),
    one(
        "aws:FederatedProvider",
        Family::Text,
        &["arn:aws:iam::111122223333:saml-provider/corp", "idp.example.com"],
    ),
];

/// Keys of one service, by the action's prefix.
pub(crate) const OF_SERVICE: &[(&str, &[Key])] = &[
    (
        "s3:ListBucket",
        &[
            one("s3:prefix", Family::Text, &["home/alice/", "home/", "", "Home/alice/"]),
            one("s3:delimiter", Family::Text, &["/", ""]),
            one("s3:max-keys", Family::Number, NUMBERS),
        ],
    ),
    (
        "s3:PutObject",
        &[
            one("s3:x-amz-acl", Family::Text, &["private", "public-read", "bucket-owner-full-control"]),
            many("s3:RequestObjectTagKeys", TAG_KEYS),
            one("s3:RequestObjectTag/team", Family::Text, TEAMS),
        ],
    ),
    ("s3:GetObject", &[one("s3:ExistingObjectTag/team", Family::Text, TEAMS)]),
    (
        "sts:AssumeRole",
        &[
            one("sts:ExternalId", Family::Text, &["12345", "abc=+,.@:/-"]),
            one("sts:RoleSessionName", Family::Text, &["ci", "alice", "bob@example.com"]),
            one("sts:SourceIdentity", Family::Text, &["alice", "Saanvi"]),
            many("sts:TransitiveTagKeys", TAG_KEYS),
        ],
    ),
    (
        "sts:AssumeRoleWithWebIdentity",
        &[
            one("accounts.google.com:aud", Family::Text, &["client-1", "client-2"]),
            one("accounts.google.com:sub", Family::Text, &["1001", "1002"]),
        ],
    ),
    (
        "iam:PassRole",
        &[
            one("iam:PassedToService", Family::Text, &["lambda.amazonaws.com", "ec2.amazonaws.com"]),
            one("iam:AssociatedResourceArn", Family::Arn, ARNS),
        ],
    ),
    ("iam:CreateUser", &[one("iam:PermissionsBoundary", Family::Arn, ARNS)]),
    (
        "dynamodb:GetItem",
        &[
            many("dynamodb:LeadingKeys", &["alice", "bob", "AIDAALICEAAAAAAAAAAAA"]),
            many("dynamodb:Attributes", &["id", "name", "Name", "salary"]),
        ],
    ),
];

/// The keys that an action of its own knows.
pub(crate) fn of_action(action: &str) -> &'static [Key] {
    OF_SERVICE.iter().find(|(name, _)| name.eq_ignore_ascii_case(action)).map_or(&[][..], |(_, keys)| keys)
}
