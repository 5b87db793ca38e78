//! Service-linked roles: which services have one, how it is called, and where it lies. The service alone may assume it
//! and nobody may change what it can do (IAM User Guide, "Create a service-linked role").

use portcullis_base::AccountId;

use super::target::Target;
use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::snapshot::{Role, iam_arn};

/// Where they lie, each below the name of its service.
pub const PATH: &str = "/aws-service-role/";
/// How their names begin.
const PREFIX: &str = "AWSServiceRoleFor";

/// A service that has such a role.
pub struct Template {
    /// Its principal.
    pub service: &'static str,
    name: &'static str,
    takes_suffix: bool,
}

const fn one(service: &'static str, name: &'static str) -> Template {
    Template { service, name, takes_suffix: false }
}

const fn many(service: &'static str, name: &'static str) -> Template {
    Template { service, name, takes_suffix: true }
}

/// The services, by their principals. Names are those of the services' own pages.
const TEMPLATES: &[Template] = &[
    one("access-analyzer.amazonaws.com", "AccessAnalyzer"),
    one("apprunner.amazonaws.com", "AppRunner"),
    many("autoscaling.amazonaws.com", "AutoScaling"),
    one("autoscaling-plans.amazonaws.com", "AutoScalingPlans_EC2AutoScaling"),
    one("backup.amazonaws.com", "Backup"),
    one("batch.amazonaws.com", "Batch"),
    one("cloud9.amazonaws.com", "AWSCloud9"),
    one("cloudtrail.amazonaws.com", "CloudTrail"),
    one("config.amazonaws.com", "Config"),
    many("connect.amazonaws.com", "AmazonConnect"),
    one("dax.amazonaws.com", "DAX"),
    one("dynamodb.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_DynamoDBTable"),
    one("ec2fleet.amazonaws.com", "EC2Fleet"),
    one("ecs.amazonaws.com", "ECS"),
    one("ecs.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_ECSService"),
    one("eks.amazonaws.com", "AmazonEKS"),
    one("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup"),
    one("elasticache.amazonaws.com", "ElastiCache"),
    one("elasticbeanstalk.amazonaws.com", "ElasticBeanstalk"),
    one("elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem"),
    one("elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing"),
    one("elasticmapreduce.amazonaws.com", "EMRCleanup"),
    one("es.amazonaws.com", "AmazonElasticsearchService"),
    one("fsx.amazonaws.com", "AmazonFSx"),
    one("globalaccelerator.amazonaws.com", "GlobalAccelerator"),
    one("guardduty.amazonaws.com", "AmazonGuardDuty"),
    one("inspector.amazonaws.com", "AmazonInspector"),
    one("inspector2.amazonaws.com", "AmazonInspector2"),
    one("kafka.amazonaws.com", "Kafka"),
    one("lakeformation.amazonaws.com", "LakeFormationDataAccess"),
    many("lexv2.amazonaws.com", "LexV2Bots"),
    one("macie.amazonaws.com", "AmazonMacie"),
    one("opensearchservice.amazonaws.com", "AmazonOpenSearchService"),
    one("ops.apigateway.amazonaws.com", "APIGateway"),
    one("organizations.amazonaws.com", "Organizations"),
    one("rds.amazonaws.com", "RDS"),
    one("redshift.amazonaws.com", "Redshift"),
    one("replication.dynamodb.amazonaws.com", "DynamoDBReplication"),
    one("securityhub.amazonaws.com", "SecurityHub"),
    one("spot.amazonaws.com", "EC2Spot"),
    one("spotfleet.amazonaws.com", "EC2SpotFleet"),
    one("ssm.amazonaws.com", "AmazonSSM"),
    one("sso.amazonaws.com", "SSO"),
    one("support.amazonaws.com", "Support"),
    one("transitgateway.amazonaws.com", "VPCTransitGateway"),
    one("trustedadvisor.amazonaws.com", "TrustedAdvisor"),
    one("vpc-flow-logs.amazonaws.com", "VPCFlowLogs"),
    one("wafv2.amazonaws.com", "WAFV2Logging"),
];

