//! Single values as text: in elements, parameters and headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::shape::{Kind, Shape, TimestampFormat};
use portcullis_base::{Timestamp, Value};

/// How an instant is printed where the model names no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstantForm {
    /// The query protocol.
    IsoSeconds,
    /// S3's bodies.
    IsoMillis,
    /// Headers.
    HttpDate,
}

/// The value that a text stands for; `None` if it is not of the shape's type.
pub(super) fn read(shape: &Shape, text: &str) -> Option<Value> {
    match &shape.kind {
        Kind::Text => Some(Value::from(text)),
        Kind::Integer => {
            text.parse::<i32>().ok().filter(|_| is_plain(text)).map(|number| Value::Int(number.into()))
        }
        Kind::Long => text.parse::<i64>().ok().filter(|_| is_plain(text)).map(Value::Int),
        Kind::Float => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Float),
        Kind::Boolean => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::Blob => STANDARD.decode(text).ok().map(Value::Blob),
        Kind::Timestamp(_) => instant(text).map(Value::Time),
        Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } | Kind::Document => None,
    }
}

/// Rust reads `+5`, which no client sends and no other reader would sign for.
fn is_plain(number: &str) -> bool {
    !number.starts_with('+')
}

/// Clients differ in the form they choose, so each of the three is read wherever an instant may stand.
fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse_iso(text)
        .or_else(|_| Timestamp::parse_http_date(text))
        .ok()
        .or_else(|| text.parse::<f64>().ok().and_then(from_epoch))
}

/// The instant so many seconds after 1970; `None` if it is outside the years that are kept.
pub(super) fn from_epoch(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    // Both bounds are far inside the range in which every integer is a float.
    let text = format!("{millis:.0}");
    let millis: i64 = text.parse().ok()?;
    let held = Timestamp::from_millis(millis);
    (held.millis() == millis).then_some(held)
}

/// A value as text; a value that is not single is empty.
pub(super) fn print(shape: &Shape, value: &Value, usual: InstantForm) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Blob(bytes) => STANDARD.encode(bytes),
        Value::Time(instant) => print_instant(shape, *instant, usual),
        Value::Null | Value::List(_) | Value::Map(_) => String::new(),
    }
}

fn print_instant(shape: &Shape, instant: Timestamp, usual: InstantForm) -> String {
    let format = match shape.kind {
        Kind::Timestamp(format) => format,
        _ => None,
    };
    match (format, usual) {
        (Some(TimestampFormat::HttpDate), _) | (None, InstantForm::HttpDate) => instant.http_date(),
        (Some(TimestampFormat::Epoch), _) => instant.seconds().to_string(),
        (_, InstantForm::IsoSeconds) => instant.iso_seconds(),
        (_, InstantForm::IsoMillis | InstantForm::HttpDate) => instant.iso_millis(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::model;

    fn shape(service: &str, name: &str) -> &'static Shape {
        let model = model(service).unwrap();
        model.shape(model.shape_id(name).unwrap())
    }

    #[test]
    fn numbers_and_truths_are_read_strictly() {
        let seconds = shape("sts", "roleDurationSecondsType");
        assert_eq!(read(seconds, "3600"), Some(Value::Int(3600)));
        for text in ["", "+5", " 5", "5.0", "0x5", "2147483648", "five"] {
            assert_eq!(read(seconds, text), None, "{text}");
        }
        let truth = shape("iam", "booleanType");
        assert_eq!(read(truth, "true"), Some(Value::Bool(true)));
        assert_eq!(read(truth, "TRUE"), None);
    }

    #[test]
    fn instants_are_read_in_each_form_and_printed_in_the_named_one() {
        let date = shape("cloudtrail", "Date");
        let instant = Timestamp::parse_iso("2024-05-07T23:47:00Z").unwrap();
        for text in ["2024-05-07T23:47:00Z", "Tue, 07 May 2024 23:47:00 GMT", "1715125620", "1715125620.0"] {
            assert_eq!(read(date, text), Some(Value::Time(instant)), "{text}");
        }
        for text in ["yesterday", "NaN", "1e300", "inf"] {
            assert_eq!(read(date, text), None, "{text}");
        }
        let printed = |name, usual| print(shape("s3", name), &Value::Time(instant), usual);
        assert_eq!(printed("LastModified", InstantForm::IsoMillis), "2024-05-07T23:47:00.000Z");
        assert_eq!(printed("LastModified", InstantForm::HttpDate), "Tue, 07 May 2024 23:47:00 GMT");
        assert_eq!(printed("ObjectLockRetainUntilDate", InstantForm::HttpDate), "2024-05-07T23:47:00.000Z");
        assert_eq!(printed("LastModifiedTime", InstantForm::IsoMillis), "Tue, 07 May 2024 23:47:00 GMT");
    }
}
