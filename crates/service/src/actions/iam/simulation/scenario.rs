//! `ResourceHandlingOption`: simulations that must name a resource of each kind that the operation touches.

use crate::error::ApiError;

const INSTANCE: &str = "instance";
const IMAGE: &str = "image";
const SECURITY_GROUP: &str = "security-group";
const INTERFACE: &str = "network-interface";
const SUBNET: &str = "subnet";
const VOLUME: &str = "volume";

/// The scenarios and the types of EC2's resources that each must name (IAM API reference, SimulateCustomPolicy).
const SCENARIOS: [(&str, &[&str]); 6] = [
    ("EC2-Classic-InstanceStore", &[INSTANCE, IMAGE, SECURITY_GROUP]),
    ("EC2-Classic-EBS", &[INSTANCE, IMAGE, SECURITY_GROUP, VOLUME]),
    ("EC2-VPC-InstanceStore", &[INSTANCE, IMAGE, SECURITY_GROUP, INTERFACE]),
    ("EC2-VPC-InstanceStore-Subnet", &[INSTANCE, IMAGE, SECURITY_GROUP, INTERFACE, SUBNET]),
    ("EC2-VPC-EBS", &[INSTANCE, IMAGE, SECURITY_GROUP, INTERFACE, VOLUME]),
    ("EC2-VPC-EBS-Subnet", &[INSTANCE, IMAGE, SECURITY_GROUP, INTERFACE, SUBNET, VOLUME]),
];

/// Refuses a scenario whose resources are not all named.
///
/// # Errors
/// `InvalidInput`.
pub fn check(option: Option<&str>, resources: &[&str]) -> Result<(), ApiError> {
    let Some(option) = option else { return Ok(()) };
    let Some((_, wanted)) = SCENARIOS.iter().find(|(name, _)| *name == option) else {
        return Err(ApiError::invalid_input(format!("Invalid ResourceHandlingOption: {option}.")));
    };
    let is_named = |kind: &&&str| {
        resources.iter().any(|arn| {
            let mut parts = arn.splitn(6, ':').skip(2);
            let is_ec2 = parts.next() == Some("ec2");
            let resource = parts.nth(2).unwrap_or_default();
            is_ec2 && resource.split('/').next() == Some(**kind)
        })
    };
    match wanted.iter().find(|kind| !is_named(kind)) {
        None => Ok(()),
        Some(kind) => Err(ApiError::invalid_input(format!(
            "The scenario {option} needs a resource of type {kind} among ResourceArns."
        ))),
    }
}
