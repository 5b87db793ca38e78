//! `Date…`: instants, written as W3C dates of any precision or as seconds since 1970, compared exactly.
//!
//! Four digits are a year, since nobody means the first hour of 1970; longer runs of digits are epoch seconds. An
//! epoch in milliseconds lies beyond the year 9999 and is refused.

use std::cmp::Ordering;

use portcullis_base::Timestamp;

use super::{Operand, Operator, Sense};
use crate::document::Version;
use crate::limits::FRACTION_MAX_DIGITS;

pub(super) const OPERATORS: [Operator; 6] = [
    Operator {
        name: "DateEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_eq),
    },
    Operator {
        name: "DateNotEquals",
        sense: Sense::Negated,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_eq),
    },
    Operator {
        name: "DateLessThan",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_lt),
    },
    Operator {
        name: "DateLessThanEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_le),
    },
    Operator {
        name: "DateGreaterThan",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_gt),
    },
    Operator {
        name: "DateGreaterThanEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_ge),
    },
];

/// Nanoseconds since 1970: finer than any issue time, so that no comparison is decided by rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const NANOS_PER_MILLISECOND: i128 = 1_000_000;
/// Days from 0001-01-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_162;
/// 9999-12-31T23:59:59Z, the last second with a year of four digits.
const LAST_SECOND: i64 = 253_402_300_799;
/// 0000-01-01T00:00:00Z, the first.
const FIRST_SECOND: i64 = -62_167_219_200;
const OFFSET_MAX_SECONDS: i64 = (23 * 60 + 59) * 60;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub(crate) const EPOCH: Self = Self(0);

    /// The instant of a timestamp.
    pub(crate) fn of(at: Timestamp) -> Self {
        Self(i128::from(at.millis()) * NANOS_PER_MILLISECOND)
    }

    /// The first timestamp that is not before it.
    pub(crate) fn timestamp(self) -> Timestamp {
        let millis = self.0.div_euclid(NANOS_PER_MILLISECOND);
        let is_whole = self.0.rem_euclid(NANOS_PER_MILLISECOND) == 0;
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX).saturating_add(i64::from(!is_whole)))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_epoch = text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_epoch {
            let seconds: i64 = text.parse().ok()?;
            return (seconds <= LAST_SECOND).then_some(Self(i128::from(seconds) * NANOS_PER_SECOND));
        }
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let mut parts = date.splitn(3, '-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map(|part| digits(part, 2));
        let day = parts.next().map(|part| digits(part, 2));
        let time = match time {
            None => Time::default(),
            // A time of day needs a whole date before it.
            Some(time) if day.is_some() => Time::parse(time)?,
            Some(_) => return None,
        };
        let days = days_since_1970(year, month.unwrap_or(Some(1))?, day.unwrap_or(Some(1))?)?;
        let seconds = days * 86_400 + time.seconds;
        Some(Self(i128::from(seconds) * NANOS_PER_SECOND + i128::from(time.nanos)))
    }
}

/// In UTC; an instant that has no year of four digits there stands with the offset under which it has one.
impl std::fmt::Display for Instant {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, nanos) = (self.0.div_euclid(NANOS_PER_SECOND), self.0.rem_euclid(NANOS_PER_SECOND));
        let seconds = i64::try_from(seconds).unwrap_or(LAST_SECOND);
        let (shift, offset) = match seconds {
            ..FIRST_SECOND => (OFFSET_MAX_SECONDS, "+23:59"),
            FIRST_SECOND..=LAST_SECOND => (0, "Z"),
            _ => (-OFFSET_MAX_SECONDS, "-23:59"),
        };
        let (year, month, day) = date_of((seconds + shift).div_euclid(86_400));
        let second = (seconds + shift).rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanos > 0 {
            let digits = format!("{nanos:0FRACTION_MAX_DIGITS$}");
            write!(out, ".{}", digits.trim_end_matches('0'))?;
        }
        out.write_str(offset)
    }
}

/// Year, month and day of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let begins = |year: i64, month: i64| days_since_1970(year, month, 1).unwrap_or(i64::MAX);
    // 400 years have 146,097 days; leap days make this wrong by a year at most.
    let guess = 1970 + (days * 400).div_euclid(146_097);
    let year = (guess - 1..=guess + 1).rev().find(|year| begins(*year, 1) <= days).unwrap_or(guess);
    let month = (1..=12).rev().find(|month| begins(year, *month) <= days).unwrap_or(1);
    (year, month, days - begins(year, month) + 1)
}

impl Instant {
    /// The instant some seconds later, or earlier.
    pub(crate) fn shifted(self, seconds: i64) -> Self {
        Self(self.0 + i128::from(seconds) * NANOS_PER_SECOND)
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, whose leap years repeat every 400 years.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month).ok()?.checked_sub(1)?;
    let length = *lengths.get(month)?;
    let days_in_months: i64 = lengths.iter().take(month).sum();
    let past = year - 1;
    let days_in_years = past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    (1..=length).contains(&day).then(|| days_in_years + days_in_months + day - 1 - DAYS_TO_1970)
}

