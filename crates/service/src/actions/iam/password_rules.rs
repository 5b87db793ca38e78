//! The rules for passwords: those that the account has set, or AWS's own (IAM User Guide, "Set an account password
//! policy for IAM users").

use std::time::Duration;

use portcullis_base::{Timestamp, Value};
use portcullis_store::record::PasswordPolicyRecord;

use crate::action::Ask;
use crate::error::ApiError;

/// The fewest characters where no rules are set.
const LENGTH_DEFAULT: u32 = 8;
/// The fewest characters of rules that do not say (IAM API reference, UpdateAccountPasswordPolicy).
pub const LENGTH_UNSAID: u32 = 6;
/// How many of the four kinds of characters must occur where no rules are set.
const KINDS_DEFAULT: usize = 3;
/// What counts as a symbol.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// A kind of characters.
struct Kind {
    name: &'static str,
    holds: fn(char) -> bool,
    is_required: fn(&PasswordPolicyRecord) -> bool,
}

const KINDS: [Kind; 4] = [
    Kind { name: "symbol", holds: |letter| SYMBOLS.contains(letter), is_required: |rules| rules.symbols },
    Kind { name: "number", holds: |letter| letter.is_ascii_digit(), is_required: |rules| rules.numbers },
    Kind {
        name: "uppercase letter",
        holds: |letter| letter.is_ascii_uppercase(),
        is_required: |rules| rules.uppercase,
    },
    Kind {
        name: "lowercase letter",
        holds: |letter| letter.is_ascii_lowercase(),
        is_required: |rules| rules.lowercase,
    },
];

fn violation(message: impl Into<String>) -> ApiError {
    ApiError::caller("PasswordPolicyViolation", 400, message)
}

/// The rules that the account has set.
fn rules<'a>(ask: &Ask<'a>) -> Option<&'a PasswordPolicyRecord> {
    ask.snapshot.belongings.password_policy_of(ask.account())
}

/// Refuses a password that the rules of the account do not allow. Which passwords were used before is asked apart.
///
/// # Errors
/// `PasswordPolicyViolation`; no message repeats the password.
pub fn check(ask: &Ask<'_>, password: &str) -> Result<(), ApiError> {
    let Some(rules) = rules(ask) else { return check_default(ask, password) };
    long_enough(password, rules.length_min)?;
    let missing = |kind: &&Kind| (kind.is_required)(rules) && !password.chars().any(kind.holds);
    match KINDS.iter().find(missing) {
        Some(kind) => Err(violation(format!("Password should have at least one {}", kind.name))),
        None => Ok(()),
    }
}

fn check_default(ask: &Ask<'_>, password: &str) -> Result<(), ApiError> {
    long_enough(password, LENGTH_DEFAULT)?;
    if KINDS.iter().filter(|kind| password.chars().any(kind.holds)).count() < KINDS_DEFAULT {
        return Err(violation(
            "Password should have at least three of these: an uppercase letter, a lowercase letter, a number, a symbol",
        ));
    }
    let alias = ask.snapshot.belongings.settings_of(ask.account()).and_then(|held| held.alias.as_deref());
    if alias.is_some_and(|alias| alias.eq_ignore_ascii_case(password)) {
        return Err(violation("Password should not be the name of the account"));
    }
    Ok(())
}

fn long_enough(password: &str, least: u32) -> Result<(), ApiError> {
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    if length < least {
        return Err(violation(format!("Password should have a minimum length of {least}")));
    }
    Ok(())
}

/// How many of the latest passwords, the present one among them, must not be set again.
pub fn reuse_prevention(ask: &Ask<'_>) -> usize {
    rules(ask)
        .and_then(|rules| rules.reuse_prevention)
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(0)
}

/// The refusal of a password that was used before.
pub fn reused() -> ApiError {
    violation("Password has been used before and cannot be used again yet")
}

/// When a password that was set at this instant must be replaced.
pub fn expires(rules: Option<&PasswordPolicyRecord>, changed: Timestamp) -> Option<Timestamp> {
    let days = u64::from(rules?.age_max_days?);
    Some(changed.plus(Duration::from_hours(days * 24)))
}

/// The rules in the input. They replace the old ones as a whole: what is not said is off.
pub fn requested(input: &Value) -> PasswordPolicyRecord {
    let number = |name: &str| input.int(name).and_then(|number| u32::try_from(number).ok());
    let switch = |name: &str| input.bool(name).unwrap_or(false);
    PasswordPolicyRecord {
        length_min: number("MinimumPasswordLength").unwrap_or(LENGTH_UNSAID),
        symbols: switch("RequireSymbols"),
        numbers: switch("RequireNumbers"),
        uppercase: switch("RequireUppercaseCharacters"),
        lowercase: switch("RequireLowercaseCharacters"),
        users_may_change: switch("AllowUsersToChangePassword"),
        age_max_days: number("MaxPasswordAge"),
        reuse_prevention: number("PasswordReusePrevention"),
        hard_expiry: input.bool("HardExpiry"),
    }
}

/// The rules as the answer has them.
pub fn shown(rules: &PasswordPolicyRecord) -> Value {
    Value::structure()
        .with("MinimumPasswordLength", rules.length_min)
        .with("RequireSymbols", rules.symbols)
        .with("RequireNumbers", rules.numbers)
        .with("RequireUppercaseCharacters", rules.uppercase)
        .with("RequireLowercaseCharacters", rules.lowercase)
        .with("AllowUsersToChangePassword", rules.users_may_change)
        .with("ExpirePasswords", rules.age_max_days.is_some())
        .with_some("MaxPasswordAge", rules.age_max_days)
        .with_some("PasswordReusePrevention", rules.reuse_prevention)
        .with_some("HardExpiry", rules.hard_expiry)
}

/// The answer where no rules are set.
pub fn absent(ask: &Ask<'_>) -> ApiError {
    let account = ask.account();
    ApiError::no_such_entity(format!("The Password Policy with domain name {account} cannot be found."))
}
