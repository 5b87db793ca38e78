//! An object's bytes as a stream, out of its blobs, watched over while it goes out.

use std::ops::Range;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use portcullis_store::record::ObjectRecord;

use crate::action::ByteStream;
use crate::blob::{Blobs, Pin};
use crate::vigil::Vigil;

/// The blobs, and the bytes of each, that make up a range of an object.
fn pieces(object: &ObjectRecord, range: &Range<u64>) -> Vec<(String, Range<u64>)> {
    let mut pieces = Vec::new();
    let mut begin = 0_u64;
    for (blob, size) in object.blobs.iter().zip(&object.blob_sizes) {
        let end = begin.saturating_add(*size);
        let (from, to) = (range.start.max(begin), range.end.min(end));
        if from < to {
            pieces.push((blob.clone(), from - begin..to - begin));
        }
        begin = end;
    }
    pieces
}

/// A range of an object, whose blobs are pinned until the stream is dropped.
pub(super) fn content(
    blobs: &Blobs,
    object: &ObjectRecord,
    range: &Range<u64>,
    pin: Option<Arc<Pin>>,
) -> ByteStream {
    let blobs = blobs.clone();
    let read = stream::iter(pieces(object, range)).flat_map(move |(blob, range)| {
        let _held = &pin;
        blobs.read(&blob, range)
    });
    Box::pin(read)
}

/// The same stream, cut off as soon as what it was granted by no longer stands.
pub(super) fn watched(content: ByteStream, vigil: Vigil) -> ByteStream {
    Box::pin(stream::try_unfold((content, vigil), |(mut content, mut vigil)| async move {
        let Some(piece) = content.try_next().await? else { return Ok(None) };
        vigil.check()?;
        Ok(Some((piece, (content, vigil))))
    }))
}

/// The same for an answer, whose event is written when it begins: that it was cut off is an event of its own.
pub(super) fn answered(content: ByteStream, vigil: Vigil) -> ByteStream {
    Box::pin(stream::try_unfold((content, vigil, 0), |(mut content, mut vigil, sent)| async move {
        let Some(piece) = content.try_next().await? else { return Ok(None) };
        if let Err(error) = vigil.check() {
            vigil.tell_cut_off(&error, sent);
            return Err(error);
        }
        let sent = sent + u64::try_from(piece.len()).unwrap_or(u64::MAX);
        Ok(Some((piece, (content, vigil, sent))))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::{Tags, Timestamp};

    #[test]
    fn a_range_is_cut_out_of_several_blobs() {
        let object = ObjectRecord {
            blobs: ["a", "b", "c"].map(str::to_owned).to_vec(),
            blob_sizes: vec![5, 5, 2],
            etag: String::new(),
            modified: Timestamp::EPOCH,
            tags: Tags::new(),
            metadata: Vec::new(),
            headers: Vec::new(),
            checksum: None,
        };
        let piece = |blob: &str, range| (blob.to_owned(), range);
        assert_eq!(pieces(&object, &(0..12)), [piece("a", 0..5), piece("b", 0..5), piece("c", 0..2)]);
        assert_eq!(pieces(&object, &(4..6)), [piece("a", 4..5), piece("b", 0..1)]);
        assert_eq!(pieces(&object, &(5..10)), [piece("b", 0..5)]);
        assert_eq!(pieces(&object, &(0..0)), []);
    }
}
