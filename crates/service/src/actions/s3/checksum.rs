//! The checksum of an object that was uploaded in parts, out of those of the parts (S3 User Guide, "Checking object
//! integrity", "Using full object and composite checksums").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use portcullis_base::Value;
use portcullis_store::record::{PartRecord, UploadRecord};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::object::{algorithm, checksum_type};
use crate::error::ApiError;

/// The members of checksums, of requests and answers alike.
const MEMBERS: [&str; 5] =
    ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];

/// Whether the checksum that a completion lists for a part, if any, is the part's.
pub(super) fn matches(listed: &Value, part: &PartRecord) -> bool {
    MEMBERS.iter().all(|member| match (listed.text(member), &part.checksum) {
        (Some(listed), Some((held_member, held))) if held_member == member => listed == held,
        // A checksum that the part never had cannot be checked against it, and S3 refuses it.
        (Some(_), _) => false,
        (None, _) => true,
    })
}

/// Holds the checksum that a completion gives for the whole object against the computed one.
///
/// # Errors
/// `BadDigest`.
pub(super) fn check_whole(input: &Value, computed: Option<&(String, String)>) -> Result<(), ApiError> {
    let Some((member, sum)) = computed.filter(|(_, sum)| checksum_type(sum) == "FULL_OBJECT") else {
        return Ok(());
    };
    match input.text(member) {
        Some(given) if given != sum => {
            let name = algorithm(member);
            let message = format!("The {name} you specified did not match the calculated checksum.");
            Err(ApiError::caller("BadDigest", 400, message))
        }
        _ => Ok(()),
    }
}

/// The checksum of the whole, if the upload asked for one and every part has its own.
pub(super) fn of_parts(upload: &UploadRecord, parts: &[&PartRecord]) -> Option<(String, String)> {
    let wanted = upload.checksum_algorithm.as_deref()?;
    let member = *MEMBERS.iter().find(|member| algorithm(member) == wanted)?;
    let sums: Vec<(Vec<u8>, u64)> = parts
        .iter()
        .map(|part| {
            let (_, sum) = part.checksum.as_ref().filter(|(held, _)| held == member)?;
            Some((STANDARD.decode(sum).ok()?, part.size))
        })
        .collect::<Option<_>>()?;
    let sum = if upload.checksum_type.as_deref() == Some("FULL_OBJECT") {
        STANDARD.encode(joined(wanted, &sums)?)
    } else {
        let of_sums: Vec<u8> = sums.iter().flat_map(|(sum, _)| sum.iter().copied()).collect();
        format!("{}-{}", STANDARD.encode(digest(wanted, &of_sums)?), sums.len())
    };
    Some((member.to_owned(), sum))
}

/// The polynomial of a cyclic checksum, and the bytes that it has.
fn crc(algorithm: &str) -> Option<(CrcAlgorithm, usize)> {
    match algorithm {
        "CRC32" => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
        "CRC32C" => Some((CrcAlgorithm::Crc32Iscsi, 4)),
        "CRC64NVME" => Some((CrcAlgorithm::Crc64Nvme, 8)),
        _ => None,
    }
}

fn to_bytes(sum: u64, width: usize) -> Option<Vec<u8>> {
    sum.to_be_bytes().get(8 - width..).map(<[u8]>::to_vec)
}

fn from_bytes(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn digest(algorithm: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        "SHA1" => Some(Sha1::digest(bytes).to_vec()),
        "SHA256" => Some(Sha256::digest(bytes).to_vec()),
        _ => {
            let (polynomial, width) = crc(algorithm)?;
            to_bytes(crc_fast::checksum(polynomial, bytes), width)
        }
    }
}

/// The checksum of the parts' bytes one after the other, which cyclic checksums give without reading them again.
fn joined(algorithm: &str, sums: &[(Vec<u8>, u64)]) -> Option<Vec<u8>> {
    let (polynomial, width) = crc(algorithm)?;
    let mut sums = sums.iter();
    let (first, _) = sums.next()?;
    let whole = sums.fold(from_bytes(first), |whole, (sum, size)| {
        crc_fast::checksum_combine(polynomial, whole, from_bytes(sum), *size)
    });
    to_bytes(whole, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::{Tags, Timestamp};

    fn upload(algorithm: &str, kind: &str) -> UploadRecord {
        UploadRecord {
            id: String::new(),
            object_key: String::new(),
            started: Timestamp::EPOCH,
            tags: Tags::new(),
            metadata: Vec::new(),
            headers: Vec::new(),
            initiator: String::new(),
            checksum_algorithm: Some(algorithm.to_owned()),
            checksum_type: Some(kind.to_owned()),
            is_frozen: false,
        }
    }

    fn part(name: &str, content: &[u8]) -> PartRecord {
        let sum = STANDARD.encode(digest(name, content).unwrap());
        PartRecord {
            number: 1,
            blob: String::new(),
            size: content.len() as u64,
            etag: String::new(),
            modified: Timestamp::EPOCH,
            checksum: Some((format!("Checksum{name}"), sum)),
        }
    }

    #[test]
    fn a_whole_checksum_is_that_of_the_bytes_together() {
        for name in ["CRC32", "CRC32C", "CRC64NVME"] {
            let (one, two) = (part(name, b"first part, "), part(name, b"second part"));
            let (member, sum) = of_parts(&upload(name, "FULL_OBJECT"), &[&one, &two]).unwrap();
            let expected = digest(name, b"first part, second part").unwrap();
            assert_eq!((member, sum), (format!("Checksum{name}"), STANDARD.encode(expected)));
        }
    }

    #[test]
    fn a_composite_checksum_is_that_of_the_checksums() {
        let (one, two) = (part("SHA256", b"a"), part("SHA256", b"b"));
        let (_, sum) = of_parts(&upload("SHA256", "COMPOSITE"), &[&one, &two]).unwrap();
        let sums = [digest("SHA256", b"a").unwrap(), digest("SHA256", b"b").unwrap()].concat();
        assert_eq!(sum, format!("{}-2", STANDARD.encode(Sha256::digest(sums))));
        // CRC-32 of "123456789", the published check value.
        assert_eq!(digest("CRC32", b"123456789").unwrap(), [0xcb, 0xf4, 0x39, 0x26]);
    }

    #[test]
    fn without_the_checksum_of_each_part_there_is_none() {
        let (one, mut two) = (part("SHA1", b"a"), part("SHA1", b"b"));
        assert!(of_parts(&upload("SHA1", "COMPOSITE"), &[&one, &two]).is_some());
        two.checksum = None;
        assert_eq!(of_parts(&upload("SHA1", "COMPOSITE"), &[&one, &two]), None);
    }
}
