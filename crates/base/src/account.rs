//! AWS account ids: exactly twelve decimal digits, leading zeros kept.

use std::fmt;
use std::str::FromStr;

/// An AWS account id, such as `123456789012`.
///
/// Ordered and hashed by its number; always printed as twelve digits.
///
/// ```
/// use portcullis_base::AccountId;
/// let account: AccountId = "012345678901".parse().unwrap();
/// assert_eq!(account.to_string(), "012345678901");
/// assert!("12345".parse::<AccountId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(
    // INVARIANT: below 10^12, or `AWS`.
    u64,
);

/// The text is not twelve decimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account id is twelve decimal digits")]
pub struct NotAnAccountId;

impl AccountId {
    /// Whose AWS's own managed policies are: `aws` in their ARNs. It is no account: no text or number gives it, so no
    /// record, caller or setting can have it.
    pub const AWS: Self = Self(u64::MAX);
    /// The first in the order of ids.
    pub const LEAST: Self = Self(0);

    /// One more than the largest account number.
    const BOUND: u64 = 1_000_000_000_000;

    /// The account with this number.
    ///
    /// # Errors
    /// [`NotAnAccountId`] when the number has more than twelve digits.
    pub fn from_number(number: u64) -> Result<Self, NotAnAccountId> {
        if number < Self::BOUND { Ok(Self(number)) } else { Err(NotAnAccountId) }
    }

    /// The id as a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, NotAnAccountId> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAnAccountId);
        }
        text.parse().map(Self).map_err(|_| NotAnAccountId)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::AWS {
            return out.write_str("aws");
        }
        write!(out, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
