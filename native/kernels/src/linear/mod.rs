//! Matrices with packed weights.
