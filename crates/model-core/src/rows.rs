//! A batch of encoded rows, as the encoder makes it and a model reads it.

/// A batch of encoded rows, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    width: usize,
    values: Vec<f32>,
}

impl Rows {
    /// No rows yet, of `width` features each, with room for `rows`.
    ///
    /// # Panics
    /// When the width is zero, a mistake of the calling code.
    pub fn with_capacity(width: usize, rows: usize) -> Self {
        assert!(width > 0, "rows need a feature");
        Self { width, values: Vec::with_capacity(width * rows) }
    }

    /// Rows from their values, row after row.
    ///
    /// # Panics
    /// When the width is zero or does not divide the number of values, a mistake of the calling code.
    pub fn from_values(width: usize, values: Vec<f32>) -> Self {
        assert!(width > 0 && values.len().is_multiple_of(width), "{} values for width {width}", values.len());
        Self { width, values }
    }

    /// Appends one row.
    ///
    /// # Panics
    /// When the row has another width, a mistake of the calling code.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.width, "width of the row");
        self.values.extend_from_slice(row);
    }

    /// Number of features.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One row.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..][..self.width]
    }

    /// The rows in order.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width)
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, row after row, taken out.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}
