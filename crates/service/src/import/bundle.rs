//! Files on their way to a server: one compressed text. It is unpacked no further than a bound, whatever it claims.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use super::File;

/// Bytes of a packed bundle.
pub const BUNDLE_MAX: usize = 16 * 1024 * 1024;
/// Bytes of an unpacked one: the details of twenty thousand roles fit twice.
pub const UNPACKED_MAX: u64 = 256 * 1024 * 1024;

/// Packs files.
///
/// # Errors
/// When they are more than a server takes.
pub fn pack(files: &[File]) -> Result<Vec<u8>, String> {
    let listed: Vec<Value> =
        files.iter().map(|file| json!({ "Name": file.name, "Text": file.text })).collect();
    let text = Value::Array(listed).to_string();
    if u64::try_from(text.len()).is_ok_and(|length| length > UNPACKED_MAX) {
        return Err(format!("the files are more than {UNPACKED_MAX} bytes together"));
    }
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = writer.write_all(text.as_bytes()).and_then(|()| writer.finish());
    let bytes = written.map_err(|error| format!("the files could not be packed: {error}"))?;
    if bytes.len() > BUNDLE_MAX {
        return Err(format!(
            "the files are more than {BUNDLE_MAX} bytes when packed; import them while it is stopped"
        ));
    }
    Ok(bytes)
}

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnpackError(String);

/// Unpacks files.
///
/// # Errors
/// When the bytes are no bundle, or too many.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>, UnpackError> {
    unpacked(bytes).map_err(UnpackError)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<File>, String> {
    let mut text = String::new();
    let read = ZlibDecoder::new(bytes).take(UNPACKED_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| format!("the bundle cannot be unpacked: {error}"))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > UNPACKED_MAX) {
        return Err(format!("the bundle holds more than {UNPACKED_MAX} bytes"));
    }
    let value = super::json::read(&text).map_err(|error| format!("the bundle {error}"))?;
    let Value::Array(items) = value else { return Err("the bundle is no list of files".to_owned()) };
    let file = |item: Value| match item {
        Value::Object(mut members) => match (members.remove("Name"), members.remove("Text")) {
            (Some(Value::String(name)), Some(Value::String(text))) => Some(File { name, text }),
            _ => None,
        },
        _ => None,
    };
    items
        .into_iter()
        .map(file)
        .collect::<Option<_>>()
        .ok_or_else(|| "the bundle has what is no file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_and_nothing_else() {
        let files = vec![File { name: "a/é.json".to_owned(), text: "{\"a\": \"\\u0000\"}".to_owned() }];
        let packed = pack(&files).unwrap();
        assert_eq!(unpack(&packed).unwrap(), files);
        assert!(unpack(&packed[..packed.len() - 8]).is_err());
        assert!(unpack(b"no bundle").is_err());
        for text in ["{}", "[1]", "[{\"Name\":\"a\"}]", "[{\"Name\":\"a\",\"Text\":1}]"] {
            let mut writer = ZlibEncoder::new(Vec::new(), Compression::fast());
            writer.write_all(text.as_bytes()).unwrap();
            assert!(unpack(&writer.finish().unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked_to_its_end() {
        let mut writer = ZlibEncoder::new(Vec::new(), Compression::fast());
        let piece = vec![b' '; 1 << 20];
        for _ in 0..=UNPACKED_MAX >> 20 {
            writer.write_all(&piece).unwrap();
        }
        let bomb = writer.finish().unwrap();
        assert!(bomb.len() < 4 << 20);
        assert!(unpack(&bomb).unwrap_err().0.contains("holds more than"));
    }
}
