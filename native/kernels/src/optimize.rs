//! Kernels: optimiser steps, gradient norms and clipping.

use crate::call::Row;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[];
