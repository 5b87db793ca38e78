//! What is asked for: actions with resources they apply to, in small families of near namesakes.

/// An action with the resources it may be asked on. `ACCOUNT` in a resource stands for the account that owns it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asking {
    pub(crate) action: &'static str,
    pub(crate) resources: &'static [&'static str],
    pub(crate) policy: Owned,
}

/// What kind of policy the resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Owned {
    /// A resource-based policy, or none.
    #[default]
    Policy,
    /// A trust policy, which must consent.
    Trust,
    /// No policy at all.
    None,
}

const OBJECTS: &[&str] = &[
    "arn:aws:s3:::data/home/alice/report.txt",
    "arn:aws:s3:::data/home/bob/a.txt",
    "arn:aws:s3:::data/Home/alice/report.txt",
    "arn:aws:s3:::data/home/alice/x/y:z/report.txt",
    "arn:aws:s3:::data/red/2024/05/07.gz",
    "arn:aws:s3:::logs/alice",
    "arn:aws:s3:::data-2/home/alice/report.txt",
];
const BUCKETS: &[&str] = &["arn:aws:s3:::data", "arn:aws:s3:::logs", "arn:aws:s3:::data-2"];
const ROLES: &[&str] = &[
    "arn:aws:iam::ACCOUNT:role/team/deploy",
    "arn:aws:iam::ACCOUNT:role/audit",
    "arn:aws:iam::ACCOUNT:role/Audit",
];
const USERS: &[&str] = &[
    "arn:aws:iam::ACCOUNT:user/staff/alice",
    "arn:aws:iam::ACCOUNT:user/bob",
    "arn:aws:iam::ACCOUNT:user/staff/x/alice",
];
const NO_RESOURCE: &[&str] = &["*"];

const fn row(action: &'static str, resources: &'static [&'static str], policy: Owned) -> Asking {
    Asking { action, resources, policy }
}

/// Everything that AWS and its simulators know too.
pub(crate) const PLAIN: &[Asking] = &[
    row("s3:GetObject", OBJECTS, Owned::Policy),
    row("s3:GetObject", OBJECTS, Owned::Policy),
    row("s3:PutObject", OBJECTS, Owned::Policy),
    row("s3:DeleteObject", OBJECTS, Owned::Policy),
    row("s3:ListBucket", BUCKETS, Owned::Policy),
    row("s3:GetBucketPolicy", BUCKETS, Owned::Policy),
    row("s3:ListAllMyBuckets", NO_RESOURCE, Owned::None),
    row(
        "sqs:SendMessage",
        &["arn:aws:sqs:eu-west-1:ACCOUNT:jobs", "arn:aws:sqs:us-east-1:ACCOUNT:jobs.fifo"],
        Owned::Policy,
    ),
    row(
        "sns:Publish",
        &["arn:aws:sns:eu-west-1:ACCOUNT:topic", "arn:aws:sns:eu-west-1:ACCOUNT:topic-2"],
        Owned::Policy,
    ),
    row("dynamodb:GetItem", &["arn:aws:dynamodb:eu-west-1:ACCOUNT:table/orders"], Owned::Policy),
    row("dynamodb:ListTables", NO_RESOURCE, Owned::None),
    row("lambda:InvokeFunction", &["arn:aws:lambda:eu-west-1:ACCOUNT:function:resize"], Owned::Policy),
    row(
        "secretsmanager:GetSecretValue",
        &["arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:db/red-AbCdEf"],
        Owned::Policy,
    ),
    row("iam:GetUser", USERS, Owned::None),
    row("iam:CreateUser", USERS, Owned::None),
    row("iam:ListUsers", NO_RESOURCE, Owned::None),
    row("iam:PassRole", ROLES, Owned::None),
    row("sts:AssumeRole", ROLES, Owned::Trust),
    row("sts:AssumeRole", ROLES, Owned::Trust),
];

/// What only the product has an answer to: exemptions, restrictions of session kinds, callers without credentials,
/// names in another case, resources with wildcards in them.
pub(crate) const ODD: &[Asking] = &[
    row("sts:GetCallerIdentity", NO_RESOURCE, Owned::None),
    row("sts:GetSessionToken", NO_RESOURCE, Owned::None),
    row("sts:GetFederationToken", &["arn:aws:sts::ACCOUNT:federated-user/bob"], Owned::None),
    row("sts:AssumeRoleWithWebIdentity", ROLES, Owned::Trust),
    row("sts:AssumeRoleWithSAML", ROLES, Owned::Trust),
    row("sts:TagSession", ROLES, Owned::Trust),
    row("sts:SetSourceIdentity", ROLES, Owned::Trust),
    row("S3:getobject", OBJECTS, Owned::Policy),
    row("s3:PutBucketPolicy", BUCKETS, Owned::Policy),
    row("s3:DeleteBucketPolicy", BUCKETS, Owned::Policy),
    row(
        "s3:GetObject",
        &["arn:aws:s3:::data/*", "arn:aws:s3:::data/a?b", "arn:aws:s3:::data/été"],
        Owned::Policy,
    ),
    row("iam:DeleteUser", USERS, Owned::None),
    row("portcullis:RotateKeys", NO_RESOURCE, Owned::None),
    row(
        "kms:Decrypt",
        &["arn:aws:kms:eu-west-1:ACCOUNT:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
        Owned::Policy,
    ),
];
