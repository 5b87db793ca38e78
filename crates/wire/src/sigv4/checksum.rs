//! The checksums that S3 knows besides MD5: one row each, and what computes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use sha2::Digest;

/// A checksum of an object (S3 User Guide, "Checking object integrity").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// CRC-32 as in zip (ISO 3309).
    Crc32,
    /// CRC-32C (RFC 3720 appendix B.4).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl ChecksumAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// Its name in the API, such as `CRC32C`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that carries its value.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm of an API name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The algorithm of a header or trailer, in lower case.
    pub fn from_header(header: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.header() == header)
    }

    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether a text is a value of this algorithm: base64 of the right length, in its one spelling.
    pub(super) fn is_value(self, text: &str) -> bool {
        STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == self.length())
    }
}

/// A checksum that is being computed.
pub(super) enum RunningChecksum {
    Crc32(crc_fast::Digest),
    Crc64(crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl RunningChecksum {
    pub(super) fn new(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc32 => Self::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            ChecksumAlgorithm::Crc32c => Self::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            ChecksumAlgorithm::Crc64Nvme => Self::Crc64(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme)),
            ChecksumAlgorithm::Sha1 => Self::Sha1(sha1::Sha1::new()),
            ChecksumAlgorithm::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(digest) | Self::Crc64(digest) => digest.update(bytes),
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    /// The value as headers carry it: base64 of the big-endian bytes.
    pub(super) fn value(self) -> String {
        match self {
            // The library gives every width in 64 bits; a CRC-32 stands in the lower half.
            Self::Crc32(digest) => {
                STANDARD.encode(digest.finalize().to_be_bytes().get(4..).unwrap_or_default())
            }
            Self::Crc64(digest) => STANDARD.encode(digest.finalize().to_be_bytes()),
            Self::Sha1(hash) => STANDARD.encode(hash.finalize()),
            Self::Sha256(hash) => STANDARD.encode(hash.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_gives_its_published_check_value() {
        // The check values over "123456789" of the CRC catalogue, RFC 3174 and FIPS 180.
        for (algorithm, expected) in [
            (ChecksumAlgorithm::Crc32, STANDARD.encode(0xcbf4_3926_u32.to_be_bytes())),
            (ChecksumAlgorithm::Crc32c, STANDARD.encode(0xe306_9283_u32.to_be_bytes())),
            (ChecksumAlgorithm::Crc64Nvme, STANDARD.encode(0xae8b_1486_0a79_9888_u64.to_be_bytes())),
            (ChecksumAlgorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE=".to_owned()),
            (ChecksumAlgorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=".to_owned()),
        ] {
            let mut running = RunningChecksum::new(algorithm);
            running.update(b"1234");
            running.update(b"56789");
            let value = running.value();
            assert_eq!(value, expected, "{}", algorithm.name());
            assert!(algorithm.is_value(&value));
            assert!(!algorithm.is_value(&value[1..]));
            assert_eq!(ChecksumAlgorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(ChecksumAlgorithm::from_header(algorithm.header()), Some(algorithm));
        }
    }
}
