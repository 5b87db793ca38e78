//! How records become bytes: CBOR maps with numbered fields (RFC 8949), so that a field can be added without
//! rewriting what is stored, and an old program meets a number it does not know only in a newer format, which it
//! refuses to open.
//!
//! The modules here are `with` codecs for the base types, which know nothing of CBOR.

use minicbor::data::Type;
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};

use crate::StoreError;

/// A record as bytes.
pub fn to_bytes<T: minicbor::Encode<()>>(record: &T) -> Vec<u8> {
    // Writing into a vector cannot fail; an empty value would be refused when read.
    minicbor::to_vec(record).unwrap_or_default()
}

/// A record that can be read, whatever the codec beneath.
pub trait Decode<'b>: minicbor::Decode<'b, ()> {}

impl<'b, T: minicbor::Decode<'b, ()>> Decode<'b> for T {}

/// A record from bytes.
///
/// # Errors
/// [`StoreError::Corrupt`] when the bytes are not such a record.
pub fn from_bytes<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|error| StoreError::Corrupt { reason: error.to_string() })
}

/// Anything that prints to text and parses from it, stored as text.
pub mod text {
    use super::{Decoder, Encoder, Write, decode, encode};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Encodes as text.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, T: Display, W: Write>(
        value: &T,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        out.str(&value.to_string())?.ok()
    }

    /// Decodes from text.
    ///
    /// # Errors
    /// When the text is not such a value.
    pub fn decode<C, T: FromStr>(input: &mut Decoder<'_>, _: &mut C) -> Result<T, decode::Error> {
        input.str()?.parse().map_err(|_| decode::Error::message("text is not of the expected form"))
    }
}

/// A list of things stored as text.
pub mod text_list {
    use super::{Decoder, Encoder, Write, decode, encode};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Encodes as an array of texts.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, T: Display, W: Write>(
        values: &[T],
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        out.array(u64::try_from(values.len()).unwrap_or(u64::MAX))?;
        values.iter().try_for_each(|value| super::text::encode(value, out, context))
    }

    /// Decodes from an array of texts.
    ///
    /// # Errors
    /// When a text is not such a value.
    pub fn decode<C, T, L>(input: &mut Decoder<'_>, context: &mut C) -> Result<L, decode::Error>
    where
        T: FromStr,
        L: IntoIterator<Item = T> + FromIterator<T>,
    {
        let count = input.array()?.ok_or_else(|| decode::Error::message("endless array"))?;
        (0..count).map(|_| super::text::decode(input, context)).collect()
    }
}

/// A list of records.
pub mod list {
    use super::{Decoder, Encoder, Write, decode, encode};

    /// Encodes as an array.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, T: minicbor::Encode<C>, W: Write>(
        values: &[T],
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        minicbor::Encode::encode(values, out, context)
    }

    /// Decodes from an array.
    ///
    /// # Errors
    /// When something in it is not such a record.
    pub fn decode<'b, C, T, L>(input: &mut Decoder<'b>, context: &mut C) -> Result<L, decode::Error>
    where
        T: minicbor::Decode<'b, C>,
        L: IntoIterator<Item = T> + FromIterator<T>,
    {
        input.array_iter_with(context)?.collect()
    }
}

/// A list of byte strings.
pub mod bytes_list {
    use super::{Decoder, Encoder, Write, decode, encode};

    /// Encodes as an array of byte strings.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, W: Write>(
        values: &[Vec<u8>],
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        out.array(u64::try_from(values.len()).unwrap_or(u64::MAX))?;
        values.iter().try_for_each(|value| out.bytes(value)?.ok())
    }

    /// Decodes from an array of byte strings.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn decode<C>(input: &mut Decoder<'_>, _: &mut C) -> Result<Vec<Vec<u8>>, decode::Error> {
        let count = input.array()?.ok_or_else(|| decode::Error::message("endless array"))?;
        (0..count).map(|_| input.bytes().map(<[u8]>::to_vec)).collect()
    }
}

/// Something stored as text, or null.
pub mod text_option {
    use super::{Decoder, Encoder, Type, Write, decode, encode};
    use std::fmt::Display;
    use std::str::FromStr;

    /// Encodes as text or null.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, T: Display, W: Write>(
        value: &Option<T>,
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match value {
            Some(value) => super::text::encode(value, out, context),
            None => out.null()?.ok(),
        }
    }

    /// Decodes from text or null.
    ///
    /// # Errors
    /// When the text is not such a value.
    pub fn decode<C, T: FromStr>(
        input: &mut Decoder<'_>,
        context: &mut C,
    ) -> Result<Option<T>, decode::Error> {
        if input.datatype()? == Type::Null {
            input.null()?;
            return Ok(None);
        }
        super::text::decode(input, context).map(Some)
    }
}

/// Instants, as milliseconds since 1970.
pub mod instant {
    use super::{Decoder, Encoder, Write, decode, encode};
    use portcullis_base::Timestamp;

    /// Encodes as an integer.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, W: Write>(
        value: &Timestamp,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        out.i64(value.millis())?.ok()
    }

    /// Decodes from an integer.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode<C>(input: &mut Decoder<'_>, _: &mut C) -> Result<Timestamp, decode::Error> {
        input.i64().map(Timestamp::from_millis)
    }
}

/// Instants that may be absent, as milliseconds since 1970 or null.
pub mod instant_option {
    use super::{Decoder, Encoder, Type, Write, decode, encode};
    use portcullis_base::Timestamp;

    /// Encodes as an integer or null.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, W: Write>(
        value: &Option<Timestamp>,
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match value {
            Some(value) => super::instant::encode(value, out, context),
            None => out.null()?.ok(),
        }
    }

    /// Decodes from an integer or null.
    ///
    /// # Errors
    /// When it is neither.
    pub fn decode<C>(input: &mut Decoder<'_>, context: &mut C) -> Result<Option<Timestamp>, decode::Error> {
        if input.datatype()? == Type::Null {
            input.null()?;
            return Ok(None);
        }
        super::instant::decode(input, context).map(Some)
    }
}

/// Tags, as an array that holds keys and values in turn.
pub mod tags {
    use super::{Decoder, Encoder, Write, decode, encode};
    use portcullis_base::{Tag, Tags};

    /// Encodes as an array of texts.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn encode<C, W: Write>(
        tags: &Tags,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        out.array(u64::try_from(tags.len() * 2).unwrap_or(u64::MAX))?;
        for tag in tags {
            out.str(&tag.key)?.str(&tag.value)?;
        }
        Ok(())
    }

    /// Decodes from an array of texts.
    ///
    /// # Errors
    /// When the array has an odd length or holds something else.
    pub fn decode<C>(input: &mut Decoder<'_>, _: &mut C) -> Result<Tags, decode::Error> {
        let count = input.array()?.ok_or_else(|| decode::Error::message("endless array"))?;
        if count % 2 == 1 {
            return Err(decode::Error::message("a tag without its value"));
        }
        (0..count / 2)
            .map(|_| Ok(Tag { key: input.str()?.to_owned(), value: input.str()?.to_owned() }))
            .collect()
    }
}
