//! AWS's managed policies, which every account has: `arn:aws:iam::aws:policy/…`.
//!
//! They are rows of a table and documents in `data/aws-managed`. The documents are ours, written to the same intent as
//! AWS's of the same names (AWS Managed Policy Reference Guide). They are entities like a customer's policies and stand
//! in the same table, under an account that nobody can be in.

use std::sync::LazyLock;

use portcullis_base::{AccountId, Tags, Timestamp, UniqueId};
use portcullis_store::record::{PolicyRecord, PolicyVersionRecord};
use thin_vec::thin_vec;

use super::entity::ManagedPolicy;
use super::table::Table;

/// One policy. What is attached holds its id, so that an id never changes and none is used again.
struct Row {
    path: &'static str,
    name: &'static str,
    id: &'static str,
    // Seconds since 1970 at which its document was written.
    written: i64,
    description: &'static str,
    document: &'static str,
}

/// When the first of them were written: 2026-11-01.
const FIRST: i64 = 1_793_491_200;

macro_rules! policies {
    ($($path:literal, $name:literal, $id:literal, $written:expr, $description:literal;)*) => {
        &[$(Row {
            path: $path,
            name: $name,
            id: $id,
            written: $written,
            description: $description,
            document: include_str!(concat!("../../data/aws-managed/", $name, ".json")),
        }),*]
    };
}

