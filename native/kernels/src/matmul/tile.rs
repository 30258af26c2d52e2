//! One tile of a product: blocks of k in order; for each, the right side packed into panels, then strips of rows through the registers.

use super::block::{left_floats, multiply, pack_left, pack_right, pack_right_transposed, right_floats, Left, Multiply, Out, Right};
use super::plan::{Part, Plan, DEPTH};
use crate::call::Call;
use crate::lanes::{from_bf16, to_bf16};

/// What a tile computes of one matrix: c (+)= a · b, with the pointers at its first row and column.
#[derive(Clone, Copy)]
pub struct Job {
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    /// Element (row, k).
    pub a: Left,
    /// Element (k, column) at `b + k · b_k + column · b_column`; one of them is 1.
    pub b: *const f32,
    pub b_k: usize,
    pub b_column: usize,
    pub c: Out,
}

impl Job {
    /// Of one matrix of a call.
    ///
    /// # Safety
    /// The part lies inside.
    #[inline(always)]
    pub unsafe fn of(call: &Call, plan: &Plan, part: &Part, matrix: usize) -> Job {
        let Plan { rows, columns, depth, .. } = *plan;
        let (row_step, k_step) = if call.flag(7) { (1, rows) } else { (depth, 1) };
        let (b_k, b_column) = if call.flag(8) { (1, depth) } else { (columns, 1) };
        // SAFETY: inside the operands by their extents.
        unsafe {
            let a = call.f32s(0).as_ptr().add(if call.size(1) == 1 { 0 } else { matrix * rows * depth });
            let b = call.f32s(1).as_ptr().add(if call.size(2) == 1 { 0 } else { matrix * depth * columns });
            let bias = if call.size(6) == 1 { call.f32s(2).as_ptr().add(part.column) } else { std::ptr::null() };
            let c = call.out::<f32>(3).add((matrix * rows + part.row) * columns + part.column);
            Job {
                rows: part.rows,
                columns: part.columns,
                depth,
                a: Left { at: a.add(part.row * row_step), row_step, k_step },
                b: b.add(part.column * b_column),
                b_k,
                b_column,
                c: Out { at: c, row_step: columns, keep: call.flag(9), bias },
            }
        }
    }

    /// The same for `count` values of k from `k` on: the first block begins the sums, the others go on.
    ///
    /// # Safety
    /// `k` lies inside.
    #[inline(always)]
    pub unsafe fn block(self, k: usize, count: usize) -> Job {
        let c = if k == 0 { self.c } else { Out { keep: true, bias: std::ptr::null(), ..self.c } };
        // SAFETY: inside, as promised.
        unsafe { Job { depth: count, a: Left { at: self.a.at.add(k * self.a.k_step), ..self.a }, b: self.b.add(k * self.b_k), c, ..self } }
    }
}

/// Bytes of scratch.
pub fn scratch(plan: &Plan) -> usize {
    let depth = plan.depth.min(DEPTH);
    4 * (left_floats(depth).next_multiple_of(16) + if plan.packs { right_floats(plan.tile_columns, depth) } else { 0 })
}

/// Computes a tile. `round`: both sides are rounded to bf16.
///
/// # Safety
/// The tier's features; `scratch` as above.
#[inline(always)]
pub unsafe fn tile<V: Multiply>(call: &Call, tile: usize, scratch: *mut f32) {
    let plan = Plan::of(call);
    let part = plan.part(tile);
    let panels = scratch.wrapping_add(left_floats(plan.depth.min(DEPTH)).next_multiple_of(16));
    for matrix in part.first..part.end {
        let mut k = 0;
        loop {
            let count = DEPTH.min(plan.depth - k);
            // SAFETY: as promised by the caller.
            unsafe { block::<V>(Job::of(call, &plan, &part, matrix).block(k, count), plan.packs, call.flag(10), scratch, panels) };
            k += count;
            if k >= plan.depth {
                break;
            }
        }
    }
}

#[inline(always)]
unsafe fn block<V: Multiply>(job: Job, packs: bool, round: bool, strips: *mut f32, panels: *mut f32) {
    let Job { rows, columns, depth, a, b, b_k, b_column, c } = job;
    // SAFETY: the job lies inside its operands; this part of c is this tile's alone.
    unsafe {
        if !packs {
            return multiply::<V>(rows, columns, depth, a, Right { at: b, k_step: b_k, panel_step: 16 }, c);
        }
        let right = if b_k == 1 && b_column != 1 {
            pack_right_transposed::<V>(b, b_column, columns, depth, panels)
        } else {
            pack_right::<V>(b, b_k, columns, depth, panels)
        };
        if round {
            to_halves(panels, right_floats(columns, depth));
        }
        let mut row = 0;
        while row < rows {
            let taken = V::strip_rows(rows - row);
            let left = pack_left::<V>(Left { at: a.at.add(row * a.row_step), ..a }, taken, depth, strips);
            if round {
                to_halves(strips, taken * depth);
            }
            V::strip(true, taken, columns, depth, left, right, c.from(row, 0));
            row += taken;
        }
    }
}

#[inline(always)]
unsafe fn to_halves(at: *mut f32, count: usize) {
    // SAFETY: written just before.
    for value in unsafe { std::slice::from_raw_parts_mut(at, count) } {
        *value = from_bf16(to_bf16(*value));
    }
}
