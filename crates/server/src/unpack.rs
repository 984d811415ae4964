//! Unpacks a compressed body in pieces of bounded size: a small piece of it may hold a thousand times as much.

use std::io::{self, Write};

use actix_web::web::{Buf, Bytes};
use flate2::write::{GzDecoder, ZlibDecoder};

/// Unpacks one body.
pub(crate) struct Unpacker {
    decoder: Decoder,
    /// What came and was not unpacked yet.
    packed: Bytes,
}

enum Decoder {
    Gzip(GzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
}

impl Unpacker {
    /// Of a body with this `Content-Encoding`; none for one that is not unpacked.
    pub(crate) fn of(encoding: &str) -> Option<Self> {
        let decoder = match encoding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Decoder::Gzip(GzDecoder::new(Vec::new())),
            "deflate" => Decoder::Deflate(ZlibDecoder::new(Vec::new())),
            _ => return None,
        };
        Some(Self { decoder, packed: Bytes::new() })
    }

    /// Takes the next packed piece, once [`Unpacker::unpack`] gave all of the one before.
    pub(crate) fn feed(&mut self, packed: Bytes) {
        self.packed = packed;
    }

    /// The next unpacked piece; none when more has to come first.
    ///
    /// # Errors
    /// When the body is not packed as it says.
    pub(crate) fn unpack(&mut self) -> io::Result<Option<Bytes>> {
        while !self.packed.is_empty() {
            // One step fills the decoder's own buffer once or twice, whatever the input holds.
            let taken = match &mut self.decoder {
                Decoder::Gzip(decoder) => decoder.write(&self.packed)?,
                Decoder::Deflate(decoder) => decoder.write(&self.packed)?,
            };
            // Behind the end nothing is taken.
            let taken = if taken == 0 { self.packed.len() } else { taken };
            self.packed.advance(taken);
            if let Some(piece) = self.written() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    /// The last piece, when the body is at its end.
    ///
    /// # Errors
    /// When something is missing.
    pub(crate) fn finish(&mut self) -> io::Result<Option<Bytes>> {
        match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.try_finish()?,
            Decoder::Deflate(decoder) => decoder.try_finish()?,
        }
        Ok(self.written())
    }

    fn written(&mut self) -> Option<Bytes> {
        let written = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Deflate(decoder) => decoder.get_mut(),
        };
        (!written.is_empty()).then(|| std::mem::take(written).into())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn packed(encoding: &str, bytes: &[u8]) -> Vec<u8> {
        match encoding {
            "gzip" => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            _ => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    fn unpacked(encoding: &str, pieces: &[&[u8]]) -> io::Result<Vec<Bytes>> {
        let mut unpacker = Unpacker::of(encoding).expect("a known encoding");
        let mut found = Vec::new();
        for piece in pieces {
            unpacker.feed(Bytes::copy_from_slice(piece));
            while let Some(piece) = unpacker.unpack()? {
                found.push(piece);
            }
        }
        found.extend(unpacker.finish()?);
        Ok(found)
    }

    #[test]
    fn a_bomb_comes_in_small_pieces() {
        for encoding in ["gzip", "deflate"] {
            let bomb = packed(encoding, &vec![b' '; 20_000_000]);
            assert!(bomb.len() < 25_000);
            let pieces = unpacked(encoding, &[&bomb]).unwrap();
            assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 20_000_000);
            let largest = pieces.iter().map(Bytes::len).max().unwrap();
            assert!(largest <= 128 * 1024, "{largest}");
        }
    }

    #[test]
    fn what_is_not_packed_or_not_whole_is_an_error() {
        let whole = packed("gzip", b"[1,2]\n");
        assert!(unpacked("gzip", &[b"no gzip at all"]).is_err());
        assert!(unpacked("deflate", &[b"no zlib at all"]).is_err());
        assert!(unpacked("gzip", &[&whole[..whole.len() - 3]]).is_err());
        // What stands behind the end does not count.
        assert_eq!(unpacked("gzip", &[&whole, b"more", b"and more"]).unwrap().concat(), b"[1,2]\n");
        assert!(Unpacker::of("br").is_none() && Unpacker::of("identity").is_none());
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            size in 1_usize..40,
            gzip in any::<bool>(),
        ) {
            let encoding = if gzip { "GZip" } else { "deflate" };
            let packed = packed(&encoding.to_ascii_lowercase(), &bytes);
            let pieces: Vec<_> = packed.chunks(size).collect();
            prop_assert_eq!(unpacked(encoding, &pieces).unwrap().concat(), bytes);
        }
    }
}