/// Path, name, id, date and description, in the order of names.
const ROWS: &[Row] = policies! {
    "/", "AdministratorAccess", "ANPAIOVF3WI7LQQRYPD34", FIRST, "Everything, on every resource.";
    "/", "AmazonDynamoDBFullAccess", "ANPARDOUY3ZQTTOH6QTZ4", FIRST,
        "Everything in DynamoDB, with scaling, monitoring and the keys it uses.";
    "/", "AmazonDynamoDBReadOnlyAccess", "ANPAA54D4GYZX63WCJ6LA", FIRST, "Reads of tables in DynamoDB.";
    "/", "AmazonEC2FullAccess", "ANPAQEL46O2FYXENGOKTX", FIRST,
        "Everything in EC2, with balancers, scaling and monitoring.";
    "/", "AmazonEC2ReadOnlyAccess", "ANPAVZIWEYTAXZP6YIKDB", FIRST,
        "Reads of EC2, with balancers, scaling and monitoring.";
    "/", "AmazonS3FullAccess", "ANPAM2QYWCQQXNOXNYK37", FIRST, "Everything in S3.";
    "/", "AmazonS3ReadOnlyAccess", "ANPAFAU7IPVDUOR7HQFJ2", FIRST, "Reads of buckets and objects in S3.";
    "/", "AmazonSNSFullAccess", "ANPAQKA2ZPDUSCGFDSUCA", FIRST, "Everything in SNS.";
    "/", "AmazonSNSReadOnlyAccess", "ANPAMKPPGLPZXDCQWPDBG", FIRST, "Reads of topics and their settings.";
    "/", "AmazonSQSFullAccess", "ANPAKPAEDUKLIFKOULOQO", FIRST, "Everything in SQS.";
    "/", "AmazonSQSReadOnlyAccess", "ANPAD6TFARCTVHP3MMXYJ", FIRST,
        "Reads of queues and their settings, not of messages.";
    "/", "AmazonSSMManagedInstanceCore", "ANPAGKAGNICPCNSAJKUJG", FIRST, "A machine is managed by Systems Manager.";
    "/", "AWSCloudTrail_FullAccess", "ANPAD77JQCDYX2KSS7LEH", FIRST,
        "Everything in CloudTrail, with the buckets, topics, log groups and keys of its trails.";
    "/", "AWSCloudTrail_ReadOnlyAccess", "ANPAIKDDA76WAT3FF2I5V", FIRST, "Reads of trails and of the event history.";
    "/", "AWSCompromisedKeyQuarantineV2", "ANPA2LJM7TBHKZE4MKRMM", FIRST,
        "Denies a user whose key has leaked what attackers do first. Attached in the course of an incident; take it \
         off only when the key has been replaced.";
    "/", "AWSCompromisedKeyQuarantineV3", "ANPAVPUWS5TZVJTU7AD4N", FIRST,
        "Denies a user whose key has leaked what attackers do first, model invocations and mail included. Attached \
         in the course of an incident; take it off only when the key has been replaced.";
    "/", "AWSDenyAll", "ANPASD2ORDU4CVLDNDS3R", FIRST, "Denies everything.";
    "/", "AWSKeyManagementServicePowerUser", "ANPAPPLDFX3WJ473EKDRL", FIRST,
        "Use and making of keys in KMS, without their administration.";
    "/service-role/", "AWSLambdaBasicExecutionRole", "ANPAGMW57K277SHQNEXUB", FIRST, "A function writes its logs.";
    "/service-role/", "AWSLambdaDynamoDBExecutionRole", "ANPAPKD4OA55RF3HQC7Q3", FIRST,
        "A function reads a stream of DynamoDB and writes its logs.";
    "/service-role/", "AWSLambdaSQSQueueExecutionRole", "ANPATHKED773EPAV6XXDX", FIRST,
        "A function reads a queue and writes its logs.";
    "/service-role/", "AWSLambdaVPCAccessExecutionRole", "ANPAWICORR7XHG7QWIMYY", FIRST,
        "A function attaches to a VPC and writes its logs.";
    "/", "AWSOrganizationsFullAccess", "ANPATUAWHX4DNHDZFOKTG", FIRST, "Everything in Organizations.";
    "/", "AWSOrganizationsReadOnlyAccess", "ANPAMZSS3XHQ5VCIU66IV", FIRST, "Reads of everything in Organizations.";
    "/aws-service-role/", "AWSOrganizationsServiceTrustPolicy", "ANPARZLZJSCV36RHU33AZ", FIRST,
        "Organizations makes and removes the service-linked roles of services that it is joined with.";
    "/", "AWSSecurityHubReadOnlyAccess", "ANPAMB5JKN3FJPT5D5PKQ", FIRST,
        "Reads of findings and standards in Security Hub.";
    "/", "AWSSSODirectoryReadOnly", "ANPA4O4KYLJDQ5774FP6M", FIRST,
        "Reads of the users and groups of IAM Identity Center.";
    "/", "AWSSSOMasterAccountAdministrator", "ANPA57NJBOAJNTQVZZKWP", FIRST,
        "Administration of IAM Identity Center in the management account.";
    "/", "AWSSSOMemberAccountAdministrator", "ANPA73H45I2SADXX67JOJ", FIRST,
        "Administration of IAM Identity Center in a member account.";
    "/", "AWSSSOReadOnly", "ANPABNWKBODCBFFENMAG3", FIRST, "Reads of IAM Identity Center.";
    "/aws-service-role/", "AWSSSOServiceRolePolicy", "ANPAMDO6CQBLAG6VLE7JE", FIRST,
        "Identity Center makes the roles and identity providers of permission sets in accounts.";
    "/", "AWSSupportAccess", "ANPA643DIF4R74OIZBDAZ", FIRST, "Cases with AWS Support.";
    "/job-function/", "Billing", "ANPAGOF2JDF5Y6ASV4XZ6", FIRST, "Billing, cost and budgets of the account.";
    "/aws-service-role/", "CloudTrailServiceRolePolicy", "ANPAAQVW2OT74LKC3K5HG", FIRST,
        "CloudTrail keeps trails of the organization.";
    "/", "CloudWatchFullAccess", "ANPAQDQWR45MHN5JERATM", FIRST, "Everything in CloudWatch and its logs.";
    "/", "CloudWatchLogsFullAccess", "ANPAYZNNA3GRC54BTQUAJ", FIRST, "Everything in CloudWatch Logs.";
    "/", "CloudWatchReadOnlyAccess", "ANPAVVQSKS25AHFU2XMYL", FIRST, "Reads of CloudWatch and its logs.";
    "/job-function/", "DatabaseAdministrator", "ANPAS2K7J7FWNT6S2IZQM", FIRST,
        "Databases, with what surrounds them: networks, keys, monitoring and logs.";
    "/job-function/", "DataScientist", "ANPAK6MWTSEOESOZKMNSC", FIRST,
        "Analysis of data: queries, clusters, notebooks and the stores that they read.";
    "/", "IAMAccessAdvisorReadOnly", "ANPATPJTU5TUESFLXAEXI", FIRST, "Reads of which services were used by whom.";
    "/", "IAMAccessAnalyzerFullAccess", "ANPA6GJ3ARVFS4TTKDBKH", FIRST, "Everything in IAM Access Analyzer.";
    "/", "IAMAccessAnalyzerReadOnlyAccess", "ANPA6A6JUSKI4EPBEXR75", FIRST,
        "Reads of IAM Access Analyzer, and checks of policies.";
    "/root-task/", "IAMAuditRootUserCredentials", "ANPAV2HVSNCQ5DBG5NV5Z", FIRST,
        "What the root user of a member account has: keys, password, certificates and MFA devices.";
    "/root-task/", "IAMCreateRootUserPassword", "ANPA23F3NT6LNZLW5GQAH", FIRST,
        "Gives the root user of a member account a password again.";
    "/root-task/", "IAMDeleteRootUserCredentials", "ANPARZAJDBCMX2ZPK4U2C", FIRST,
        "Takes keys, password, certificates and MFA devices from the root user of a member account.";
    "/", "IAMFullAccess", "ANPA37F27XKXJAFFSIWJ2", FIRST,
        "Everything in IAM, and what is needed to see the organization from there.";
    "/", "IAMReadOnlyAccess", "ANPAD2UVHCGA4MANZJAOK", FIRST, "Reads of everything in IAM.";
    "/", "IAMSelfManageServiceSpecificCredentials", "ANPAHRN4UTWCG7FSOOR6X", FIRST,
        "A user manages its own service-specific credentials.";
    "/", "IAMUserChangePassword", "ANPAC3364NAGVT6R74R2K", FIRST, "A user changes its own password.";
    "/", "IAMUserSSHKeys", "ANPAZ7IYGE2235KWNHZI6", FIRST, "A user manages its own SSH keys.";
    "/job-function/", "NetworkAdministrator", "ANPAGOY3CIVBIIOTS2MZD", FIRST,
        "Networks: addresses, routes, gateways, balancers, names and edges.";
    "/", "PowerUserAccess", "ANPA6OQ52RLWP43RRLGEU", FIRST,
        "Everything but the administration of identities, of the organization and of the account.";
    "/", "ReadOnlyAccess", "ANPACFOXJLT3M74KK5OOO", FIRST,
        "Reads of settings and contents of all common services, and no change.";
    "/root-task/", "S3UnlockBucketPolicy", "ANPA55RP2IMIFKME7TEWD", FIRST,
        "Deletes a bucket policy that locks everybody out.";
    "/", "SecretsManagerReadWrite", "ANPALVPE5PHCRXHUQLF3P", FIRST,
        "Secrets, read and written, with what their rotation needs.";
    "/", "SecurityAudit", "ANPAMPLJ2YCNWI3G7D2IM", FIRST,
        "Reads of what is needed to audit security: settings and policies, no contents.";
    "/root-task/", "SQSUnlockQueuePolicy", "ANPAAPNQFYOJCCGRYMRVJ", FIRST,
        "Replaces a queue policy that locks everybody out.";
    "/job-function/", "SupportUser", "ANPA7BVFJU7YV73FTZDR4", FIRST,
        "Troubleshooting: cases with AWS Support, and reads of the state of services.";
    "/job-function/", "SystemAdministrator", "ANPAVF27OID24DAQOTCC6", FIRST,
        "Machines and what keeps them running: deployment, monitoring, storage and their identities.";
    "/job-function/", "ViewOnlyAccess", "ANPAU2JHEFHXBLXIMTES2", FIRST,
        "Lists of resources and their settings, without contents.";
};

