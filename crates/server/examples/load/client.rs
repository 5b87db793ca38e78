//! A client of IAM on one connection.

use portcullis_wire::sigv4::sign::Credentials;

use crate::common::Failure;
use crate::common::connection::{Answer, Ask, Connection};

/// A connection and whose it is.
pub struct Client {
    connection: Connection,
    credentials: Credentials,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn connect(endpoint: &str, credentials: Credentials) -> Result<Self, Failure> {
        Ok(Self { connection: Connection::open(endpoint).await?, credentials })
    }

    /// Asks IAM.
    ///
    /// # Errors
    /// When the connection breaks; every status is an answer.
    pub async fn ask(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
        self.connection.ask(&self.credentials, Ask::form("iam", "2010-05-08", action, parameters)).await
    }

    /// The same, and only success will do.
    ///
    /// # Errors
    /// The server's words.
    pub async fn done(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
        let answer = self.ask(action, parameters).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let Answer { status, text, request, .. } = answer;
        Err(format!("{action} {parameters:?} was answered {status} ({request:?}): {text}").into())
    }
}
