//! The bytes of a file, unpacked on the way when gzip or zstd packed it. The first bytes tell, not the name.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

const GZIP_MAGIC: &[u8] = b"\x1F\x8B";
const ZSTD_MAGIC: &[u8] = b"\x28\xB5\x2F\xFD";

/// Reads a file from some byte of its content on.
pub struct Unpacked {
    content: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Unpacked {
    /// Opens the file at byte `from` of its content. A packed file is unpacked up to there.
    ///
    /// # Errors
    /// When the file cannot be read or unpacked, or ends before that byte.
    pub fn open(path: &Path, from: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut front = Vec::with_capacity(ZSTD_MAGIC.len());
        (&mut file).take(ZSTD_MAGIC.len() as u64).read_to_end(&mut front)?;
        let is_gzip = front.starts_with(GZIP_MAGIC);
        let is_packed = is_gzip || front.starts_with(ZSTD_MAGIC);
        let start = file.seek(SeekFrom::Start(if is_packed { 0 } else { from }))?;
        let read = Arc::new(AtomicU64::new(start));
        let counted = Counted { file, read: Arc::clone(&read) };
        let mut content: Box<dyn Read + Send> = match is_packed {
            false => Box::new(counted),
            true if is_gzip => Box::new(MultiGzDecoder::new(counted)),
            true => Box::new(zstd::Decoder::new(counted)?),
        };
        if is_packed {
            let skipped = io::copy(&mut (&mut content).take(from), &mut io::sink())?;
            if skipped < from {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Self { content, read })
    }

    /// Bytes of the file, packed as it is, that were read.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer)
    }
}

struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
