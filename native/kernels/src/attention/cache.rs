//! The paged cache: keys [page][head][16 tiles][width][16 positions], values [page][head][256 positions][width].

use super::batch::Batch;
use crate::call::{Call, Element};
use crate::error::KernelError;
use crate::lanes::to_bf16;
use std::ops::Range;

/// Positions of a page.
pub const PAGE: usize = 256;
/// Positions of a key tile in memory.
pub const SIDE: usize = 16;
/// Rows of a work tile.
pub const ROWS: usize = 8;

/// Appends rows of k and v at their positions.
pub fn append(call: &Call, batch: &Batch, rows: Range<usize>) -> Result<(), KernelError> {
    let (heads, width) = (call.size(1), call.size(2));
    for row in rows {
        let run = batch.of_row(row)?;
        let position = run.start + row - run.rows.start;
        let (page, at) = (batch.page(&run, position)?, position % PAGE);
        for head in 0..heads {
            let base = (page * heads + head) * PAGE * width;
            let source = (row * heads + head) * width;
            // SAFETY: extents cover every page of the pool, and each position belongs to one tile.
            unsafe {
                put(call, 4, base + at / SIDE * SIDE * width + at % SIDE, SIDE, &call.f32s(0)[source..source + width]);
                put(call, 5, base + at * width, 1, &call.f32s(1)[source..source + width]);
            }
        }
    }
    Ok(())
}

unsafe fn put(call: &Call, operand: usize, first: usize, step: usize, values: &[f32]) {
    // SAFETY: as the caller promised.
    unsafe {
        if call.operands[operand].element == Element::Bf16 {
            let to = call.out::<u16>(operand).add(first);
            for (i, value) in values.iter().enumerate() {
                *to.add(i * step) = to_bf16(*value);
            }
        } else {
            let to = call.out::<f32>(operand).add(first);
            for (i, value) in values.iter().enumerate() {
                *to.add(i * step) = *value;
            }
        }
    }
}
