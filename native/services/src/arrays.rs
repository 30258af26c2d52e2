//! Arrays of numbers one after another, as services take and give them. Twin: `packArrays` in src/native/arrays.ts.
//! Layout: the number of arrays, their byte lengths (u32 each), then each array at the next multiple of 8. Little endian.

use crate::ServiceError;

/// Arrays inside a packed block.
pub struct Arrays<'a> {
    parts: Vec<&'a [u8]>,
}

fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let at = bytes.get(4 * index..4 * index + 4)?;
    Some(u32::from_le_bytes([at[0], at[1], at[2], at[3]]))
}

fn cut(packed: &[u8]) -> Option<Vec<&[u8]>> {
    let count = word(packed, 0)? as usize;
    if count > 64 {
        return None;
    }
    let mut at = (4 * (count + 1)).next_multiple_of(8);
    let mut parts = Vec::with_capacity(count);
    for i in 0..count {
        let length = word(packed, i + 1)? as usize;
        parts.push(packed.get(at..at + length)?);
        at = (at + length).next_multiple_of(8);
    }
    Some(parts)
}

impl<'a> Arrays<'a> {
    /// Errors: the lengths do not agree, or there are not `count` arrays.
    pub fn read(packed: &'a [u8], count: usize) -> Result<Arrays<'a>, ServiceError> {
        match cut(packed) {
            Some(parts) if parts.len() == count => Ok(Arrays { parts }),
            _ => Err(ServiceError::new("the lengths of its arrays do not agree")),
        }
    }

    pub fn bytes(&self, index: usize) -> &'a [u8] {
        self.parts[index]
    }

    pub fn words(&self, index: usize) -> Vec<u32> {
        self.parts[index].chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect()
    }

    pub fn numbers(&self, index: usize) -> Vec<f64> {
        doubles(self.parts[index])
    }
}

/// Doubles of a block of bytes.
pub fn doubles(bytes: &[u8]) -> Vec<f64> {
    let number = |eight: &[u8]| f64::from_le_bytes([eight[0], eight[1], eight[2], eight[3], eight[4], eight[5], eight[6], eight[7]]);
    bytes.chunks_exact(8).map(number).collect()
}

/// Writes words; minus the bytes needed when there is no room.
pub fn write_words(words: impl ExactSizeIterator<Item = u32>, output: &mut [u8]) -> i64 {
    let needed = 4 * words.len();
    if needed > output.len() {
        return -(needed as i64);
    }
    for (place, value) in output.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    needed as i64
}

/// Writes doubles; minus the bytes needed when there is no room.
pub fn write_doubles(numbers: impl ExactSizeIterator<Item = f64>, output: &mut [u8]) -> i64 {
    let needed = 8 * numbers.len();
    if needed > output.len() {
        return -(needed as i64);
    }
    for (place, value) in output.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    needed as i64
}

/// A sparse matrix by rows: src/core/sparse.ts.
pub struct Rows {
    pub columns: usize,
    pub starts: Vec<u32>,
    pub indices: Vec<u32>,
    pub values: Vec<f64>,
}

impl Rows {
    /// From three arrays that follow each other: starts, indices, values. Errors: they do not go together, or a column lies outside.
    pub fn read(arrays: &Arrays<'_>, first: usize, columns: usize) -> Result<Rows, ServiceError> {
        let made = Rows { columns, starts: arrays.words(first), indices: arrays.words(first + 1), values: arrays.numbers(first + 2) };
        let stored = made.starts.last().copied().unwrap_or(u32::MAX) as usize;
        let sound =
            made.starts.first() == Some(&0) && made.starts.is_sorted() && stored == made.indices.len() && stored == made.values.len();
        if !sound || made.indices.iter().any(|column| *column as usize >= columns) {
            return Err(ServiceError::new("the matrix is not one"));
        }
        Ok(made)
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub fn row(&self, row: usize) -> (&[u32], &[f64]) {
        let (from, to) = (self.starts[row] as usize, self.starts[row + 1] as usize);
        (&self.indices[from..to], &self.values[from..to])
    }
}
