//! What AWS answers to each failure of a signature.
//!
//! One failure has up to three names: S3 has codes of its own, the query services (STS, IAM) share a second set and
//! the JSON services a third. The table is [`SignatureFault::code`]; what S3 adds to its error document is
//! [`SignatureFault::details`].

use portcullis_base::Timestamp;

use super::fault::{SIGNATURE_VERSION_2, SignatureFault, SignaturePlace};
use crate::limits::CLOCK_SKEW;

/// The services that name their errors alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceFamily {
    /// S3.
    S3,
    /// The services of the query protocol: STS and IAM.
    Query,
    /// The services that are spoken to in JSON with a target. Their authentication errors have status 400.
    Json,
    /// The services of REST with JSON: the same errors with status 403.
    RestJson,
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
                        Check your key and signing method.";
const MISMATCH_ELSEWHERE: &str = "The request signature we calculated does not match the signature you provided. \
                                  Check your AWS Secret Access Key and signing method. Consult the service \
                                  documentation for details.";

impl SignatureFault {
    /// AWS's answer: status, code and message.
    pub fn code(&self, family: ServiceFamily) -> (u16, &'static str, String) {
        match family {
            ServiceFamily::S3 => self.s3(),
            ServiceFamily::Query => self.query(),
            ServiceFamily::Json => self.json(),
            ServiceFamily::RestJson => {
                let (status, code, message) = self.json();
                (if status < 500 { 403 } else { status }, code, message)
            }
        }
    }