impl Template {
    /// That of a service.
    pub fn of(service: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.service == service)
    }

    /// The role's name.
    ///
    /// # Errors
    /// `InvalidInput` for a suffix that the service does not take.
    pub fn role_name(&self, suffix: Option<&str>) -> Result<String, ApiError> {
        match suffix {
            None => Ok(format!("{PREFIX}{}", self.name)),
            Some(suffix) if self.takes_suffix => Ok(format!("{PREFIX}{}_{suffix}", self.name)),
            Some(_) => {
                Err(ApiError::invalid_input(format!("Custom suffix is not allowed for {}", self.service)))
            }
        }
    }

    /// The role's path.
    pub fn path(&self) -> String {
        format!("{PATH}{}/", self.service)
    }

    /// Who may assume the role: the service.
    pub fn trust(&self) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{}"]}}}}]}}"#,
            self.service
        )
    }
}

/// Whether a role is of this kind.
pub fn is_linked(role: &Role) -> bool {
    role.record.path.starts_with(PATH)
}

/// Refuses changes of the description and the tags of a role that AWS keeps to itself; those of service-linked roles can
/// be described and tagged, and nothing else of them changes (IAM User Guide, "Edit a service-linked role description").
///
/// # Errors
/// `UnmodifiableEntity`.
pub fn describable(role: &Role) -> Result<(), ApiError> {
    if is_linked(role) { Ok(()) } else { role.modifiable() }
}

/// The permission to make the role that the input describes.
///
/// # Errors
/// None of its own: for a service that has none, the question is about the path where its role would lie.
pub fn need_new(ask: &Ask<'_>, action: &'static str) -> Result<Need, ApiError> {
    let service = ask.text("AWSServiceName")?;
    let arn = arn_of_new(ask, service);
    Ok(Need::new(action, arn, ask.account()).key("iam:AWSServiceName", service))
}

/// The ARN of the role to be made.
pub fn arn_of_new(ask: &Ask<'_>, service: &str) -> String {
    let name = Template::of(service)
        .and_then(|template| template.role_name(ask.input.text("CustomSuffix")).ok())
        .unwrap_or_else(|| PREFIX.to_owned());
    iam_arn(ask.account(), "role", &format!("{PATH}{service}/"), &name)
}

/// What a deletion is asked about by: the role, and a seal that only this deployment makes, so that nothing need be
/// kept of deletions, which are done at once.
pub struct DeletionTask<'a> {
    /// `task/aws-service-role/SERVICE/ROLE`.
    place: &'a str,
    seal: &'a str,
}

impl<'a> DeletionTask<'a> {
    /// The id of a deletion.
    pub fn id(ask: &Ask<'_>, role: &Role) -> String {
        let place = format!("task{}{}", role.record.path, role.record.name);
        let seal = ask.service.master.seal(&context(role.record.account, &place), b"deleted");
        format!("{place}/{}", hex::encode(seal))
    }

    /// Takes an id apart.
    ///
    /// # Errors
    /// `InvalidInput` for a text that is no such id.
    pub fn parse(id: &'a str) -> Result<Self, ApiError> {
        let parts = id.rsplit_once('/').filter(|(place, _)| {
            let rest = place.strip_prefix("task").and_then(|rest| rest.strip_prefix(PATH));
            rest.is_some_and(|rest| {
                rest.split('/').count() == 2 && rest.split('/').all(|part| !part.is_empty())
            })
        });
        let (place, seal) =
            parts.ok_or_else(|| ApiError::invalid_input(format!("Deletion task id {id} is not valid.")))?;
        Ok(Self { place, seal })
    }

    /// The ARN of the role.
    pub fn role_arn(&self, account: AccountId) -> String {
        let role = self.place.strip_prefix("task/").unwrap_or_default();
        format!("arn:aws:iam::{account}:role/{role}")
    }

    /// Whether there was such a deletion in the caller's account.
    pub fn is_ours(&self, ask: &Ask<'_>) -> bool {
        let context = context(ask.account(), self.place);
        hex::decode(self.seal).is_ok_and(|sealed| ask.service.master.open(&context, &sealed).is_ok())
    }
}

fn context(account: AccountId, place: &str) -> Vec<u8> {
    format!("deletion of a service-linked role/{account}/{place}").into_bytes()
}
