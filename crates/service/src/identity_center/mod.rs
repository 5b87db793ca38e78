//! Identity Center: what permission sets become in accounts, and which of them a person has.
//!
//! ```text
//! permission set + account -> role (provision)
//! person -> direct assignments, groups' assignments -> accounts and permission sets (access) -> a session of the role
//! ```

pub mod access;
mod attribute;
pub mod provision;
pub mod reach;

#[cfg(test)]
mod tests;