static TABLE: LazyLock<Table<ManagedPolicy>> = LazyLock::new(|| {
    let mut table = Table::default();
    for policy in ROWS.iter().filter_map(record) {
        table.insert(ManagedPolicy::new(policy));
    }
    table
});

/// All of them, compiled when they are first asked for and shared by all snapshots.
pub fn table() -> Table<ManagedPolicy> {
    TABLE.clone()
}

/// The record that it would have, if it were stored; none for an id that is none, which a test finds.
fn record(row: &Row) -> Option<PolicyRecord> {
    let id: UniqueId = row.id.parse().ok()?;
    let written = Timestamp::from_seconds(row.written);
    Some(PolicyRecord {
        id,
        account: AccountId::AWS,
        name: row.name.into(),
        path: row.path.into(),
        created: written,
        updated: written,
        tags: Tags::new(),
        description: Some(row.description.to_owned()),
        default_version: 1,
        last_version: 1,
        versions: thin_vec![PolicyVersionRecord {
            number: 1,
            text: row.document.to_owned(),
            created: written
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{PolicyKind, Severity, lint, summary};
    use crate::snapshot::document::unreadable;

    #[test]
    fn every_row_is_a_policy_that_can_be_found() {
        let table = table();
        assert_eq!(table.count(AccountId::AWS), ROWS.len(), "an id or a name is bad or is there twice");
        for row in ROWS {
            let policy = table.named(AccountId::AWS, row.name).unwrap();
            assert_eq!(*policy.arn, format!("arn:aws:iam::aws:policy{}{}", row.path, row.name));
            assert!(!std::sync::Arc::ptr_eq(policy.document(), unreadable()), "{}", row.name);
            assert!(row.description.chars().count() <= 1000, "{}", row.name);
        }
    }

    #[test]
    fn no_document_has_an_error() {
        for row in ROWS {
            let mut findings = lint(row.document, PolicyKind::Identity);
            findings.retain(|finding| finding.severity == Severity::Error);
            assert_eq!(findings, [], "{}", row.name);
        }
    }

    #[test]
    fn what_is_for_reading_changes_nothing() {
        const MORE: [&str; 3] = ["SecurityAudit", "ViewOnlyAccess", "IAMAuditRootUserCredentials"];
        for row in ROWS.iter().filter(|row| row.name.contains("ReadOnly") || MORE.contains(&row.name)) {
            let services = summary(row.document, PolicyKind::Identity).unwrap().allow;
            let reached = services.iter().flat_map(|service| &service.access);
            let others: Vec<_> = reached.filter(|access| !["List", "Read"].contains(&access.level)).collect();
            assert!(others.is_empty(), "{}: {others:?}", row.name);
            assert!(!services.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn every_document_has_a_row() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aws-managed");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), ROWS.len());
    }
}
