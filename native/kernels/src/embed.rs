//! Kernels: tables read by id and their gradient.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
