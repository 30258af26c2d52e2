//! A sparse matrix by rows and by columns: scores of rows under weights, and the sums by columns that gradients are. Knows no loss.
//! Every element of a result is summed in one order, whatever the threads.

use crate::arrays::Rows;
use crate::spread::spread;
use crate::{Control, ServiceError};

/// Columns whose sums are one piece of work.
const COLUMNS_A_PIECE: usize = 256;

pub struct Design {
    pub rows: Rows,
    starts: Vec<u32>,
    /// Row and value of each entry, column after column.
    entries: Vec<(u32, f64)>,
}

impl Design {
    pub fn new(rows: Rows) -> Design {
        let mut starts = vec![0u32; rows.columns + 1];
        for column in &rows.indices {
            starts[*column as usize + 1] += 1;
        }
        for column in 0..rows.columns {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); rows.indices.len()];
        for row in 0..rows.len() {
            let (indices, values) = rows.row(row);
            for (column, value) in indices.iter().zip(values) {
                let at = &mut next[*column as usize];
                entries[*at as usize] = (row as u32, *value);
                *at += 1;
            }
        }
        Design { rows, starts, entries }
    }

    /// Adds the weights of a row's columns to `scores`, a value a class: `weights` has as many a column.
    #[inline]
    pub fn add_scores(&self, row: usize, weights: &[f64], scores: &mut [f64]) {
        let (classes, (indices, values)) = (scores.len(), self.rows.row(row));
        for (column, value) in indices.iter().zip(values) {
            let from = *column as usize * classes;
            for (score, weight) in scores.iter_mut().zip(&weights[from..from + classes]) {
                *score += weight * value;
            }
        }
    }

    /// Writes for each column the sum over its rows of value · residual of the row, a value a class.
    pub fn sums(&self, residuals: &[f64], classes: usize, output: &mut [f64], control: &Control<'_>) -> Result<(), ServiceError> {
        let pieces = output.chunks_mut(COLUMNS_A_PIECE * classes).enumerate();
        spread(control, pieces, |(piece, output)| {
            for (i, sum) in output.chunks_mut(classes).enumerate() {
                let column = piece * COLUMNS_A_PIECE + i;
                sum.fill(0.0);
                for &(row, value) in &self.entries[self.starts[column] as usize..self.starts[column + 1] as usize] {
                    let from = row as usize * classes;
                    for (sum, residual) in sum.iter_mut().zip(&residuals[from..from + classes]) {
                        *sum += residual * value;
                    }
                }
            }
            Ok(())
        })
    }
}
