//! The input of an action that somebody wrote down instead of asking for the action.

use portcullis_base::Value;
use portcullis_base::shape::{Model, Operation, Protocol, Violation, validate, violations_text};
use portcullis_service::error::ApiError;
use portcullis_service::port::{Inputs, Written};
use portcullis_wire::protocol::{from_json, has_streaming_input, model, refusal_code};

use super::exchange::api_error;
use super::facts::{GLOBAL_REGION, is_regionless};

/// Reads written inputs by the services' models.
pub struct WrittenInputs;

impl Inputs for WrittenInputs {
    fn read(&self, service: &str, operation: &str, document: &str) -> Result<Written, ApiError> {
        let invalid = |message: String| ApiError::caller("InvalidInputException", 400, message);
        let model = model(service).ok_or_else(|| invalid(format!("There is no service {service}.")))?;
        let operation = model
            .operation(operation)
            .ok_or_else(|| invalid(format!("{service} has no action {operation}.")))?;
        if has_streaming_input(model, operation) {
            return Err(invalid(format!("{} takes a body, which cannot be written down.", operation.name)));
        }
        let decoded = from_json(model, operation, document.as_bytes()).map_err(|fault| api_error(&fault))?;
        if let Some(unknown) = decoded.unknown.first() {
            return Err(invalid(format!("{} has no member {unknown}.", operation.name)));
        }
        let input = within_limits(model, operation, decoded.value)?;
        Ok(Written { input, region: is_regionless(service).then_some(GLOBAL_REGION) })
    }
}

/// The input, if it keeps to the limits of its shape.
///
/// # Errors
/// In the spelling of the service's protocol.
pub fn within_limits(model: &Model, operation: &Operation, input: Value) -> Result<Value, ApiError> {
    let violations = operation.input.map(|shape| validate(model, shape, &input)).unwrap_or_default();
    if violations.is_empty() {
        return Ok(input);
    }
    let message = violations_text(&violations);
    Err(match model.protocol {
        Protocol::Query => ApiError::validation(message),
        Protocol::Json => ApiError::caller(violation_code(model, operation, &violations), 400, message),
        Protocol::RestXml => ApiError::caller("InvalidArgument", 400, message),
        Protocol::RestJson => ApiError::caller(refusal_code(model, operation), 400, message),
    })
}

/// The code under which a JSON service refuses a member: one of its own where the model declares it, as CloudTrail
/// does with `InvalidMaxResultsException` and Organizations with `InvalidInputException`.
fn violation_code(model: &Model, operation: &Operation, violations: &[Violation]) -> String {
    let declared = || operation.errors.iter().map(|id| &model.shape(*id).name);
    let own = violations.iter().find_map(|violation| {
        let member = violation.path.split('.').next()?.to_ascii_lowercase();
        declared().find(|name| name.to_ascii_lowercase() == format!("invalid{member}exception"))
    });
    let own = own.or_else(|| declared().find(|name| *name == "InvalidInputException"));
    own.cloned().unwrap_or_else(|| "ValidationException".to_owned())
}
