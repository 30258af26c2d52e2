//! Inkstone's kernels: pure Rust on borrowed memory. They know no handles, no lists, no threads and no JavaScript.

pub mod linear;
pub mod tier;

pub use tier::Tier;

/// Why a kernel refused its input. The numbers travel to the error message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KernelError {
    /// A value used as an index lies outside `[0, limit)`.
    Index { value: f64, limit: f64 },
    /// A value cannot be computed with: NaN, or outside the allowed range.
    Numeric { value: f64, limit: f64 },
    /// The arguments do not fit together (a format, a size, an extent).
    Program { value: f64, limit: f64 },
}
