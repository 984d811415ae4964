//! Writing to standard output, where the reader may have gone away.

use std::io::{ErrorKind, Write};

use crate::error::Error;

/// Prints the text. A reader that stops reading, such as `head`, is no error.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Error::Output),
    }
}
