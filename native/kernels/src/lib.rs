//! Inkstone's kernels: pure Rust on borrowed memory, their table, and the list executor with its thread team. They know no JavaScript.

#![deny(clippy::undocumented_unsafe_blocks)]

pub mod activation;
mod arrange;
pub mod attention;
mod blocks;
pub mod buffer;
pub mod call;
mod embed;
pub mod error;
pub mod execute;
mod flash;
pub mod half;
pub mod lanes;
pub mod linear;
mod loss;
mod matmul;
mod normalize;
mod optimize;
mod phases;
mod philox;
mod pointwise;
pub mod program;
mod recurrent;
mod reduce;
mod rounding;
pub mod scoring;
mod select;
#[cfg(unix)]
mod slab;
pub mod team;
pub mod tier;
mod vector;
mod window;

pub use error::KernelError;
pub use tier::Tier;
