use crate::Invalid;

/// Which components are on, for `rows` perturbed versions of one song.
///
/// # Shapes
/// `[rows, columns]`, row-major; 1 is on, 0 is off. Columns are the song's components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskSet {
    columns: usize,
    bits: Vec<u8>,
}

impl MaskSet {
    /// Wraps row-major bits.
    ///
    /// # Errors
    /// No column, a length that is not a whole number of rows, or a value other than 0 and 1.
    pub fn new(columns: usize, bits: Vec<u8>) -> Result<Self, Invalid> {
        if columns == 0 {
            return Err(Invalid::new("mask columns", "at least 1", 0));
        }
        if !bits.len().is_multiple_of(columns) {
            return Err(Invalid::new(
                "mask bits",
                format!("a multiple of {columns}"),
                bits.len(),
            ));
        }
        if let Some(at) = bits.iter().position(|&b| b > 1) {
            return Err(Invalid::new(
                format!("mask row {}, column {}", at / columns, at % columns),
                "0 or 1",
                bits[at],
            ));
        }
        Ok(Self { columns, bits })
    }

    /// One row with every component on.
    pub fn all_on(columns: usize) -> Self {
        Self {
            columns,
            bits: vec![1; columns],
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.bits.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Number of columns (components).
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `i`, one byte a component.
    pub fn row(&self, i: usize) -> &[u8] {
        &self.bits[i * self.columns..(i + 1) * self.columns]
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.bits.chunks_exact(self.columns)
    }

    /// Row-major bits.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }
}
