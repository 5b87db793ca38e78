//! Instants in UTC with millisecond precision.
//!
//! Milliseconds are what `aws:TokenIssueTime` is compared in: coarser stored times would let a session survive a
//! revocation written in the same second.

use std::fmt;
use std::time::Duration;

/// An instant, milliseconds since 1970-01-01T00:00:00Z. Leap seconds do not exist, as in Unix time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    // INVARIANT: within the years 0000 to 9999, so that every printed form has four digits of year.
    i64,
);

/// The instant lies outside the years 0000 to 9999, or the text is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date and time between the years 0000 and 9999")]
pub struct NotATimestamp;

impl Timestamp {
    /// 0000-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_167_219_200_000);
    /// 9999-12-30T22:00:00.000Z, the last instant that every supported library prints.
    pub const MAX: Self = Self(253_402_207_200_000);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The instant this many milliseconds after 1970, held within [`Timestamp::MIN`] and [`Timestamp::MAX`].
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The instant this many seconds after 1970, held within the bounds.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant without its milliseconds.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self(self.seconds() * 1000)
    }

    /// The instant `duration` later, held within the bounds.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// The instant `duration` earlier, held within the bounds.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// How much later this instant is than `earlier`; zero if it is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// Prints with a `strftime` pattern, in UTC.
    pub fn format(self, pattern: &str) -> String {
        self.jiff().strftime(pattern).to_string()
    }

    /// `2024-05-07T23:47:00Z`: UTC, whole seconds, the form of the query protocol and of CloudTrail.
    pub fn iso_seconds(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// `2024-05-07T23:47:00.123Z`: UTC, three digits of fraction, the form of S3 listings.
    pub fn iso_millis(self) -> String {
        self.to_string()
    }

    /// `Tue, 07 May 2024 23:47:00 GMT`: the form of HTTP dates (RFC 9110 section 5.6.7).
    pub fn http_date(self) -> String {
        self.format("%a, %d %b %Y %H:%M:%S GMT")
    }

    /// `20240507T234700Z`: the form of `X-Amz-Date`.
    pub fn amz_date(self) -> String {
        self.format("%Y%m%dT%H%M%SZ")
    }

    /// Reads `20240507T234700Z`, the form of `X-Amz-Date`, and nothing else.
    ///
    /// # Errors
    /// [`NotATimestamp`] for any other text.
    pub fn parse_amz_date(text: &str) -> Result<Self, NotATimestamp> {
        let is_shaped = text.len() == 16
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                15 => byte == b'Z',
                _ => byte.is_ascii_digit(),
            });
        if !is_shaped {
            return Err(NotATimestamp);
        }
        let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).map_err(|_| NotATimestamp)?;
        Self::from_civil(civil)
    }

    /// Reads an HTTP date in the preferred form (RFC 9110 section 5.6.7).
    ///
    /// # Errors
    /// [`NotATimestamp`] for any other text.
    pub fn parse_http_date(text: &str) -> Result<Self, NotATimestamp> {
        let rest = text.strip_suffix(" GMT").ok_or(NotATimestamp)?;
        let civil =
            jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S", rest).map_err(|_| NotATimestamp)?;
        Self::from_civil(civil)
    }

    /// Reads ISO 8601 with an offset or `Z`: `2024-05-07T23:47:00Z`, with or without a fraction. Digits beyond
    /// the millisecond are dropped.
    ///
    /// # Errors
    /// [`NotATimestamp`] for any other text.
    pub fn parse_iso(text: &str) -> Result<Self, NotATimestamp> {
        let parsed: jiff::Timestamp = text.parse().map_err(|_| NotATimestamp)?;
        Self::checked(parsed.as_millisecond())
    }

    /// The instant of a civil date and time in UTC.
    ///
    /// # Errors
    /// [`NotATimestamp`] when the parts are not a date and time of the Gregorian calendar.
    pub fn from_utc_parts(
        year: i16,
        month: i8,
        day: i8,
        hour: i8,
        minute: i8,
        second: i8,
        millis: i16,
    ) -> Result<Self, NotATimestamp> {
        let nanos = i32::from(millis) * 1_000_000;
        let civil = jiff::civil::DateTime::new(year, month, day, hour, minute, second, nanos)
            .map_err(|_| NotATimestamp)?;
        Self::from_civil(civil)
    }

    fn from_civil(civil: jiff::civil::DateTime) -> Result<Self, NotATimestamp> {
        let instant = jiff::tz::TimeZone::UTC.to_timestamp(civil).map_err(|_| NotATimestamp)?;
        Self::checked(instant.as_millisecond())
    }

    fn checked(millis: i64) -> Result<Self, NotATimestamp> {
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) { Ok(Self(millis)) } else { Err(NotATimestamp) }
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 with milliseconds.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:03}Z", self.jiff().strftime("%Y-%m-%dT%H:%M:%S"), self.0.rem_euclid(1000))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_prints_and_reads() {
        let instant = Timestamp::parse_iso("2024-05-07T23:47:01.409Z").unwrap();
        assert_eq!(instant.iso_seconds(), "2024-05-07T23:47:01Z");
        assert_eq!(instant.iso_millis(), "2024-05-07T23:47:01.409Z");
        assert_eq!(instant.http_date(), "Tue, 07 May 2024 23:47:01 GMT");
        assert_eq!(instant.amz_date(), "20240507T234701Z");
        assert_eq!(Timestamp::parse_amz_date("20240507T234701Z").unwrap(), instant.whole_seconds());
        assert_eq!(
            Timestamp::parse_http_date("Tue, 07 May 2024 23:47:01 GMT").unwrap(),
            instant.whole_seconds()
        );
        assert_eq!(Timestamp::parse_iso("2024-05-08T01:47:01.409+02:00").unwrap(), instant);
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in ["20240507T234701", "2024050T7234701Z", "20240230T000000Z", "+0240507T234701Z", ""] {
            assert!(Timestamp::parse_amz_date(text).is_err(), "{text}");
        }
        assert!(Timestamp::parse_iso("2026-02-30T00:00:00Z").is_err());
    }
}
