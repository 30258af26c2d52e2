//! Inkstone's kernels: pure Rust on borrowed memory, their table, and the list executor with its thread team. They know no JavaScript.

pub mod activation;
pub mod attention;
pub mod buffer;
pub mod call;
pub mod error;
pub mod execute;
pub mod half;
pub mod lanes;
pub mod linear;
mod phases;
pub mod program;
pub mod scoring;
#[cfg(unix)]
mod slab;
pub mod team;
pub mod tier;
mod vector;

pub use error::KernelError;
pub use tier::Tier;
