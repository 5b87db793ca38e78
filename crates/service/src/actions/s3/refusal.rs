//! S3's errors, each worded once.

use crate::error::ApiError;

/// 400 `InvalidArgument`, naming the argument.
pub(super) fn invalid_argument(name: &str, value: &str, message: &str) -> ApiError {
    ApiError::caller("InvalidArgument", 400, message).with("ArgumentName", name).with("ArgumentValue", value)
}

/// 400 `InvalidRequest`.
pub(super) fn invalid_request(message: &str) -> ApiError {
    ApiError::caller("InvalidRequest", 400, message)
}

/// 501 `NotImplemented`.
pub(super) fn not_implemented(feature: &str) -> ApiError {
    ApiError::caller(
        "NotImplemented",
        501,
        format!("A header or query you provided implies functionality that is not implemented: {feature}"),
    )
}

/// 404 `NoSuchBucket`.
pub(super) fn no_such_bucket(name: &str) -> ApiError {
    ApiError::caller("NoSuchBucket", 404, "The specified bucket does not exist").with("BucketName", name)
}

/// 404 `NoSuchKey`.
pub(super) fn no_such_key(key: &str) -> ApiError {
    ApiError::caller("NoSuchKey", 404, "The specified key does not exist.").with("Key", key)
}

/// 404 `NoSuchVersion`.
pub(super) fn no_such_version(key: &str, version: &str) -> ApiError {
    ApiError::caller("NoSuchVersion", 404, "The specified version does not exist.")
        .with("Key", key)
        .with("VersionId", version)
}

/// 404 `NoSuchUpload`.
pub(super) fn no_such_upload(id: &str) -> ApiError {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                   aborted or completed.";
    ApiError::caller("NoSuchUpload", 404, message).with("UploadId", id)
}

/// 412 `PreconditionFailed`.
pub(super) fn precondition_failed(condition: &str) -> ApiError {
    let message = "At least one of the pre-conditions you specified did not hold";
    ApiError::caller("PreconditionFailed", 412, message).with("Condition", condition)
}

/// 409 `OperationAborted`: others kept changing the same thing.
pub(super) fn overtaken() -> ApiError {
    let message =
        "A conflicting conditional operation is currently in progress against this resource. Try again.";
    ApiError::caller("OperationAborted", 409, message)
}

/// 400 `MalformedXML`.
pub(super) fn malformed_xml() -> ApiError {
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    ApiError::caller("MalformedXML", 400, message)
}
