//! Ids of an organization's parts: a letter for the kind, then letters and digits by chance.

use portcullis_base::AccountId;
use portcullis_base::world::Entropy;

use crate::action::Ask;

/// So many characters that no two are the same.
fn random(entropy: &dyn Entropy, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32))).copied().map(char::from).collect()
}

/// `PREFIX-…` of this many characters.
pub fn fresh(ask: &Ask<'_>, prefix: &str, length: usize) -> String {
    format!("{prefix}-{}", random(ask.service.world.entropy.as_ref(), length))
}

/// The id of a new unit below this root.
pub fn unit(ask: &Ask<'_>, root_id: &str) -> String {
    fresh(ask, &root_id.replacen("r-", "ou-", 1), 8)
}

/// A number for a new account that no account here has, without leading zeros, which some tools lose.
pub fn account(ask: &Ask<'_>) -> AccountId {
    loop {
        let mut bytes = [0; 8];
        ask.service.world.entropy.fill(&mut bytes);
        let number = 100_000_000_000 + u64::from_le_bytes(bytes) % 900_000_000_000;
        if let Ok(id) = AccountId::from_number(number)
            && id != ask.snapshot.account
            && ask.snapshot.accounts.get(id).is_none()
        {
            return id;
        }
    }
}
