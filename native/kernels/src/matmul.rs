//! Kernels: products of plain matrices in all transpose cases.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
