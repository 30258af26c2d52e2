//! Kernels: whole recurrent layers over time, forward and backward.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
