//! What threatens a sign-in, and what ends it: asked of the whole service, with a clock that is moved.

mod codes;
mod ends;
mod guesses;
mod stage;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What a client shows of what only it knows (RFC 7636, `S256`).
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