    /// The elements that S3 adds to the error document, by name. Other services add none.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Region { expected, .. } => vec![("Region", expected.clone())],
            Self::HeadersNotSigned { names } => vec![("HeadersNotSigned", names.join(", "))],
            Self::NoContentSha256 => vec![("MissingHeaderName", "x-amz-content-sha256".to_owned())],
            Self::OnlyOneMechanism => vec![("ArgumentName", "Authorization".to_owned())],
            Self::ContentSha256 => vec![("ArgumentName", "x-amz-content-sha256".to_owned())],
            Self::BodyHash { claimed, computed } => vec![
                ("ClientComputedContentSHA256", claimed.clone()),
                ("S3ComputedContentSHA256", computed.clone()),
            ],
            Self::Skewed { signed_at, now } => vec![
                ("RequestTime", signed_at.amz_date()),
                ("ServerTime", now.iso_seconds()),
                ("MaxAllowedSkewMilliseconds", CLOCK_SKEW.as_millis().to_string()),
            ],
            Self::Expired { expires_s, expired_at, now } => vec![
                ("X-Amz-Expires", expires_s.to_string()),
                ("Expires", expired_at.iso_seconds()),
                ("ServerTime", now.iso_seconds()),
            ],
            Self::Mismatch(found) => vec![
                ("AWSAccessKeyId", found.access_key_id.clone()),
                ("StringToSign", found.string_to_sign.clone()),
                ("SignatureProvided", found.signature_provided.clone()),
                ("StringToSignBytes", spaced_hex(&found.string_to_sign)),
                ("CanonicalRequest", found.canonical_request.clone()),
                ("CanonicalRequestBytes", spaced_hex(&found.canonical_request)),
            ],
            _ => Vec::new(),
        }
    }

    fn s3(&self) -> (u16, &'static str, String) {
        match self {
            Self::Missing => (403, "AccessDenied", "Access Denied".into()),
            Self::OnlyOneMechanism => (
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
                 parameter or the Authorization header should be specified"
                    .into(),
            ),
            Self::Repeated { .. } => (400, "InvalidArgument", sentence(self)),
            Self::Unsupported { .. } => (400, "InvalidRequest", self.unsupported()),
            Self::Malformed { place, reason } => malformed_s3(*place, reason),
            Self::NoDate => {
                (403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header".into())
            }
            Self::ScopeDate { place, scope_date, signed_at } => malformed_s3(
                *place,
                &format!(
                    "Invalid credential date \"{scope_date}\". This date is not the same as X-Amz-Date: \"{signed_at}\"."
                ),
            ),
            Self::Region { place, given, expected } => {
                malformed_s3(*place, &format!("the region '{given}' is wrong; expecting '{expected}'"))
            }
            Self::Service { place, given, expected } => {
                malformed_s3(*place, &format!("incorrect service \"{given}\". This endpoint belongs to \"{expected}\"."))
            }
            Self::HeadersNotSigned { .. } => {
                (403, "AccessDenied", "There were headers present in the request which were not signed".into())
            }
            Self::NoContentSha256 => {
                (400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256".into())
            }
            Self::ContentSha256 => (
                400,
                "InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                 STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 \
                 value."
                    .into(),
            ),
            Self::BodyHash { .. } => (
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.".into(),
            ),
            Self::Skewed { .. } => (
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.".into(),
            ),
            Self::NotYetValid { .. } => (403, "AccessDenied", "Request is not valid yet".into()),
            Self::Expired { .. } => (403, "AccessDenied", "Request has expired".into()),
            Self::Mismatch(_) => (403, "SignatureDoesNotMatch", MISMATCH.into()),
            Self::BodyNotHashed => {
                (500, "InternalError", "We encountered an internal error. Please try again.".into())
            }
        }
    }

    fn query(&self) -> (u16, &'static str, String) {
        match self {
            Self::Missing => {
                (403, "MissingAuthenticationToken", "Request is missing Authentication Token".into())
            }
            Self::OnlyOneMechanism => self.s3(),
            Self::BodyNotHashed => (
                500,
                "InternalFailure",
                "The request processing has failed because of an unknown error.".into(),
            ),
            _ if self.is_incomplete() => (400, "IncompleteSignature", self.incomplete()),
            _ => (403, "SignatureDoesNotMatch", self.mismatch()),
        }
    }

    fn json(&self) -> (u16, &'static str, String) {
        match self {
            Self::Missing => {
                (400, "MissingAuthenticationTokenException", "Missing Authentication Token".into())
            }
            Self::OnlyOneMechanism => self.s3(),
            Self::BodyNotHashed => (
                500,
                "InternalFailure",
                "The request processing has failed because of an unknown error.".into(),
            ),
            _ if self.is_incomplete() => (400, "IncompleteSignatureException", self.incomplete()),
            _ => (400, "InvalidSignatureException", self.mismatch()),
        }
    }

    /// Outside S3, failures of form are one code and failures of fact another.
    fn is_incomplete(&self) -> bool {
        matches!(
            self,
            Self::Repeated { .. }
                | Self::Unsupported { .. }
                | Self::Malformed { .. }
                | Self::NoDate
                | Self::ContentSha256
        )
    }

    fn incomplete(&self) -> String {
        match self {
            Self::Unsupported { .. } => self.unsupported(),
            Self::NoDate => {
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".into()
            }
            Self::Malformed { place: SignaturePlace::Header, reason } => {
                format!("The Authorization header is malformed; {reason}")
            }
            Self::Malformed { place: SignaturePlace::Query, reason } => {
                format!("The query-string signature is malformed; {reason}")
            }
            _ => sentence(self),
        }
    }

    fn mismatch(&self) -> String {
        match self {
            Self::Skewed { signed_at, now } | Self::NotYetValid { signed_at, now } => {
                skew_sentence(*signed_at, *now)
            }
            Self::Expired { expired_at, now, .. } => {
                format!("Signature expired: {} is now earlier than {}", expired_at.amz_date(), now.amz_date())
            }
            Self::ScopeDate { scope_date, signed_at, .. } => format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{scope_date}' != '{}', from '{signed_at}'.",
                signed_at.get(..8).unwrap_or_default()
            ),
            Self::Region { given, expected, .. } => {
                format!(
                    "Credential should be scoped to a valid region, not '{given}'. Expecting '{expected}'."
                )
            }
            Self::Service { expected, .. } => {
                format!("Credential should be scoped to correct service: '{expected}'.")
            }
            Self::HeadersNotSigned { names } => {
                let names: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
                format!("{} must be a 'SignedHeader' in the AWS Authorization.", names.join(", "))
            }
            _ => MISMATCH_ELSEWHERE.into(),
        }
    }

    fn unsupported(&self) -> String {
        let mechanism = if let Self::Unsupported { mechanism } = self { *mechanism } else { "" };
        let advice = if mechanism == SIGNATURE_VERSION_2 {
            " Signature Version 2 is never accepted (with boto3, set signature_version='s3v4')."
        } else {
            ""
        };
        format!(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.{advice}"
        )
    }
}

