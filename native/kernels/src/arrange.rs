//! Kernels: moving values: permuting, slicing, joining, repeating, by strides.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
