//! Codes by time (RFC 6238): SHA-1, six digits, a new one every thirty seconds.
//!
//! A code is looked for around the present time step as the device's clock has it, one step to each side, and only
//! after the last step that was accepted: a code is good once (RFC 6238 section 5.2).

use portcullis_base::{Secret, Timestamp};
use totp_rs::{Builder, Totp};

/// Seconds of a time step.
const STEP_S: i64 = 30;
/// Steps to each side of the expected one in which a code is taken.
const SKEW: i64 = 1;
/// Steps to each side in which two consecutive codes are looked for: ten minutes.
const SEARCH: i64 = 20;

/// A seed as authenticator apps take it.
pub fn base32(seed: &Secret) -> Secret {
    totp_rs::Secret::from(seed.expose_bytes()).to_base32().into()
}

/// What was given: one code, or two consecutive ones, which tell how far the device's clock is off.
#[derive(Clone, Copy)]
pub enum Codes<'a> {
    /// One code.
    One(&'a str),
    /// One code, and the one that follows it.
    Two(&'a str, &'a str),
}

/// Where codes were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// At a step that has not been used: the last one, and how far the device's clock runs ahead.
    Fresh {
        /// The step of the last code.
        step: i64,
        /// In steps.
        drift: i64,
    },
    /// At a step that has been used, or before it.
    Used,
    /// Nowhere.
    Nowhere,
}

/// Looks for codes of a seed. `drift` is how many steps the device runs ahead as far as is known, `used` the last step
/// that was accepted.
pub fn find(seed: &Secret, codes: Codes<'_>, now: Timestamp, drift: i64, used: i64) -> Found {
    let present = now.seconds().div_euclid(STEP_S);
    let totp = Builder::new().with_secret(seed.expose_bytes()).with_skew(0).build_noncompliant();
    let is_at = |code: &str, step: i64| {
        let seconds = step.checked_mul(STEP_S).and_then(|seconds| u64::try_from(seconds).ok());
        seconds.is_some_and(|seconds| Totp::check(&totp, code, seconds).is_some())
    };
    let (middle, reach) = match codes {
        Codes::One(_) => (present.saturating_add(drift), SKEW),
        Codes::Two(..) => (present, SEARCH),
    };
    let mut found = Found::Nowhere;
    for step in middle.saturating_sub(reach)..=middle.saturating_add(reach) {
        // The first of two codes must not have been used either.
        let (is_there, first) = match codes {
            Codes::One(code) => (is_at(code, step), step),
            Codes::Two(one, two) => (is_at(one, step - 1) && is_at(two, step), step - 1),
        };
        if is_there && first > used {
            let ahead = step.saturating_sub(present);
            return Found::Fresh { step, drift: if ahead.abs() <= SKEW { 0 } else { ahead } };
        }
        if is_there {
            found = Found::Used;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238's test vectors, which has the twenty bytes of this text.
    fn seed() -> Secret {
        "12345678901234567890".to_owned().into()
    }

    fn one(code: &str, seconds: i64, drift: i64, used: i64) -> Found {
        find(&seed(), Codes::One(code), Timestamp::from_seconds(seconds), drift, used)
    }

    fn two(first: &str, second: &str, seconds: i64, used: i64) -> Found {
        find(&seed(), Codes::Two(first, second), Timestamp::from_seconds(seconds), 0, used)
    }

    #[test]
    fn the_vectors_of_the_rfc_are_found() {
        // RFC 6238 appendix B, the last six of eight digits.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(one(code, seconds, 0, 0), Found::Fresh { step: seconds / 30, drift: 0 }, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_only_once() {
        // The code of step 37037036.
        let (code, step) = ("081804", 37_037_036_i64);
        let at = |offset: i64| step * 30 + 30 * offset;
        for (offset, is_found) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = one(code, at(offset), 0, 0);
            assert_eq!(matches!(found, Found::Fresh { step: it, .. } if it == step), is_found, "{offset}");
        }
        assert_eq!(one(code, at(0), 0, step), Found::Used);
        assert_eq!(one(code, at(0), 0, step + 1), Found::Used);
        assert_eq!(one(code, at(-5), 0, 0), Found::Nowhere);
        assert!(matches!(one(code, at(-5), 5, 0), Found::Fresh { .. }));
        for wrong in ["081805", "81804", " 081804", "081804 ", "0818 04", "+81804", "", "٠٨١٨٠٤"] {
            assert_eq!(one(wrong, at(0), 0, 0), Found::Nowhere, "{wrong:?}");
        }
    }

    #[test]
    fn two_codes_tell_how_far_the_clock_is_off() {
        let totp = Builder::new().with_secret(seed().expose_bytes()).build_noncompliant();
        let code = |step: u64| totp.generate(step * 30).to_string();
        let (first, second) = (code(1_000_010), code(1_000_011));
        let found = two(&first, &second, 1_000_000 * 30, 0);
        assert_eq!(found, Found::Fresh { step: 1_000_011, drift: 11 });
        assert_eq!(two(&first, &second, 1_000_011 * 30, 0), Found::Fresh { step: 1_000_011, drift: 0 });
        assert_eq!(two(&first, &second, 1_000_012 * 30, 0), Found::Fresh { step: 1_000_011, drift: 0 });
        assert_eq!(two(&second, &first, 1_000_000 * 30, 0), Found::Nowhere);
        assert_eq!(two(&first, &first, 1_000_000 * 30, 0), Found::Nowhere);
        assert_eq!(two(&first, &second, 1_000_100 * 30, 0), Found::Nowhere);
        assert_eq!(two(&first, &second, 1_000_000 * 30, 1_000_010), Found::Used);
    }

    #[test]
    fn a_clock_before_1970_finds_nothing() {
        assert_eq!(one("287082", -59, 0, -100), Found::Nowhere);
        assert_eq!(one("287082", i64::MIN / 2000, i64::MIN, 0), Found::Nowhere);
    }
}