fn malformed_s3(place: SignaturePlace, reason: &str) -> (u16, &'static str, String) {
    match place {
        SignaturePlace::Header => {
            (400, "AuthorizationHeaderMalformed", format!("The authorization header is malformed; {reason}"))
        }
        SignaturePlace::Query => {
            (400, "AuthorizationQueryParametersError", format!("Error parsing the query; {reason}"))
        }
    }
}

/// AWS's sentence shows the bound that was passed and how it follows from the server's clock.
fn skew_sentence(signed_at: Timestamp, now: Timestamp) -> String {
    let signed = signed_at.amz_date();
    let minutes = CLOCK_SKEW.as_secs() / 60;
    if signed_at < now {
        let bound = now.minus(CLOCK_SKEW).amz_date();
        format!(
            "Signature expired: {signed} is now earlier than {bound} ({} - {minutes} min.)",
            now.amz_date()
        )
    } else {
        let bound = now.plus(CLOCK_SKEW).amz_date();
        format!(
            "Signature not yet current: {signed} is still later than {bound} ({} + {minutes} min.)",
            now.amz_date()
        )
    }
}

/// The error's own text, begun with a capital letter as AWS's messages are.
fn sentence(fault: &SignatureFault) -> String {
    let text = fault.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn spaced_hex(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_amz_date(text).unwrap()
    }

    #[test]
    fn skew_is_told_in_each_family_s_words() {
        let fault = SignatureFault::Skewed { signed_at: at("20240101T000000Z"), now: at("20240101T001600Z") };
        let (status, code, message) = fault.code(ServiceFamily::Query);
        assert_eq!((status, code), (403, "SignatureDoesNotMatch"));
        assert_eq!(
            message,
            "Signature expired: 20240101T000000Z is now earlier than 20240101T000100Z (20240101T001600Z - 15 min.)"
        );
        assert_eq!(fault.code(ServiceFamily::S3).1, "RequestTimeTooSkewed");
        assert!(fault.details().contains(&("MaxAllowedSkewMilliseconds", "900000".to_owned())));
        assert_eq!(fault.code(ServiceFamily::Json).1, "InvalidSignatureException");
        let (status, code, _) = fault.code(ServiceFamily::RestJson);
        assert_eq!((status, code), (403, "InvalidSignatureException"));
        let early = SignatureFault::Skewed { signed_at: at("20240101T001600Z"), now: at("20240101T000000Z") };
        assert!(
            early
                .code(ServiceFamily::Query)
                .2
                .starts_with("Signature not yet current: 20240101T001600Z is still")
        );
    }

    #[test]
    fn a_wrong_region_names_the_served_one() {
        let fault = SignatureFault::Region {
            place: SignaturePlace::Header,
            given: "eu-west-1".into(),
            expected: "us-east-1".into(),
        };
        let (status, code, message) = fault.code(ServiceFamily::S3);
        assert_eq!((status, code), (400, "AuthorizationHeaderMalformed"));
        assert!(message.ends_with("the region 'eu-west-1' is wrong; expecting 'us-east-1'"), "{message}");
        assert_eq!(fault.details(), [("Region", "us-east-1".to_owned())]);
        assert!(fault.code(ServiceFamily::Query).2.contains("us-east-1"));
    }

    #[test]
    fn signature_version_2_is_refused_with_advice() {
        let fault = SignatureFault::Unsupported { mechanism: SIGNATURE_VERSION_2 };
        for family in [ServiceFamily::S3, ServiceFamily::Query, ServiceFamily::Json] {
            let (status, _, message) = fault.code(family);
            assert_eq!(status, 400);
            assert!(message.contains("signature_version='s3v4'"), "{message}");
        }
    }
}
