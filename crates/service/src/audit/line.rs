//! An event as one line of a journal, an index or the store: a checksum, what lookups ask for, and the record.
//!
//! ```text
//! 5b1f0c77 ["0d3c…",1715125621409,"123456789012","us-east-1","CreateUser",…]<TAB>{"eventVersion":…}
//! ```
//!
//! The checksum covers the rest of the line. A line that was cut by a crash, or that holds anything else, is
//! recognised by it and dropped; the lines around it stay readable. JSON has neither raw tabs nor line ends in it,
//! so nothing that a client sends can break the form.

use std::borrow::Cow;

use portcullis_base::Timestamp;
use serde::de::IgnoredAny;
use serde_json::json;

use super::AuditEvent;

/// Where an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It went straight to the journal.
    Request,
    /// It was committed with a write, so that the store has a record of it.
    Write,
}

type Envelope<'a> = (
    Cow<'a, str>,
    i64,
    Cow<'a, str>,
    Cow<'a, str>,
    Cow<'a, str>,
    Cow<'a, str>,
    bool,
    Option<Cow<'a, str>>,
    Option<Cow<'a, str>>,
    Cow<'a, [(String, String)]>,
    bool,
);

/// The event as a line, with its end.
pub(super) fn encode(event: &AuditEvent, origin: Origin) -> Vec<u8> {
    with_record(event, origin, &record(event))
}

/// The event as a line whose record is something else: in an index, where the record stands.
pub(super) fn with_record(event: &AuditEvent, origin: Origin, record: &str) -> Vec<u8> {
    let envelope: Envelope<'_> = (
        event.id.as_str().into(),
        event.at.millis(),
        event.account.to_string().into(),
        event.region.as_str().into(),
        event.name.as_str().into(),
        event.source.as_str().into(),
        event.read_only,
        event.username.as_deref().map(Cow::Borrowed),
        event.access_key_id.as_deref().map(Cow::Borrowed),
        event.resources.as_slice().into(),
        origin == Origin::Write,
    );
    let envelope = serde_json::to_string(&envelope).unwrap_or_default();
    let mut line = Vec::with_capacity(envelope.len() + record.len() + 11);
    line.extend_from_slice(b"00000000 ");
    line.extend_from_slice(envelope.as_bytes());
    line.push(b'\t');
    line.extend_from_slice(record.as_bytes());
    let (head, body) = line.split_at_mut(9);
    let sum = format!("{:08x} ", checksum(body));
    head.copy_from_slice(sum.as_bytes());
    line.push(b'\n');
    line
}

/// The event of a line without its end, unless the line is damaged. In an index, `json` is what stands in the
/// record's place.
pub(super) fn decode(line: &[u8]) -> Option<(AuditEvent, Origin)> {
    let line = std::str::from_utf8(line).ok()?;
    let (sum, body) = line.split_once(' ')?;
    if sum.len() != 8 || u32::from_str_radix(sum, 16).ok()? != checksum(body.as_bytes()) {
        return None;
    }
    let (envelope, json) = body.split_once('\t')?;
    let (id, at, account, region, name, source, read_only, username, access_key_id, resources, is_write): Envelope<'_> =
        serde_json::from_str(envelope).ok()?;
    let event = AuditEvent {
        id: id.into_owned(),
        at: Timestamp::from_millis(at),
        account: account.parse().ok()?,
        region: region.into_owned(),
        name: name.into_owned(),
        source: source.into_owned(),
        read_only,
        username: username.map(Cow::into_owned),
        access_key_id: access_key_id.map(Cow::into_owned),
        resources: resources.into_owned(),
        json: json.to_owned(),
    };
    Some((event, if is_write { Origin::Write } else { Origin::Request }))
}

/// All undamaged events among these lines, and how many lines were damaged.
pub(super) fn decode_all(bytes: &[u8]) -> (Vec<(AuditEvent, Origin)>, usize) {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut events, mut damaged) = (Vec::new(), 0);
    for line in lines {
        match decode(line) {
            Some(event) => events.push(event),
            None => damaged += 1,
        }
    }
    (events, damaged)
}

/// The record, on one line whatever it was given as. A record that is no JSON object would spoil the whole file
/// that it is put into, so it goes as text into one that is.
pub(super) fn record(event: &AuditEvent) -> Cow<'_, str> {
    let flat: Cow<'_, str> = if event.json.bytes().any(|byte| byte < b' ') {
        // Raw control characters are JSON only between its parts, where a space says the same.
        event.json.replace(|c: char| c < ' ', " ").into()
    } else {
        event.json.as_str().into()
    };
    if flat.starts_with('{') && serde_json::from_str::<IgnoredAny>(&flat).is_ok() {
        return flat;
    }
    let wrapped = json!({
        "eventVersion": "1.11",
        "eventTime": event.at.iso_seconds(),
        "eventSource": event.source,
        "eventName": event.name,
        "awsRegion": event.region,
        "eventID": event.id,
        "readOnly": event.read_only,
        "recipientAccountId": event.account.to_string(),
        "additionalEventData": { "unreadableRecord": event.json },
    });
    wrapped.to_string().into()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::tests::event;

    fn line_of(event: &AuditEvent) -> Vec<u8> {
        let mut line = encode(event, Origin::Write);
        assert_eq!(line.pop(), Some(b'\n'));
        assert!(line.iter().all(|byte| *byte != b'\n'));
        line
    }

    #[test]
    fn an_event_comes_back_from_its_line() {
        let mut event = event(1, "CreateUser");
        event.username = Some("tab\t line\r\n nul\0 quote\" \u{2028}\u{fffd}".to_owned());
        event.resources = vec![("AWS::IAM::User".to_owned(), "a\nb".to_owned())];
        assert_eq!(decode(&line_of(&event)), Some((event, Origin::Write)));
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_noticed() {
        let line = line_of(&event(1, "CreateUser"));
        for length in 0..line.len() {
            assert_eq!(decode(&line[..length]), None, "cut at {length}");
        }
        for at in 0..line.len() {
            let mut damaged = line.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), None, "flipped at {at}");
        }
    }

    #[test]
    fn a_record_stays_one_line_of_json_whatever_it_was() {
        let mut event = event(1, "CreateUser");
        for json in
            ["{\n  \"a\": 1,\r\n\t\"b\": 2\n}", "{\"a\": \"raw\nline end\"}", "{\"a\":", "[]", "", "{} {}"]
        {
            event.json = json.to_owned();
            let (read, _) = decode(&line_of(&event)).unwrap();
            let value: serde_json::Value = serde_json::from_str(&read.json).unwrap();
            assert!(value.is_object(), "{json}");
        }
        event.json = "{\"a\":".to_owned();
        let value: serde_json::Value = serde_json::from_str(&record(&event)).unwrap();
        assert_eq!(value["additionalEventData"]["unreadableRecord"], "{\"a\":");
        assert_eq!(value["eventID"], event.id.as_str());
    }

    #[test]
    fn damaged_lines_do_not_take_their_neighbours_along() {
        let mut bytes = encode(&event(1, "A"), Origin::Request);
        bytes.extend_from_slice(b"00000000 torn");
        bytes.push(b'\n');
        bytes.extend_from_slice(&encode(&event(2, "B"), Origin::Request));
        bytes.extend_from_slice(&line_of(&event(3, "C"))[..20]);
        let (events, damaged) = decode_all(&bytes);
        let names: Vec<_> = events.iter().map(|(event, _)| event.name.as_str()).collect();
        assert_eq!((names, damaged), (vec!["A", "B"], 2));
    }
}
