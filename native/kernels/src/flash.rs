//! Kernels: attention over whole sequences, forward and backward, without scores in memory.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
