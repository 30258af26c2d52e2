//! Block types of GGUF files, one record each: how values lie in bytes, what they are packed into, how they are read, how they are made.
//! Twin: src/native/reference/blocks/ and src/native/layout.ts. Knows no files.

mod quantize;
pub mod super_blocks;
pub mod turn;
mod unpack;

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::linear::layout::{Format, BLOCK};

/// Values of a super-block of the K types.
pub const SUPER: usize = 256;
/// Values that a tile takes.
const TILE_VALUES: usize = 1 << 14;

/// `block` values lie together in `bytes` bytes.
pub struct BlockType {
    /// Its number in a GGUF file.
    pub id: u32,
    pub block: usize,
    pub bytes: usize,
    /// What its rows can be packed into: first what keeps every value.
    pub formats: &'static [Format],
    /// Values of whole blocks.
    pub unpack: fn(&[u8], &mut [f32]),
    /// Blocks of finite values; none where the type is only read.
    pub quantize: Option<fn(&[f32], &mut [u8])>,
}

const VALUES: &[Format] = &[Format::F32, Format::Bf16, Format::Q8];

static TYPES: &[BlockType] = &[
    BlockType { id: 0, block: 1, bytes: 4, formats: &[Format::F32], unpack: unpack::f32s, quantize: Some(quantize::f32s) },
    BlockType { id: 1, block: 1, bytes: 2, formats: &[Format::F16], unpack: unpack::f16s, quantize: Some(quantize::f16s) },
    BlockType { id: 2, block: BLOCK, bytes: 18, formats: &[Format::Q4], unpack: unpack::q4_0, quantize: Some(quantize::q4_0) },
    BlockType { id: 3, block: BLOCK, bytes: 20, formats: &[Format::Q4], unpack: unpack::q4_1, quantize: Some(quantize::q4_1) },
    BlockType { id: 6, block: BLOCK, bytes: 22, formats: &[Format::Q5], unpack: unpack::q5_0, quantize: Some(quantize::q5_0) },
    BlockType { id: 7, block: BLOCK, bytes: 24, formats: VALUES, unpack: unpack::q5_1, quantize: Some(quantize::q5_1) },
    BlockType { id: 8, block: BLOCK, bytes: 34, formats: &[Format::Q8], unpack: unpack::q8_0, quantize: Some(quantize::q8_0) },
    BlockType { id: 10, block: SUPER, bytes: 84, formats: VALUES, unpack: unpack::q2_k, quantize: None },
    BlockType { id: 11, block: SUPER, bytes: 110, formats: VALUES, unpack: unpack::q3_k, quantize: None },
    BlockType {
        id: 12,
        block: SUPER,
        bytes: 144,
        formats: &[Format::F32, Format::Bf16, Format::Q4],
        unpack: unpack::q4_k,
        quantize: Some(super_blocks::q4_k),
    },
    BlockType { id: 13, block: SUPER, bytes: 176, formats: VALUES, unpack: unpack::q5_k, quantize: Some(super_blocks::q5_k) },
    BlockType { id: 14, block: SUPER, bytes: 210, formats: VALUES, unpack: unpack::q6_k, quantize: Some(super_blocks::q6_k) },
    BlockType { id: 20, block: BLOCK, bytes: 18, formats: &[Format::Q8], unpack: unpack::iq4_nl, quantize: None },
    BlockType { id: 30, block: 1, bytes: 2, formats: &[Format::Bf16], unpack: unpack::bf16s, quantize: Some(quantize::bf16s) },
];

/// The type with this number.
pub fn block_type(id: f64) -> Option<&'static BlockType> {
    TYPES.iter().find(|one| f64::from(one.id) == id)
}

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
