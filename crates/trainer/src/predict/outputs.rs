//! What a run writes: predictions, the file of errors, and marks of how far it is.

use std::path::Path;

use super::checkpoint::{Checkpoint, Mark};
use super::destination::Destination;
use super::unfinished::Unfinished;
use super::{Counts, PredictError};

/// The outputs of a run.
pub(super) struct Outputs {
    predictions: Predictions,
    errors: Option<Unfinished>,
}

enum Predictions {
    Stream(Destination),
    File(Unfinished, Checkpoint),
}

impl Outputs {
    /// Predictions go to standard output.
    pub(super) fn stream(errors: Option<&Path>) -> Result<Self, PredictError> {
        let errors = errors.map(|path| Unfinished::open(path, 0)).transpose()?;
        Ok(Self { predictions: Predictions::Stream(Destination::open(None)?), errors })
    }

    /// Predictions go to a file, behind what a mark counts.
    pub(super) fn file(
        output: &Path,
        errors: Option<&Path>,
        checkpoint: Checkpoint,
        mark: Mark,
    ) -> Result<Self, PredictError> {
        let predictions = Unfinished::open(output, mark.output)?;
        let errors = errors.map(|path| Unfinished::open(path, mark.errors)).transpose()?;
        if mark == Mark::default() {
            checkpoint.remove()?;
        }
        Ok(Self { predictions: Predictions::File(predictions, checkpoint), errors })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), PredictError> {
        match &mut self.predictions {
            Predictions::Stream(destination) => destination.write(bytes),
            Predictions::File(file, _) => file.write(bytes),
        }
    }

    pub(super) fn write_error(&mut self, bytes: &[u8]) -> Result<(), PredictError> {
        self.errors.as_mut().map_or(Ok(()), |errors| errors.write(bytes))
    }

    pub(super) fn lists_errors(&self) -> bool {
        self.errors.is_some()
    }

    /// Marks that the input is done up to a byte, if the last mark is far behind.
    pub(super) fn mark(&mut self, input: u64, counts: Counts) -> Result<(), PredictError> {
        let Predictions::File(file, checkpoint) = &mut self.predictions else { return Ok(()) };
        if !checkpoint.is_due(input) {
            return Ok(());
        }
        let errors = self.errors.as_mut().map_or(Ok(0), Unfinished::sync)?;
        let Counts { predicted, skipped } = counts;
        checkpoint.save(Mark { input, predicted, skipped, output: file.sync()?, errors })
    }

    /// Makes the outputs complete.
    pub(super) fn finish(self) -> Result<(), PredictError> {
        match self.predictions {
            Predictions::Stream(destination) => destination.finish()?,
            Predictions::File(file, checkpoint) => {
                checkpoint.remove()?;
                file.finish()?;
            }
        }
        self.errors.map_or(Ok(()), Unfinished::finish)
    }

    /// Takes everything away that was written to files.
    pub(super) fn abandon(self) {
        if let Predictions::File(file, checkpoint) = self.predictions {
            let _: Result<(), PredictError> = checkpoint.remove();
            file.abandon();
        }
        self.errors.into_iter().for_each(Unfinished::abandon);
    }
}
