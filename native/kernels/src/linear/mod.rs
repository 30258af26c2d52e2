//! Matrices with packed weights: packing, gathering rows, y = x · Wᵀ in f32 and in int8.
//! A tile is a run of panels (16 outputs each) times a run of rows; every output element has one k-order whatever the tiling.

mod dense;
mod integer;
pub mod layout;
mod pack;
#[cfg(target_arch = "x86_64")]
mod paired;
mod rows;
mod words;

use crate::blocks::{block_type, BlockType};
use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::pointwise::known_function;
use layout::{Format, BLOCK, PANEL_ROWS};

/// Rows of a work tile.
const TILE_ROWS: usize = 64;
/// Most panels of a work tile of many rows, and of one that rounds its results.
const MOST_PANELS: usize = 8;

fn format_of(s: &[f64], index: usize) -> Result<Format, KernelError> {
    let refused = KernelError::Program { value: s[index], limit: 5.0 };
    let format = Format::from_number(s[index] as u32).ok_or(refused)?;
    let inputs = s[index - 1];
    if format.is_block() && inputs % BLOCK as f64 != 0.0 {
        return Err(KernelError::Program { value: inputs, limit: BLOCK as f64 });
    }
    Ok(format)
}

fn packed_bytes(format: Format, outputs: f64, inputs: f64) -> f64 {
    (outputs / PANEL_ROWS as f64).ceil() * format.panel_bytes(inputs as usize) as f64
}

fn check_gather(s: &[f64]) -> Result<(), KernelError> {
    format_of(s, 3).map(|_| ())
}

fn check_linear(s: &[f64]) -> Result<(), KernelError> {
    if s[4] > 1.0 {
        return Err(KernelError::Program { value: s[4], limit: 1.0 });
    }
    check_gather(s)
}

fn check_int8(s: &[f64]) -> Result<(), KernelError> {
    check_linear(s)?;
    if format_of(s, 3)?.is_block() {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[3], limit: 5.0 })
    }
}

// A tile's outputs are whole blocks.
fn check_quantize(s: &[f64]) -> Result<(), KernelError> {
    check_int8(s)?;
    known_function(s[5])?;
    if s[1] % BLOCK as f64 == 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[1], limit: BLOCK as f64 })
    }
}

/// The type of the rows, and the format that they can be packed into.
fn packing(s: &[f64]) -> Option<(&'static BlockType, Format)> {
    let kind = block_type(s[4])?;
    let format = Format::from_number(s[5] as u32).filter(|format| kind.formats.contains(format))?;
    (s[3] % kind.block as f64 == 0.0).then_some((kind, format))
}

fn check_pack(s: &[f64]) -> Result<(), KernelError> {
    if packing(s).is_some() && s[0] % PANEL_ROWS as f64 == 0.0 && s[0] + s[1] <= s[2] {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[4], limit: s[5] })
    }
}

fn pack_extents(s: &[f64]) -> Vec<f64> {
    let Some((kind, format)) = packing(s) else {
        return vec![f64::INFINITY; 2];
    };
    vec![s[1] * s[3] / kind.block as f64 * kind.bytes as f64, packed_bytes(format, s[2], s[3])]
}

fn linear_extents(s: &[f64]) -> Vec<f64> {
    let format = Format::from_number(s[3] as u32).unwrap_or(Format::F32);
    vec![s[0] * s[2], packed_bytes(format, s[1], s[2]), s[4] * s[1], s[0] * s[1]]
}

fn int8_extents(s: &[f64]) -> Vec<f64> {
    let format = Format::from_number(s[3] as u32).unwrap_or(Format::F32);
    vec![s[0] * s[2], s[0] * s[2] / 16.0, packed_bytes(format, s[1], s[2]), s[4] * s[1], s[0] * s[1]]
}

fn quantize_extents(s: &[f64]) -> Vec<f64> {
    let mut extents = int8_extents(s);
    extents.extend([s[0] * s[1], s[0] * s[1] / 16.0]);
    extents.remove(4);
    extents
}

// Small tiles for one row, so that two threads end together; for many rows a tile's weights stay in the second cache.
fn panels_per_tile(call: &Call) -> usize {
    let panels = call.size(1).div_ceil(PANEL_ROWS);
    if call.size(0) == 1 {
        return match (panels / (call.threads * 6)).clamp(2, 64) {
            few @ ..4 => few,
            many => many / 4 * 4,
        };
    }
    (panels / (call.threads * 8)).clamp(4, MOST_PANELS) / 4 * 4
}

fn linear_tiles(call: &Call) -> usize {
    call.size(1).div_ceil(PANEL_ROWS).div_ceil(panels_per_tile(call)) * call.size(0).div_ceil(TILE_ROWS)
}

fn tile_of(call: &Call, tile: usize, panels: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let row_blocks = call.size(0).div_ceil(TILE_ROWS);
    let panels = span(tile / row_blocks, panels, call.size(1).div_ceil(PANEL_ROWS));
    (panels, span(tile % row_blocks, TILE_ROWS, call.size(0)))
}

// Tiles of whole blocks of outputs: two panels and more.
fn quantize_panels(call: &Call) -> usize {
    (panels_per_tile(call) & !1).min(MOST_PANELS)
}

fn quantize_tiles(call: &Call) -> usize {
    call.size(1).div_ceil(PANEL_ROWS).div_ceil(quantize_panels(call)) * call.size(0).div_ceil(TILE_ROWS)
}

