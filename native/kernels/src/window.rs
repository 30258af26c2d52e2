//! Kernels: windows along time: convolution by unfolding, pooling, and their gradients.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
