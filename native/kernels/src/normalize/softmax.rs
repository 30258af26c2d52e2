//! Softmax and its logarithm with their gradients, row by row.

use super::sums::{exponentials, largest, load, products, put, store, sum};
use crate::call::{span, Call};
use crate::error::KernelError;
use crate::for_vectors;
use crate::vector::{Vector, LANES};

/// Elements of a tile.
const STEP: usize = 8_192;

fn rows_of_tile(width: usize) -> usize {
    (STEP / width.max(1)).max(1)
}

pub fn row_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(rows_of_tile(call.size(1)))
}

#[inline(always)]
unsafe fn softmax_row<L: Vector>(x: *const f32, y: *mut f32, n: usize, logarithm: bool) {
    let most = largest::<L>(x, n);
    let total = exponentials::<L>(x, n, most);
    let (shift, log, share) = (L::splat(most), L::splat(total.ln() as f32), L::splat((1.0 / total) as f32));
    let mut at = 0;
    while at < n {
        let v = L::sub(load::<L>(x, at, n), shift);
        // What is at -infinity has no share at all.
        store::<L>(y, at, n, if logarithm { L::sub(v, log) } else { L::kept(v, L::mul(L::exp(v), share)) });
        at += LANES;
    }
}

#[inline(always)]
unsafe fn grad_row<L: Vector>(y: *const f32, dy: *const f32, dx: *mut f32, n: usize, logarithm: bool, accumulate: bool) {
    let all = L::splat(if logarithm { sum::<L>(dy, n) } else { products::<L>(y, dy, n) });
    let mut at = 0;
    while at < n {
        let (y, d) = (load::<L>(y, at, n), load::<L>(dy, at, n));
        let v = if logarithm { L::sub(d, L::kept(y, L::mul(L::exp(y), all))) } else { L::mul(y, L::sub(d, all)) };
        put::<L>(dx, at, n, v, accumulate);
        at += LANES;
    }
}

#[inline(always)]
unsafe fn softmax_rows<L: Vector>(x: *const f32, y: *mut f32, rows: usize, n: usize, logarithm: bool) {
    for row in 0..rows {
        softmax_row::<L>(x.add(row * n), y.add(row * n), n, logarithm)
    }
}

#[inline(always)]
unsafe fn grad_rows<L: Vector>(y: *const f32, dy: *const f32, dx: *mut f32, rows: usize, n: usize, flags: (bool, bool)) {
    for row in 0..rows {
        let at = row * n;
        grad_row::<L>(y.add(at), dy.add(at), dx.add(at), n, flags.0, flags.1)
    }
}

pub fn softmax(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let n = call.size(1);
    let range = span(tile, rows_of_tile(n), call.size(0));
    let (rows, logarithm) = (range.len(), call.flag(2));
    let x = call.f32s(0)[range.start * n..range.end * n].as_ptr();
    // SAFETY: tiles write disjoint rows; extents were checked.
    let y = unsafe { call.f32s_mut(1, range.start * n, rows * n) }.as_mut_ptr();
    for_vectors!(call.tier, softmax_rows, (x: *const f32, y: *mut f32, rows: usize, n: usize, logarithm: bool));
    Ok(())
}

pub fn softmax_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let n = call.size(1);
    let range = span(tile, rows_of_tile(n), call.size(0));
    let (rows, flags) = (range.len(), (call.flag(2), call.flag(3)));
    let part = range.start * n..range.end * n;
    let (y, dy) = (call.f32s(0)[part.clone()].as_ptr(), call.f32s(1)[part.clone()].as_ptr());
    // SAFETY: tiles write disjoint rows; extents were checked.
    let dx = unsafe { call.f32s_mut(2, part.start, part.len()) }.as_mut_ptr();
    for_vectors!(call.tier, grad_rows, (y: *const f32, dy: *const f32, dx: *mut f32, rows: usize, n: usize, flags: (bool, bool)));
    Ok(())
}
