//! Element-wise kernels of training, broadcast in one direction, and their gradients; fills, copies and dropout.

mod binary;
mod dropout;
mod unary;

use crate::call::{no_check, no_scratch, span, Call, Row};
use crate::error::KernelError;
pub use unary::{apply, known_function};

/// Elements of a tile.
const STEP: usize = 16_384;

fn element_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(STEP)
}

fn fill(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    unsafe { call.f32s_mut(0, range.start, range.len()) }.fill(call.scalars[1] as f32);
    Ok(())
}

// A gradient may be added to itself: x and y are the same memory or lie apart, so no slices of both are made.
fn copy(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (x, y) = (call.operands[0].pointer as *const f32, call.out::<f32>(1));
    // SAFETY: extents were checked; tiles are disjoint.
    unsafe {
        if call.flag(1) {
            for i in range {
                *y.add(i) += *x.add(i);
            }
        } else {
            std::ptr::copy(x.add(range.start), y.add(range.start), range.len());
        }
    }
    Ok(())
}

fn to_float(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    for (y, x) in y.iter_mut().zip(&call.i32s(0)[range]) {
        *y = *x as f32;
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "fill",
        signature: "fill(;y:f32;;n,value;)",
        extents: |s| vec![s[0]],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: fill,
    },
    Row {
        name: "copy",
        signature: "copy(x:f32;;y:f32;n;accumulate;y=x)",
        extents: |s| vec![s[0]; 2],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: copy,
    },
    Row {
        name: "toFloat",
        signature: "toFloat(x:i32;y:f32;;n;)",
        extents: |s| vec![s[0]; 2],
        check: no_check,
        tiles: element_tiles,
        scratch: no_scratch,
        run: to_float,
    },
    unary::UNARY,
    unary::UNARY_GRAD,
    binary::BINARY,
    binary::BINARY_GRAD,
    dropout::DROPOUT,
];
