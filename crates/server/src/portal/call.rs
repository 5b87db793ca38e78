//! A call of the portal's API that a page makes for whoever is signed in: the same action, gate and event as when a
//! command line makes it.

use portcullis_base::{Secret, Timestamp, Value};
use portcullis_service::error::ApiError;
use portcullis_service::port::{Body, BoxFuture, Claim, Exchange, Facts, Target};

/// The service whose API it is.
const SERVICE: &str = "awsssoportal";

/// A call that needs no protocol.
pub struct Call {
    facts: Facts,
    operation: &'static str,
    input: Value,
}

impl Call {
    /// A call of this operation, with an access token among the input.
    pub fn new(facts: Facts, operation: &'static str, input: Value) -> Self {
        Self { facts, operation, input }
    }
}

impl Exchange for Call {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn target(&self) -> Result<Target, ApiError> {
        Ok(Target { service: SERVICE, operation: self.operation.to_owned() })
    }

    fn service(&self) -> &'static str {
        SERVICE
    }

    fn claim(&self) -> Result<Option<Claim>, ApiError> {
        Ok(None)
    }

    fn verify(&mut self, _: &Secret, _: Timestamp) -> Result<(), ApiError> {
        Err(ApiError::internal("a page signs nothing"))
    }

    fn input(&mut self) -> BoxFuture<'_, Result<Value, ApiError>> {
        Box::pin(std::future::ready(Ok(self.input.clone())))
    }

    fn body(&mut self) -> Result<Option<Box<dyn Body>>, ApiError> {
        Ok(None)
    }
}
