//! One tile of a product: blocks of k in order; for each, the right side packed into panels, then strips of rows through the registers.

use super::block::{left_floats, multiply, pack_left, pack_right, pack_right_transposed, right_floats, Left, Multiply, Out, Right};
use super::plan::{Part, Plan, DEPTH};
use crate::call::Call;
use crate::lanes::{from_bf16, to_bf16};

/// Bytes of scratch.
pub fn scratch(call: &Call) -> usize {
    let plan = Plan::of(call);
    let depth = plan.depth.min(DEPTH);
    4 * (left_floats(depth).next_multiple_of(16) + if plan.packs { right_floats(plan.tile_columns, depth) } else { 0 })
}

/// Computes a tile.
///
/// # Safety
/// The tier's features; `scratch` as above.
#[inline(always)]
pub unsafe fn tile<V: Multiply>(call: &Call, tile: usize, scratch: *mut f32) {
    let plan = Plan::of(call);
    let part = plan.part(tile);
    for matrix in part.first..part.end {
        // SAFETY: as promised by the caller.
        unsafe { block::<V>(call, &plan, &part, matrix, scratch) };
    }
}

#[inline(always)]
unsafe fn block<V: Multiply>(call: &Call, plan: &Plan, part: &Part, matrix: usize, scratch: *mut f32) {
    let Plan { rows, columns, depth, .. } = *plan;
    let (transpose_a, transpose_b, accumulate, bf16) = (call.flag(7), call.flag(8), call.flag(9), call.flag(10));
    // SAFETY: offsets inside the operands by their extents; this part of c is this tile's alone.
    unsafe {
        let a = call.f32s(0).as_ptr().add(if call.size(1) == 1 { 0 } else { matrix * rows * depth });
        let b = call.f32s(1).as_ptr().add(if call.size(2) == 1 { 0 } else { matrix * depth * columns });
        let bias = if call.size(6) == 1 { call.f32s(2).as_ptr().add(part.column) } else { std::ptr::null() };
        let c = call.out::<f32>(3).add((matrix * rows + part.row) * columns + part.column);
        let (row_step, k_step) = if transpose_a { (1, rows) } else { (depth, 1) };
        let (strips, panels) = (scratch, scratch.add(left_floats(depth.min(DEPTH)).next_multiple_of(16)));
        let mut k = 0;
        loop {
            let count = DEPTH.min(depth - k);
            let left = Left { at: a.add(part.row * row_step + k * k_step), row_step, k_step };
            let right = match (transpose_b, plan.packs) {
                (true, _) => pack_right_transposed::<V>(b.add(part.column * depth + k), depth, part.columns, count, panels),
                (false, true) => pack_right::<V>(b.add(k * columns + part.column), columns, part.columns, count, panels),
                (false, false) => Right { at: b.add(k * columns + part.column), k_step: columns, panel_step: 16 },
            };
            if bf16 {
                round(panels, right_floats(part.columns, count));
            }
            let out = Out { at: c, row_step: columns, keep: accumulate || k > 0, bias: if k == 0 { bias } else { std::ptr::null() } };
            if !plan.packs {
                multiply::<V>(part.rows, part.columns, count, left, right, out);
            }
            let mut row = if plan.packs { 0 } else { part.rows };
            while row < part.rows {
                let taken = V::strip_rows(part.rows - row);
                let from = Left { at: left.at.add(row * row_step), ..left };
                let packed = pack_left::<V>(from, taken, count, strips);
                if bf16 {
                    round(strips, taken * count);
                }
                V::strip(true, taken, part.columns, count, packed, right, out.from(row, 0));
                row += taken;
            }
            k += count;
            if k >= depth {
                break;
            }
        }
    }
}

#[inline(always)]
unsafe fn round(at: *mut f32, count: usize) {
    // SAFETY: written just before.
    for value in unsafe { std::slice::from_raw_parts_mut(at, count) } {
        *value = from_bf16(to_bf16(*value));
    }
}
