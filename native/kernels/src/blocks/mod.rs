//! Block types of GGUF files: kernels that read and make blocks. What each type is says its record in types.rs. Twin: src/native/reference/blocks/. Knows no files.

mod quantize;
pub mod super_blocks;
pub mod turn;
mod types;

pub use types::{block_type, BlockType, Layout};

use crate::call::{span, Call, Row};
use crate::error::KernelError;

/// Values of a super-block of the K types.
pub const SUPER: usize = 256;
/// Values that a tile takes.
const TILE_VALUES: usize = 1 << 14;

fn refused(s: &[f64]) -> KernelError {
    KernelError::Program { value: s[1], limit: s[0] }
}

fn check_unpack(s: &[f64]) -> Result<(), KernelError> {
    let one = block_type(s[1]).ok_or(refused(s))?;
    (s[0] % one.block as f64 == 0.0).then_some(()).ok_or(refused(s))
}

fn check_quantize(s: &[f64]) -> Result<(), KernelError> {
    check_unpack(s)?;
    block_type(s[1]).and_then(|one| one.quantize).map(|_| ()).ok_or(refused(s))
}

fn bytes_of(s: &[f64]) -> f64 {
    block_type(s[1]).map_or(f64::INFINITY, |one| s[0] / one.block as f64 * one.bytes as f64)
}

fn of(call: &Call) -> Result<&'static BlockType, KernelError> {
    block_type(call.scalars[1]).ok_or(refused(&call.scalars))
}

fn unpack_blocks(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let one = of(call)?;
    let values = span(tile, TILE_VALUES, call.size(0));
    let bytes = &call.bytes(0)[values.start / one.block * one.bytes..][..values.len() / one.block * one.bytes];
    // SAFETY: tiles are disjoint.
    (one.unpack)(bytes, unsafe { call.f32s_mut(1, values.start, values.len()) });
    Ok(())
}

fn quantize_blocks(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let one = of(call)?;
    let range = span(tile, TILE_VALUES, call.size(0));
    let values = &call.f32s(0)[range.clone()];
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(KernelError::Numeric { value: (range.start + at) as f64, limit: call.scalars[0] });
    }
    let (start, length) = (range.start / one.block * one.bytes, range.len() / one.block * one.bytes);
    // SAFETY: tiles are disjoint, and the extent covers all blocks.
    let blocks = unsafe { std::slice::from_raw_parts_mut(call.out::<u8>(1).add(start), length) };
    if let Some(quantize) = one.quantize {
        quantize(values, blocks);
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "unpackBlocks",
        signature: "unpackBlocks(source:u8;y:f32;;n,sourceType;)",
        extents: |s| vec![bytes_of(s), s[0]],
        check: check_unpack,
        tiles: |call| call.size(0).div_ceil(TILE_VALUES),
        scratch: |_| 0,
        run: unpack_blocks,
    },
    Row {
        name: "quantizeBlocks",
        signature: "quantizeBlocks(x:f32;blocks:u8;;n,sourceType;)",
        extents: |s| vec![s[0], bytes_of(s)],
        check: check_quantize,
        tiles: |call| call.size(0).div_ceil(TILE_VALUES),
        scratch: |_| 0,
        run: quantize_blocks,
    },
];