// A tile is a panel.
fn pack_rows(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (kind, format) = packing(&call.scalars).ok_or(KernelError::Program { value: call.scalars[4], limit: call.scalars[5] })?;
    let (inputs, panel) = (call.size(3), call.size(0) / PANEL_ROWS + tile);
    let rows = span(tile, PANEL_ROWS, call.size(1));
    let row_bytes = inputs / kind.block * kind.bytes;
    let bytes = format.panel_bytes(inputs);
    // SAFETY: the extent covers the whole packed matrix, and panels are disjoint.
    let packed = unsafe { std::slice::from_raw_parts_mut(call.out::<u8>(1).add(panel * bytes), bytes) };
    pack::pack_panel(&call.bytes(0)[rows.start * row_bytes..rows.end * row_bytes], packed, inputs, kind, format);
    Ok(())
}

fn gather_rows(call: &Call, row: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (outputs, inputs) = (call.size(1), call.size(2));
    let format = format_of(&call.scalars, 3)?;
    let id = call.i32s(0)[row];
    if id < 0 || id as usize >= outputs {
        return Err(KernelError::Index { value: id as f64, limit: outputs as f64 });
    }
    let panel = call.bytes(1)[id as usize / PANEL_ROWS * format.panel_bytes(inputs)..][..format.panel_bytes(inputs)].as_ptr();
    let lane = id as usize % PANEL_ROWS;
    // SAFETY: rows are disjoint.
    let y = unsafe { call.f32s_mut(2, row * inputs, inputs) };
    let mut values = [0.0f32; BLOCK * PANEL_ROWS];
    for k in (0..inputs).step_by(BLOCK) {
        let count = BLOCK.min(inputs - k);
        // SAFETY: plain Rust; the panel holds these inputs, and `values` a block.
        unsafe { dense::dequantize::<words::portable::Portable>(format, panel, inputs, k, count, call.flag(4), values.as_mut_ptr()) };
        for i in 0..count {
            y[k + i] = values[i * PANEL_ROWS + lane];
        }
    }
    Ok(())
}

fn check_unpack(s: &[f64]) -> Result<(), KernelError> {
    format_of(s, 4)?;
    if s[0] % PANEL_ROWS as f64 == 0.0 && s[0] + s[1] <= s[2] {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[0], limit: s[2] })
    }
}

fn unpack_extents(s: &[f64]) -> Vec<f64> {
    vec![packed_bytes(Format::from_number(s[4] as u32).unwrap_or(Format::F32), s[2], s[3]), s[1] * s[3]]
}

fn unpack_rows(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    rows::unpack(call, format_of(&call.scalars, 4)?, tile, scratch);
    Ok(())
}

fn linear(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (panels, rows) = tile_of(call, tile, panels_per_tile(call));
    rows::linear(call, format_of(&call.scalars, 3)?, panels, rows, scratch);
    Ok(())
}

fn linear_int8(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (panels, rows) = tile_of(call, tile, panels_per_tile(call));
    rows::int8(call, format_of(&call.scalars, 3)?, panels, rows, scratch);
    Ok(())
}

fn linear_int8_quantize(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (panels, rows) = tile_of(call, tile, quantize_panels(call));
    rows::int8_quantize(call, format_of(&call.scalars, 3)?, panels, rows, scratch);
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "packRows",
        signature: "packRows(source:u8;;packed:u8;firstRow,rows,outputs,inputs,sourceType,format;)",
        extents: pack_extents,
        check: check_pack,
        tiles: |call| call.size(1).div_ceil(PANEL_ROWS),
        scratch: |_| 0,
        run: pack_rows,
    },
    Row {
        name: "gatherRows",
        signature: "gatherRows(ids:i32,weight:u8;y:f32;;rows,outputs,inputs,format;roundBf16)",
        extents: |s| vec![s[0], packed_bytes(Format::from_number(s[3] as u32).unwrap_or(Format::F32), s[1], s[2]), s[0] * s[2]],
        check: check_gather,
        tiles: |call| call.size(0),
        scratch: |_| 0,
        run: gather_rows,
    },
    Row {
        name: "unpackRows",
        signature: "unpackRows(weight:u8;y:f32;;firstRow,rows,outputs,inputs,format;)",
        extents: unpack_extents,
        check: check_unpack,
        tiles: |call| call.size(1).div_ceil(PANEL_ROWS),
        scratch: |_| rows::UNPACK_SCRATCH,
        run: unpack_rows,
    },
    Row {
        name: "linear",
        signature: "linear(x:f32,weight:u8,bias:f32;;y:f32;rows,outputs,inputs,format,hasBias;accumulate,roundBf16)",
        extents: linear_extents,
        check: check_linear,
        tiles: linear_tiles,
        scratch: rows::linear_scratch,
        run: linear,
    },
    Row {
        name: "linearInt8",
        signature: "linearInt8(quantized:u8,scales:f32,weight:u8,bias:f32;;y:f32;rows,outputs,inputs,format,hasBias;accumulate)",
        extents: int8_extents,
        check: check_int8,
        tiles: linear_tiles,
        scratch: rows::int8_scratch,
        run: linear_int8,
    },
    Row {
        name: "linearInt8Quantize",
        signature: "linearInt8Quantize(x:u8,xScales:f32,weight:u8,bias:f32;quantized:u8,scales:f32;;rows,outputs,inputs,format,hasBias,operation,alpha;)",
        extents: quantize_extents,
        check: check_quantize,
        tiles: quantize_tiles,
        scratch: rows::quantize_scratch,
        run: linear_int8_quantize,
    },
];
