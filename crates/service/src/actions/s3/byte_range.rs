//! The `Range` header (RFC 9110 section 14): one range of bytes. What is no such range is as if it were not there.

use std::ops::Range;

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;

use super::refusal::invalid_request;
use crate::error::ApiError;

/// Which bytes of an object an answer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// The bytes.
    pub(super) range: Range<u64>,
    /// Whether only a part was asked for.
    pub(super) is_partial: bool,
    /// How many parts the object was uploaded in, if the request names one.
    pub(super) parts: Option<usize>,
}

impl Extent {
    /// `bytes 0-9/100`, if only a part was asked for.
    pub(super) fn content_range(&self, size: u64) -> Option<String> {
        let last = self.range.end.checked_sub(1)?;
        self.is_partial.then(|| format!("bytes {}-{last}/{size}", self.range.start))
    }
}

/// Which bytes of this object a request wants.
///
/// # Errors
/// `InvalidRange` when it has none of them; `InvalidPartNumber`.
pub(super) fn extent(input: &Value, object: &ObjectRecord) -> Result<Extent, ApiError> {
    let size = object.size();
    let whole = Extent { range: 0..size, is_partial: false, parts: None };
    match (input.text("Range"), input.int("PartNumber")) {
        (Some(_), Some(_)) => {
            Err(invalid_request("Cannot specify both Range header and partNumber query parameter"))
        }
        (None, None) => Ok(whole),
        (Some(header), None) => Ok(match parse(header, size) {
            Wanted::All => whole,
            Wanted::Part(range) => Extent { range, is_partial: true, parts: None },
            Wanted::Nothing => return Err(unsatisfiable(header, size)),
        }),
        (None, Some(number)) => of_part(number, object),
    }
}

/// One range of an object that must have it, `bytes=0-9`, as UploadPartCopy wants it.
///
/// # Errors
/// `InvalidArgument` when it is none, `InvalidRange` when it is outside the object.
pub(super) fn exact(header: &str, size: u64) -> Result<Range<u64>, ApiError> {
    let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are \
                   the zero-based offsets of the first and last bytes to copy";
    let malformed = || ApiError::caller("InvalidArgument", 400, message);
    let (first, last) =
        header.strip_prefix("bytes=").and_then(|it| it.split_once('-')).ok_or_else(malformed)?;
    let (first, last) = (number(first).ok_or_else(malformed)?, number(last).ok_or_else(malformed)?);
    if first > last {
        return Err(malformed());
    }
    if last >= size {
        let message = format!("Range specified is not valid for source object of size: {size}");
        return Err(ApiError::caller("InvalidArgument", 400, message));
    }
    Ok(first..last.saturating_add(1))
}

enum Wanted {
    All,
    Part(Range<u64>),
    Nothing,
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are simply far beyond the end.
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn parse(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header.trim().strip_prefix("bytes=").and_then(|it| it.split_once('-')) else {
        return Wanted::All;
    };
    let range = match (first.is_empty(), number(first), last.is_empty(), number(last)) {
        (true, _, _, Some(suffix)) => size.saturating_sub(suffix)..size,
        (_, Some(first), true, _) => first..size,
        (_, Some(first), _, Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        _ => return Wanted::All,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

fn unsatisfiable(header: &str, size: u64) -> ApiError {
    ApiError::caller("InvalidRange", 416, "The requested range is not satisfiable")
        .with("RangeRequested", header.chars().take(64).collect::<String>())
        .with("ActualObjectSize", size.to_string())
}

/// A part of an object that was uploaded in parts; any other object is its own first part.
fn of_part(number: i64, object: &ObjectRecord) -> Result<Extent, ApiError> {
    let invalid = || {
        ApiError::caller("InvalidPartNumber", 416, "The requested partnumber is not satisfiable")
            .with("PartNumberRequested", number.to_string())
    };
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or_else(invalid)?;
    if !object.etag.contains('-') {
        return if index == 0 {
            Ok(Extent { range: 0..object.size(), is_partial: object.size() > 0, parts: None })
        } else {
            Err(invalid())
        };
    }
    let length = *object.blob_sizes.get(index).ok_or_else(invalid)?;
    let start: u64 = object.blob_sizes.iter().take(index).sum();
    Ok(Extent {
        range: start..start.saturating_add(length),
        is_partial: true,
        parts: Some(object.blob_sizes.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(header: &str, size: u64) -> Option<Range<u64>> {
        match parse(header, size) {
            Wanted::All => Some(0..u64::MAX),
            Wanted::Part(range) => Some(range),
            Wanted::Nothing => None,
        }
    }

    #[test]
    fn one_range_is_read_and_everything_else_is_the_whole() {
        let all = Some(0..u64::MAX);
        assert_eq!(range("bytes=0-9", 100), Some(0..10));
        assert_eq!(range("bytes=90-", 100), Some(90..100));
        assert_eq!(range("bytes=-10", 100), Some(90..100));
        assert_eq!(range("bytes=-200", 100), Some(0..100));
        assert_eq!(range("bytes=99-18446744073709551616", 100), Some(99..100));
        assert_eq!(range("bytes=100-", 100), None);
        assert_eq!(range("bytes=-0", 100), None);
        assert_eq!(range("bytes=0-", 0), None);
        for odd in
            ["bytes=9-0", "bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=-", "bytes=+1-2", "bytes=a-b", ""]
        {
            assert_eq!(range(odd, 100), all, "{odd}");
        }
    }

    #[test]
    fn a_copied_range_must_be_there() {
        assert_eq!(exact("bytes=0-99", 100).unwrap(), 0..100);
        for bad in ["bytes=0-100", "bytes=0-", "bytes=-5", "bytes=5-4", "0-4", "bytes=0-1,2-3"] {
            assert_eq!(exact(bad, 100).unwrap_err().status, 400, "{bad}");
        }
    }
}
