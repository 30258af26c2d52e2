//! Vectors of queries turned, so that sixteen queries lie side by side, and back. Knows no attention.

use super::problem::SIDE;
use crate::vector::{Vector, LANES};

/// `count` rows of `width` at `from`, `step` apart, times `scale`: to [width, 64], zeros up to whole sixteens.
///
/// # Safety
/// Pointers are good for what the sizes say.
#[inline(always)]
pub unsafe fn turn<L: Vector>(from: *const f32, step: usize, count: usize, width: usize, scale: f32, to: *mut f32) {
    let scale = L::splat(scale);
    for i in (0..count).step_by(LANES) {
        for d in (0..width).step_by(LANES) {
            let lanes = (width - d).min(LANES);
            // SAFETY: as promised.
            unsafe {
                let mut square = [L::splat(0.0); LANES];
                for r in 0..LANES.min(count - i) {
                    let row = from.add((i + r) * step + d);
                    square[r] = L::mul(if lanes == LANES { L::load(row) } else { L::load_first(row, lanes) }, scale);
                }
                L::transpose(&mut square);
                for r in 0..lanes {
                    L::store(to.add((d + r) * SIDE + i), square[r]);
                }
            }
        }
    }
}

/// The way back: column i of [width, 64] times `factors[i]` is row i, written or added.
///
/// # Safety
/// As `turn`.
#[inline(always)]
pub unsafe fn turn_back<L: Vector>(
    from: *const f32,
    factors: *const f32,
    to: *mut f32,
    step: usize,
    count: usize,
    width: usize,
    add: bool,
) {
    for i in (0..count).step_by(LANES) {
        for d in (0..width).step_by(LANES) {
            let lanes = (width - d).min(LANES);
            // SAFETY: as promised.
            unsafe {
                let factor = L::load(factors.add(i));
                let mut square = [L::splat(0.0); LANES];
                for r in 0..lanes {
                    square[r] = L::mul(L::load(from.add((d + r) * SIDE + i)), factor);
                }
                L::transpose(&mut square);
                for r in 0..LANES.min(count - i) {
                    put::<L>(to.add((i + r) * step + d), lanes, square[r], add);
                }
            }
        }
    }
}

/// Writes or adds the first lanes of a vector.
///
/// # Safety
/// As `turn`.
#[inline(always)]
pub unsafe fn put<L: Vector>(to: *mut f32, lanes: usize, x: L::V, add: bool) {
    // SAFETY: as promised.
    unsafe {
        if lanes == LANES {
            L::store(to, if add { L::add(x, L::load(to)) } else { x });
        } else {
            L::store_first(to, lanes, if add { L::add(x, L::load_first(to, lanes)) } else { x });
        }
    }
}

/// Rows side by side, each up to whole sixteens (zeros), times `scale`.
///
/// # Safety
/// As `turn`.
#[inline(always)]
pub unsafe fn copy<L: Vector>(from: *const f32, step: usize, count: usize, width: usize, scale: f32, to: *mut f32) {
    let stride = width.next_multiple_of(LANES);
    let scale = L::splat(scale);
    for i in 0..count {
        for d in (0..width).step_by(LANES) {
            let lanes = (width - d).min(LANES);
            // SAFETY: as promised.
            unsafe {
                let row = from.add(i * step + d);
                let x = if lanes == LANES { L::load(row) } else { L::load_first(row, lanes) };
                L::store(to.add(i * stride + d), L::mul(x, scale));
            }
        }
    }
}
