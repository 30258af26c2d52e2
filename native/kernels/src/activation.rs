//! Element-wise kernels, RMS norm and rounding to int8 blocks.

use crate::call::{no_check, no_scratch, span, Call, Row};
use crate::error::KernelError;
use crate::for_tiers;
use crate::lanes::{exp, fma, sum, Lanes};
use crate::linear::layout::BLOCK;
use crate::rounding::round_blocks;

/// Elements of a tile of an element-wise kernel.
const STEP: usize = 16_384;
/// Rows of a tile of a row-wise kernel.
const ROWS: usize = 4;

fn whole_blocks(s: &[f64]) -> Result<(), KernelError> {
    if s[1] % BLOCK as f64 == 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[1], limit: BLOCK as f64 })
    }
}

fn width_scratch(call: &Call) -> usize {
    call.size(1) * 4
}

fn element_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(STEP)
}

fn row_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(ROWS)
}

fn add(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (a, b) = (&call.f32s(0)[range.clone()], &call.f32s(1)[range.clone()]);
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(2, range.start, range.len()) };
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
    Ok(())
}

#[inline(always)]
fn silu_body<const FUSED: bool>(gate: &[f32], up: &[f32], y: &mut [f32]) {
    for ((y, g), u) in y.iter_mut().zip(gate).zip(up) {
        *y = g / (1.0 + exp::<FUSED>(-g)) * u;
    }
}

fn silu_multiply(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(2, range.start, range.len()) };
    silu(call, &call.f32s(0)[range.clone()], &call.f32s(1)[range], y);
    Ok(())
}

fn silu(call: &Call, gate: &[f32], up: &[f32], y: &mut [f32]) {
    for_tiers!(call.tier, silu_body, (gate: &[f32], up: &[f32], y: &mut [f32]) -> ())
}

#[inline(always)]
fn silu_grad_body<const FUSED: bool>(gate: &[f32], up: &[f32], dy: &[f32], dgate: &mut [f32], dup: &mut [f32], keep: f32) {
    if keep == 0.0 {
        silu_grads::<FUSED, false>(gate, up, dy, dgate, dup)
    } else {
        silu_grads::<FUSED, true>(gate, up, dy, dgate, dup)
    }
}

// Slices of one length and no branch within: so the loop becomes vectors.
#[inline(always)]
fn silu_grads<const FUSED: bool, const KEEP: bool>(gate: &[f32], up: &[f32], dy: &[f32], dgate: &mut [f32], dup: &mut [f32]) {
    for ((((g, u), dy), dgate), dup) in gate.iter().zip(up).zip(dy).zip(dgate).zip(dup) {
        let s = 1.0 / (1.0 + exp::<FUSED>(-g));
        let (before_gate, before_up) = if KEEP { (*dgate, *dup) } else { (0.0, 0.0) };
        *dgate = dy * u * s * (1.0 + g * (1.0 - s)) + before_gate;
        *dup = dy * g * s + before_up;
    }
}

fn silu_multiply_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (gate, up, dy) = (&call.f32s(0)[range.clone()], &call.f32s(1)[range.clone()], &call.f32s(2)[range.clone()]);
    // SAFETY: tiles are disjoint.
    let (dgate, dup) = unsafe { (call.f32s_mut(3, range.start, range.len()), call.f32s_mut(4, range.start, range.len())) };
    let keep = call.scalars[1] as f32;
    for_tiers!(call.tier, silu_grad_body, (gate: &[f32], up: &[f32], dy: &[f32], dgate: &mut [f32], dup: &mut [f32], keep: f32) -> ());
    Ok(())
}

#[inline(always)]
fn norm_body<const FUSED: bool>(x: &[f32], weight: &[f32], epsilon: f32, y: &mut [f32]) {
    let mut squares: Lanes = [0.0; 16];
    let mut chunks = x.chunks_exact(16);
    for chunk in &mut chunks {
        for i in 0..16 {
            squares[i] = fma::<FUSED>(chunk[i], chunk[i], squares[i]);
        }
    }
    for (i, value) in chunks.remainder().iter().enumerate() {
        squares[i] = fma::<FUSED>(*value, *value, squares[i]);
    }
    let scale = 1.0 / (sum(&squares) / x.len() as f32 + epsilon).sqrt();
    for ((y, x), w) in y.iter_mut().zip(x).zip(weight) {
        *y = x * scale * w;
    }
}

fn norm(call: &Call, x: &[f32], weight: &[f32], epsilon: f32, y: &mut [f32]) {
    for_tiers!(call.tier, norm_body, (x: &[f32], weight: &[f32], epsilon: f32, y: &mut [f32]) -> ())
}

