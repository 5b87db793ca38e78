//! The services' models, each read from its table when first asked for.

use std::sync::OnceLock;

use portcullis_base::shape::Model;

struct Table {
    service: &'static str,
    text: &'static str,
    model: OnceLock<Option<Model>>,
}

const fn table(service: &'static str, text: &'static str) -> Table {
    Table { service, text, model: OnceLock::new() }
}

static TABLES: [Table; 10] = [
    table("sts", include_str!("../../models/sts.json")),
    table("iam", include_str!("../../models/iam.json")),
    table("s3", include_str!("../../models/s3.json")),
    table("cloudtrail", include_str!("../../models/cloudtrail.json")),
    table("organizations", include_str!("../../models/organizations.json")),
    table("identitystore", include_str!("../../models/identitystore.json")),
    // Named as signatures name it.
    table("sso", include_str!("../../models/sso-admin.json")),
    table("awsssoportal", include_str!("../../models/sso.json")),
    table("sso-oauth", include_str!("../../models/sso-oidc.json")),
    table("portcullis", include_str!("../../models/portcullis.json")),
];

impl Table {
    /// `None` only for a table that cannot be read, which the tests below rule out.
    fn model(&'static self) -> Option<&'static Model> {
        self.model.get_or_init(|| Model::parse(self.text).ok()).as_ref()
    }
}

/// The model of the service that a signature's scope calls by this name.
pub fn model(service: &str) -> Option<&'static Model> {
    TABLES.iter().find(|table| table.service == service).and_then(Table::model)
}

/// Every model there is.
pub fn models() -> impl Iterator<Item = &'static Model> {
    TABLES.iter().filter_map(Table::model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::shape::{ChecksumRule, Kind, Pattern, Place, Protocol};

    #[test]
    fn every_table_reads_and_every_pattern_compiles() {
        for table in &TABLES {
            let model = Model::parse(table.text).unwrap();
            assert_eq!(model.service, table.service);
            assert!(!model.operations().is_empty());
            let shapes: Vec<_> = table
                .text
                .lines()
                .filter_map(|line| line.strip_prefix("{\"name\":\"")?.split('"').next())
                .filter_map(|name| model.shape_id(name))
                .collect();
            assert!(!shapes.is_empty(), "{}", table.service);
            for id in shapes {
                let shape = model.shape(id);
                assert!(shape.pattern.as_ref().is_none_or(Pattern::is_usable), "{}", shape.name);
            }
        }
    }

    #[test]
    fn the_tables_say_what_the_protocols_need() {
        let sts = model("sts").unwrap();
        assert_eq!((sts.protocol, sts.version.as_str()), (Protocol::Query, "2011-06-15"));
        assert!(sts.operation("AssumeRoleWithSAML").unwrap().unsigned);
        assert!(!sts.operation("AssumeRole").unwrap().unsigned);
        assert_eq!(sts.error("IDPRejectedClaim").unwrap().status, 403);
        let role = sts.structure(sts.operation("AssumeRole").unwrap().input).member("RoleArn").unwrap();
        assert!(role.is_required);
        assert_eq!(sts.shape(role.shape).max, Some(2048));
        let s3 = model("s3").unwrap();
        assert_eq!(s3.operation("PutBucketPolicy").unwrap().checksum, ChecksumRule::Required);
        assert_eq!(s3.operation("DeleteObjects").unwrap().checksum, ChecksumRule::Sent);
        assert_eq!(s3.operation("PutObject").unwrap().checksum, ChecksumRule::Optional);
        assert_eq!(s3.operation("DeleteBucket").unwrap().status, 204);
        let contents =
            s3.structure(s3.operation("ListObjectsV2").unwrap().output).member("Contents").unwrap();
        assert!(contents.is_flattened && matches!(s3.shape(contents.shape).kind, Kind::List { .. }));
        let own = model("portcullis").unwrap();
        assert_eq!(
            (own.protocol, own.target_prefix.as_deref()),
            (Protocol::Json, Some("Portcullis_20261122"))
        );
        assert!(model("ec2").is_none());
    }

    #[test]
    fn rest_json_has_only_what_its_codec_knows() {
        for model in models().filter(|model| model.protocol == Protocol::RestJson) {
            for operation in model.operations() {
                let (input, output) = (model.structure(operation.input), model.structure(operation.output));
                assert!(input.payload.is_none() && output.payload.is_none(), "{}", operation.name);
                let places = [Place::Body, Place::Uri, Place::Query, Place::Header];
                assert!(input.members.iter().all(|member| places.contains(&member.place)));
                assert!(output.members.iter().all(|member| member.place == Place::Body));
                assert_eq!(operation.unsigned, operation.name != "CreateTokenWithIAM", "{}", operation.name);
            }
        }
    }

    #[test]
    fn codes_and_tokens_of_a_sign_in_are_sensitive() {
        for (service, names) in [
            ("awsssoportal", &["AccessTokenType", "SecretAccessKeyType", "SessionTokenType"][..]),
            (
                "sso-oauth",
                &[
                    "AccessToken",
                    "AuthCode",
                    "ClientSecret",
                    "CodeVerifier",
                    "DeviceCode",
                    "IdToken",
                    "IdentityContext",
                    "RefreshToken",
                    "SubjectToken",
                    "Assertion",
                    "UserCode",
                ],
            ),
        ] {
            let model = model(service).unwrap();
            for name in names {
                assert!(model.shape(model.shape_id(name).unwrap()).sensitive, "{name}");
            }
        }
    }
}
