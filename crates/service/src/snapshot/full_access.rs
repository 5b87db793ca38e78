//! The policies that AWS keeps in every organization, so that guardrails forbid nothing at first.

use portcullis_policy::PolicyKind;
use portcullis_store::record::OrganizationPolicyRecord;

use super::document::compiled;
use super::organization::{OrganizationPolicy, RCP, SCP};

/// A policy that AWS keeps in every organization, and attaches where its type is enabled.
pub struct AwsPolicy {
    /// Its id, which is also the end of its ARN.
    pub id: &'static str,
    /// The type it belongs to.
    pub kind: &'static str,
    name: &'static str,
    description: &'static str,
    text: &'static str,
}

/// Those policies (Organizations User Guide, "SCP evaluation", "RCP evaluation").
pub const AWS_POLICIES: [AwsPolicy; 2] = [
    AwsPolicy {
        id: "p-FullAWSAccess",
        kind: SCP,
        name: "FullAWSAccess",
        description: "Allows access to every operation",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsPolicy {
        id: "p-RCPFullAWSAccess",
        kind: RCP,
        name: "RCPFullAWSAccess",
        description: "Allows all access to every resource",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
    },
];

impl AwsPolicy {
    /// As others see it.
    pub(super) fn made(&self) -> OrganizationPolicy {
        // A customer's resource control policy can only deny; this one allows, as a resource policy would.
        let kind = if self.kind == SCP { PolicyKind::Scp } else { PolicyKind::Resource };
        OrganizationPolicy {
            arn: format!("arn:aws:organizations::aws:policy/{}/{}", self.kind.to_ascii_lowercase(), self.id),
            is_aws_managed: true,
            document: Some(compiled(self.text, kind)),
            record: OrganizationPolicyRecord {
                id: self.id.to_owned(),
                name: self.name.to_owned(),
                description: self.description.to_owned(),
                kind: self.kind.to_owned(),
                text: self.text.to_owned(),
                tags: portcullis_base::Tags::new(),
            },
        }
    }
}