fn rms_norm(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let width = call.size(1);
    for row in span(tile, ROWS, call.size(0)) {
        // SAFETY: rows are disjoint.
        let y = unsafe { call.f32s_mut(2, row * width, width) };
        norm(call, &call.f32s(0)[row * width..(row + 1) * width], &call.f32s(1)[..width], call.scalars[2] as f32, y);
    }
    Ok(())
}

fn quantize(call: &Call, x: &[f32], row: usize, operand: usize) {
    let width = x.len();
    // SAFETY: rows are disjoint; extents were checked.
    let (quantized, scales) = unsafe {
        (
            std::slice::from_raw_parts_mut(call.out::<i8>(operand).add(row * width), width),
            call.f32s_mut(operand + 1, row * (width / BLOCK) * 2, width / BLOCK * 2),
        )
    };
    round_blocks(call.tier, x, quantized, scales);
}

fn quantize_rows(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let width = call.size(1);
    for row in span(tile, ROWS, call.size(0)) {
        quantize(call, &call.f32s(0)[row * width..(row + 1) * width], row, 1);
    }
    Ok(())
}

fn as_floats(scratch: &mut [u8], length: usize) -> &mut [f32] {
    assert!(scratch.len() >= length * 4);
    // SAFETY: scratch is 64-byte aligned, and long enough as was just asked.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, length) }
}

fn rms_norm_quantize(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let width = call.size(1);
    let y = as_floats(scratch, width);
    for row in span(tile, ROWS, call.size(0)) {
        norm(call, &call.f32s(0)[row * width..(row + 1) * width], &call.f32s(1)[..width], call.scalars[2] as f32, y);
        quantize(call, y, row, 2);
    }
    Ok(())
}

fn silu_multiply_quantize(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let width = call.size(1);
    let y = as_floats(scratch, width);
    for row in span(tile, ROWS, call.size(0)) {
        let range = row * width..(row + 1) * width;
        silu(call, &call.f32s(0)[range.clone()], &call.f32s(1)[range], y);
        quantize(call, y, row, 2);
    }
    Ok(())
}

fn select_row(call: &Call, _: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (width, row) = (call.size(1), call.size(2));
    // SAFETY: one tile.
    let y = unsafe { call.f32s_mut(1, 0, width) };
    y.copy_from_slice(&call.f32s(0)[row * width..(row + 1) * width]);
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "add",
        signature: "add(a:f32,b:f32;y:f32;;n;)",
        extents: |s| vec![s[0]; 3],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: add,
    },
    Row {
        name: "siluMultiply",
        signature: "siluMultiply(gate:f32,up:f32;y:f32;;n;)",
        extents: |s| vec![s[0]; 3],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: silu_multiply,
    },
    Row {
        name: "siluMultiplyGrad",
        signature: "siluMultiplyGrad(gate:f32,up:f32,dy:f32;;dgate:f32,dup:f32;n;accumulate)",
        extents: |s| vec![s[0]; 5],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: silu_multiply_grad,
    },
    Row {
        name: "rmsNorm",
        signature: "rmsNorm(x:f32,weight:f32;y:f32;;rows,width,epsilon;)",
        extents: |s| vec![s[0] * s[1], s[1], s[0] * s[1]],
        check: no_check,
        tiles: row_tiles,
        scratch: no_scratch,
        run: rms_norm,
    },
    Row {
        name: "quantizeRows",
        signature: "quantizeRows(x:f32;quantized:u8,scales:f32;;rows,width;)",
        extents: |s| vec![s[0] * s[1], s[0] * s[1], s[0] * s[1] / 16.0],
        check: whole_blocks,
        tiles: row_tiles,
        scratch: no_scratch,
        run: quantize_rows,
    },
    Row {
        name: "rmsNormQuantize",
        signature: "rmsNormQuantize(x:f32,weight:f32;quantized:u8,scales:f32;;rows,width,epsilon;)",
        extents: |s| vec![s[0] * s[1], s[1], s[0] * s[1], s[0] * s[1] / 16.0],
        check: whole_blocks,
        tiles: row_tiles,
        scratch: width_scratch,
        run: rms_norm_quantize,
    },
    Row {
        name: "siluMultiplyQuantize",
        signature: "siluMultiplyQuantize(gate:f32,up:f32;quantized:u8,scales:f32;;rows,width;)",
        extents: |s| vec![s[0] * s[1], s[0] * s[1], s[0] * s[1], s[0] * s[1] / 16.0],
        check: whole_blocks,
        tiles: row_tiles,
        scratch: width_scratch,
        run: silu_multiply_quantize,
    },
    Row {
        name: "selectRow",
        signature: "selectRow(x:f32;y:f32;;rows,width,row;)",
        extents: |s| vec![s[0] * s[1], s[1]],
        check: |s| if s[2] >= 0.0 && s[2] < s[0] { Ok(()) } else { Err(KernelError::Index { value: s[2], limit: s[0] }) },
        tiles: |_| 1,
        scratch: no_scratch,
        run: select_row,
    },
];
