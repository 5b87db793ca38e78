//! Calls that are sent again when their answer was lost: under a client token, by which the server knows that it is
//! the same request and does it once.

use std::time::Duration;

use portcullis_base::world::World;
use serde_json::{Value as Json, json};
use tokio::time::sleep;

use super::error::ClientError;

/// The member of the input.
pub const TOKEN: &str = "ClientToken";
/// How long is waited before each further try.
const WAITS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// The input with a token: the one that it has, or one of its own.
pub fn with_token(mut input: Json, world: &World) -> Json {
    let mut random = [0; 16];
    world.entropy.fill(&mut random);
    let token = format!("{:032x}", u128::from_be_bytes(random));
    if let Some(members) = input.as_object_mut() {
        members.entry(TOKEN).or_insert_with(|| json!(token));
    }
    input
}

/// Asks until there is an answer, a few times. A server that could not be reached at all was asked nothing, and is not
/// waited for.
///
/// # Errors
/// That of the last try.
pub async fn until_answered(ask: impl AsyncFn() -> Result<Json, ClientError>) -> Result<Json, ClientError> {
    let mut answer = ask().await;
    if matches!(answer, Err(ClientError::Unreachable { .. })) {
        return answer;
    }
    for wait in WAITS {
        if !answer.as_ref().is_err_and(is_open) {
            break;
        }
        sleep(wait).await;
        answer = ask().await;
    }
    answer
}

/// Whether it is not known from the answer what was done.
fn is_open(error: &ClientError) -> bool {
    match error {
        ClientError::NoAnswer { .. } | ClientError::Unreachable { .. } => true,
        ClientError::Refused { code, .. } => {
            matches!(code.as_str(), "ServiceUnavailable" | "ServiceUnavailableException" | "InternalFailure")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn lost() -> Result<Json, ClientError> {
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        Err(ClientError::NoAnswer { endpoint, reason: "it broke off".to_owned() })
    }

    fn nobody() -> Result<Json, ClientError> {
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        Err(ClientError::Unreachable { endpoint, source: std::io::ErrorKind::ConnectionRefused.into() })
    }

    fn refused(code: &str) -> Result<Json, ClientError> {
        Err(ClientError::Refused { code: code.to_owned(), message: String::new(), request_id: None })
    }

    async fn tries(answers: Vec<Result<Json, ClientError>>) -> (usize, bool) {
        let (all, answers) = (answers.len(), Mutex::new(answers));
        let answer = until_answered(async || answers.lock().unwrap().remove(0)).await;
        (all - answers.lock().unwrap().len(), answer.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn what_got_no_answer_is_sent_again_and_what_got_one_is_not() {
        let done = || Ok(json!({}));
        assert_eq!(tries(vec![done(), done()]).await, (1, true));
        assert_eq!(
            tries(vec![lost(), nobody(), refused("ServiceUnavailable"), done(), done()]).await,
            (4, true)
        );
        assert_eq!(tries(vec![lost(), refused("AccessDeniedException"), done()]).await, (2, false));
        assert_eq!(tries(vec![nobody(), done()]).await, (1, false));
        assert_eq!(tries((0..6).map(|_| lost()).collect()).await, (5, false));
    }

    #[test]
    fn every_call_has_a_token_of_its_own_unless_it_is_given() {
        let world = World::system();
        let one = with_token(json!({}), &world);
        let two = with_token(json!({}), &world);
        assert_eq!(one[TOKEN].as_str().unwrap().len(), 32);
        assert_ne!(one, two);
        assert_eq!(with_token(json!({ TOKEN: "mine" }), &world), json!({ TOKEN: "mine" }));
    }
}
