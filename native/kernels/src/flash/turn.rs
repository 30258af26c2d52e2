//! Vectors of queries turned, so that sixteen queries lie side by side, and back. Knows no attention.

use super::problem::SIDE;
use crate::vector::{Vector, LANES};

/// `count` rows of `width` at `from`, `step` apart, times `scale`: to [width, 64], zeros up to whole sixteens; and to `rows`, where that is not null, as rows of whole sixteens.
///
/// # Safety
/// Pointers are good for what the sizes say.
#[inline(always)]
pub unsafe fn turn<L: Vector>(from: *const f32, step: usize, count: usize, width: usize, scale: f32, to: *mut f32, rows: *mut f32) {
    let stride = width.next_multiple_of(LANES);
    // SAFETY: as promised.
    unsafe {
        let scale = L::splat(scale);
        for i in (0..count).step_by(LANES) {
            for d in (0..width).step_by(LANES) {
                let (high, lanes) = ((count - i).min(LANES), (width - d).min(LANES));
                let from = from.add(i * step + d);
                let mut square = [L::splat(0.0); LANES];
                if high == LANES && lanes == LANES {
                    // Counts that the compiler knows: the square stays in registers.
                    for r in 0..LANES {
                        square[r] = L::mul(L::load(from.add(r * step)), scale);
                    }
                } else {
                    for r in 0..high {
                        square[r] = L::mul(L::load_left(from.add(r * step), lanes), scale);
                    }
                }
                if !rows.is_null() {
                    for r in 0..LANES {
                        L::store(rows.add((i + r) * stride + d), square[r]);
                    }
                }
                L::transpose(&mut square);
                if lanes == LANES {
                    for r in 0..LANES {
                        L::store(to.add((d + r) * SIDE + i), square[r]);
                    }
                } else {
                    for r in 0..lanes {
                        L::store(to.add((d + r) * SIDE + i), square[r]);
                    }
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
    // SAFETY: as promised.
    unsafe {
        for i in (0..count).step_by(LANES) {
            for d in (0..width).step_by(LANES) {
                let (high, lanes) = ((count - i).min(LANES), (width - d).min(LANES));
                let to = to.add(i * step + d);
                let factor = L::load(factors.add(i));
                let mut square = [L::splat(0.0); LANES];
                if lanes == LANES {
                    for r in 0..LANES {
                        square[r] = L::mul(L::load(from.add((d + r) * SIDE + i)), factor);
                    }
                } else {
                    for r in 0..lanes {
                        square[r] = L::mul(L::load(from.add((d + r) * SIDE + i)), factor);
                    }
                }
                L::transpose(&mut square);
                if high == LANES && lanes == LANES && !add {
                    for r in 0..LANES {
                        L::store(to.add(r * step), square[r]);
                    }
                } else {
                    for r in 0..high {
                        put::<L>(to.add(r * step), lanes, square[r], add);
                    }
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
        let x = if add { L::add(x, L::load_left(to, lanes)) } else { x };
        L::store_left(to, lanes, x);
    }
}

/// Rows side by side, each up to whole sixteens (zeros).
///
/// # Safety
/// As `turn`.
#[inline(always)]
pub unsafe fn copy<L: Vector>(from: *const f32, step: usize, count: usize, width: usize, to: *mut f32) {
    let stride = width.next_multiple_of(LANES);
    for d in (0..width).step_by(LANES) {
        let lanes = (width - d).min(LANES);
        for i in 0..count {
            // SAFETY: as promised.
            unsafe { L::store(to.add(i * stride + d), L::load_left(from.add(i * step + d), lanes)) };
        }
    }
}
