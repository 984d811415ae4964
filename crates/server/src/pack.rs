//! Packs an answer as its caller accepts it.

use std::io::{self, Write};

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, ContentEncoding, Encoding, Header};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// Bytes below which packing saves nothing that a network would notice.
const WORTH_IT: usize = 1024;

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As gzip.
    Gzip,
    /// As zlib, which HTTP calls deflate.
    Deflate,
}

impl Packing {
    /// What the caller likes best of what it says that it accepts; none for one that says nothing.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let accepted = AcceptEncoding::parse(request).ok()?;
        let known = [Encoding::gzip(), Encoding::deflate(), Encoding::identity()];
        match accepted.negotiate(known.iter())? {
            Encoding::Known(ContentEncoding::Gzip) => Some(Self::Gzip),
            Encoding::Known(ContentEncoding::Deflate) => Some(Self::Deflate),
            Encoding::Known(_) | Encoding::Unknown(_) => None,
        }
    }

    /// The value of the answer's `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// The packed body; none when it is too small to be worth it.
    ///
    /// # Errors
    /// When the packer fails, which memory never does.
    pub(crate) fn pack(self, body: &[u8]) -> io::Result<Option<Vec<u8>>> {
        if body.len() < WORTH_IT {
            return Ok(None);
        }
        let (packed, level) = (Vec::with_capacity(body.len() / 2), Compression::fast());
        let packed = match self {
            Self::Gzip => {
                let mut packer = GzEncoder::new(packed, level);
                packer.write_all(body)?;
                packer.finish()?
            }
            Self::Deflate => {
                let mut packer = ZlibEncoder::new(packed, level);
                packer.write_all(body)?;
                packer.finish()?
            }
        };
        Ok(Some(packed))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_caller_chooses_the_packing() {
        let check = |accepted: &str, expected: Option<Packing>| {
            let request = TestRequest::get().insert_header(("accept-encoding", accepted)).to_http_request();
            assert_eq!(Packing::of(&request), expected, "{accepted}");
        };
        check("gzip", Some(Packing::Gzip));
        check("deflate", Some(Packing::Deflate));
        check("gzip, deflate", Some(Packing::Gzip));
        check("gzip;q=0.5, deflate", Some(Packing::Deflate));
        check("identity", None);
        check("br", None);
        check("gzip;q=0", None);
        check("", None);
        assert_eq!(Packing::of(&TestRequest::get().to_http_request()), None);
    }

    #[test]
    fn small_answers_are_left_alone() {
        assert_eq!(Packing::Gzip.pack(&[b'1'; WORTH_IT - 1]).unwrap(), None);
        let packed = Packing::Deflate.pack(&[b'1'; WORTH_IT]).unwrap().unwrap();
        assert!(packed.len() < WORTH_IT / 10);
    }
}
