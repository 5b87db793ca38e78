//! Policy documents as large deployments have them: about a kilobyte each, of several statements, most of them like no
//! other.

use std::fmt::Write as _;

/// Bytes of a managed or inline policy, spread evenly: with the shorter trust policies the mean of all is a kilobyte.
const SIZES: std::ops::Range<usize> = 400..2400;

/// Numbers that look random and are the same in each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or(0)
    }

    fn one_of(&mut self, choice: &[&'static str]) -> &'static str {
        choice.get(self.roll() % choice.len()).copied().unwrap_or_default()
    }
}

/// What a statement is about: a service's actions and its resources, with a place for a number.
const STATEMENTS: &[(&[&str], &str)] = &[
    (&[r#""s3:GetObject","s3:ListBucket""#, r#""s3:PutObject","s3:DeleteObject""#], "arn:aws:s3:::data-N/*"),
    (
        &[r#""sqs:SendMessage","sqs:GetQueueUrl""#, r#""sqs:ReceiveMessage""#],
        "arn:aws:sqs:us-east-1:123456789012:jobs-N",
    ),
    (
        &[r#""dynamodb:GetItem","dynamodb:Query""#, r#""dynamodb:PutItem""#],
        "arn:aws:dynamodb:us-east-1:123456789012:table/t-N",
    ),
    (
        &[r#""logs:CreateLogStream","logs:PutLogEvents""#],
        "arn:aws:logs:us-east-1:123456789012:log-group:/app/N:*",
    ),
    (&[r#""kms:Decrypt""#, r#""kms:GenerateDataKey*""#], "arn:aws:kms:us-east-1:123456789012:key/0000-N"),
    (
        &[r#""ec2:StartInstances","ec2:StopInstances""#, r#""ec2:Describe*""#],
        "arn:aws:ec2:us-east-1:123456789012:instance/i-N",
    ),
];

/// What narrows a statement.
const CONDITIONS: &[&str] = &[
    "",
    "",
    r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"team-N"}}"#,
    r#","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
    r#","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}"#,
];

/// The identity policy of this number: another text for each number.
pub fn identity(number: usize) -> String {
    let mut dice = Dice(number as u64);
    let size = SIZES.start + dice.roll() % SIZES.len();
    let mut text = String::from(r#"{"Version":"2012-10-17","Statement":["#);
    let mut count = 0;
    while count == 0 || text.len() + 120 < size {
        let (actions, resource) = STATEMENTS.get(dice.roll() % STATEMENTS.len()).copied().unwrap_or_default();
        let comma = if count == 0 { "" } else { "," };
        let name = format!("{number}-{}", dice.roll() % 1000);
        let resource = resource.replace('N', &name);
        let condition = dice.one_of(CONDITIONS).replace('N', &name);
        let actions = dice.one_of(actions);
        let _ = write!(
            text,
            r#"{comma}{{"Sid":"S{count}","Effect":"Allow","Action":[{actions}],"Resource":["{resource}"]{condition}}}"#
        );
        count += 1;
    }
    text.push_str("]}");
    text
}

/// A trust policy: every other one asks for an external id of its own.
pub fn trust(number: usize) -> String {
    let condition = if number.is_multiple_of(2) {
        format!(r#","Condition":{{"StringEquals":{{"sts:ExternalId":"external-{number}"}}}}"#)
    } else {
        String::new()
    };
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::123456789012:root"}},"Action":"sts:AssumeRole"{condition}}}]}}"#
    )
}