/// A time of day in UTC; it may lie on the day before or after.
#[derive(Default)]
struct Time {
    seconds: i64,
    nanos: u32,
}

impl Time {
    /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, each with `Z` or an offset.
    fn parse(text: &str) -> Option<Self> {
        let (clock, offset_seconds) = if let Some(clock) = text.strip_suffix('Z') {
            (clock, 0)
        } else {
            let at = text.len().checked_sub("+hh:mm".len())?;
            let (clock, offset) = text.split_at_checked(at)?;
            (clock, offset_seconds(offset)?)
        };
        let mut parts = clock.splitn(3, ':');
        let hour = digits(parts.next()?, 2)?;
        let minute = digits(parts.next()?, 2)?;
        let (second, nanos) = match parts.next() {
            None => (0, 0),
            Some(seconds) => match seconds.split_once('.') {
                None => (digits(seconds, 2)?, 0),
                Some((whole, fraction)) => (digits(whole, 2)?, nanos(fraction)?),
            },
        };
        // Leap seconds do not exist here, as in Unix time.
        let is_time = hour < 24 && minute < 60 && second < 60;
        is_time.then(|| Self { seconds: hour * 3600 + minute * 60 + second - offset_seconds, nanos })
    }
}

fn offset_seconds(text: &str) -> Option<i64> {
    let (sign, clock) = match text.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60))
}

fn nanos(fraction: &str) -> Option<u32> {
    let is_fraction = (1..=FRACTION_MAX_DIGITS).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let digits = fraction.bytes().map(|byte| u32::from(byte - b'0'));
    let padded = digits.chain(std::iter::repeat(0)).take(FRACTION_MAX_DIGITS);
    is_fraction.then(|| padded.fold(0, |sum, digit| sum * 10 + digit))
}

/// A number of exactly this many ASCII digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let is_shaped = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_shaped.then(|| text.parse().ok())?
}

fn read(text: &str, _: Version) -> Result<Operand, &'static str> {
    Instant::parse(text).map(Operand::Instant).ok_or("an ISO 8601 date or a number of seconds since 1970")
}

/// How the request's instant compares with the policy's.
fn ordering(operand: &Operand, value: &str) -> Option<Ordering> {
    let Operand::Instant(instant) = operand else { return None };
    Some(Instant::parse(value)?.cmp(instant))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_names_the_same_instant() {
        let new_year = Instant::parse("2024-01-01T00:00:00Z").unwrap();
        for text in [
            "2024",
            "2024-01",
            "2024-01-01",
            "2024-01-01T00:00Z",
            "2024-01-01T02:00+02:00",
            "2023-12-31T18:30:00.000-05:30",
            "1704067200",
        ] {
            assert_eq!(Instant::parse(text), Some(new_year), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_calendar_of_timestamps(seconds in -62_167_219_200_i64..253_402_207_200) {
            let text = Timestamp::from_seconds(seconds).iso_seconds();
            let instant = Instant(i128::from(seconds) * NANOS_PER_SECOND);
            prop_assert_eq!(Instant::parse(&text), Some(instant));
            prop_assert_eq!(instant.to_string(), text);
        }
    }

    #[test]
    fn what_is_printed_names_the_same_instant() {
        for (text, printed) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-05-07T23:47:00.120+02:00", "2024-05-07T21:47:00.12Z"),
            ("253402300799", "9999-12-31T23:59:59Z"),
            ("9999-12-31T23:59:59.5-23:59", "9999-12-31T23:59:59.5-23:59"),
            ("0000-01-01T00:00+00:01", "0000-01-01T23:58:00+23:59"),
        ] {
            let instant = Instant::parse(text).unwrap();
            assert_eq!(instant.to_string(), printed);
            assert_eq!(Instant::parse(printed), Some(instant), "{text}");
        }
    }

    #[test]
    fn the_last_second_that_people_write() {
        let last = Instant::parse("9999-12-31T23:59:59Z");
        assert_eq!(last, Some(Instant(i128::from(LAST_SECOND) * NANOS_PER_SECOND)));
        assert_eq!(Instant::parse("253402300799"), last);
        assert_eq!(Instant::parse("253402300800"), None);
    }

    #[test]
    fn a_fraction_finer_than_milliseconds_counts() {
        assert!(Instant::parse("2024-01-01T00:00:00.0005Z") > Instant::parse("2024-01-01T00:00:00.000Z"));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "24",
            "2024-1-1",
            "2026-02-30",
            "2024-13",
            "2024-01-01T00:00:60Z",
            "2024-01-01T24:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00Z",
            "2024-01T00:00Z",
            "2024-01-01 00:00:00Z",
            "1704067200000",
            "-5",
            "+2024",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00z",
            "now",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
