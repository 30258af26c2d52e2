//! Sums and the largest of a run of floats, in one fixed order. Knows no kernels.

use crate::vector::{Vector, LANES};

/// Vectors that are summed side by side: enough to hide the latency of an addition.
pub const SIDE: usize = 4;

/// The vector at `at` of n floats, zeros behind the last.
///
/// # Safety
/// `at` lies below n; as `Vector` demands.
#[inline(always)]
pub unsafe fn load<L: Vector>(x: *const f32, at: usize, n: usize) -> L::V {
    L::load_left(x.add(at), n - at)
}

/// Stores lanes at `at` of n floats, those behind the last not.
///
/// # Safety
/// As `load`.
#[inline(always)]
pub unsafe fn store<L: Vector>(y: *mut f32, at: usize, n: usize, v: L::V) {
    L::store_left(y.add(at), n - at, v)
}

/// Stores, or adds to what is there.
///
/// # Safety
/// As `load`.
#[inline(always)]
pub unsafe fn put<L: Vector>(y: *mut f32, at: usize, n: usize, v: L::V, accumulate: bool) {
    let v = if accumulate { L::add(load::<L>(y, at, n), v) } else { v };
    store::<L>(y, at, n, v);
}

/// The sum of sums that were taken side by side.
///
/// # Safety
/// As `Vector` demands.
#[inline(always)]
pub unsafe fn joined<L: Vector>(sums: &[L::V; SIDE]) -> f32 {
    L::sum(L::add(L::add(sums[0], sums[1]), L::add(sums[2], sums[3])))
}

/// sum x.
///
/// # Safety
/// n floats at x; as `Vector` demands.
#[inline(always)]
pub unsafe fn sum<L: Vector>(x: *const f32, n: usize) -> f32 {
    let mut sums = [L::splat(0.0); SIDE];
    let mut block = 0;
    while block < n {
        for slot in 0..SIDE {
            let at = block + slot * LANES;
            if at < n {
                sums[slot] = L::add(sums[slot], load::<L>(x, at, n));
            }
        }
        block += SIDE * LANES;
    }
    joined::<L>(&sums)
}

/// sum (x - shift)².
///
/// # Safety
/// As `sum`.
#[inline(always)]
pub unsafe fn squares<L: Vector>(x: *const f32, n: usize, shift: f32) -> f32 {
    let (zero, shift) = (L::splat(0.0), L::splat(shift));
    let mut sums = [zero; SIDE];
    let mut block = 0;
    while block < n {
        for slot in 0..SIDE {
            let at = block + slot * LANES;
            if at < n {
                let d = L::first(n - at, L::sub(load::<L>(x, at, n), shift), zero);
                sums[slot] = L::fma(d, d, sums[slot]);
            }
        }
        block += SIDE * LANES;
    }
    joined::<L>(&sums)
}

/// sum x · y.
///
/// # Safety
/// As `sum`.
#[inline(always)]
pub unsafe fn products<L: Vector>(x: *const f32, y: *const f32, n: usize) -> f32 {
    let mut sums = [L::splat(0.0); SIDE];
    let mut block = 0;
    while block < n {
        for slot in 0..SIDE {
            let at = block + slot * LANES;
            if at < n {
                sums[slot] = L::fma(load::<L>(x, at, n), load::<L>(y, at, n), sums[slot]);
            }
        }
        block += SIDE * LANES;
    }
    joined::<L>(&sums)
}

/// The largest; a NaN may or may not be passed over.
///
/// # Safety
/// As `sum`.
#[inline(always)]
pub unsafe fn largest<L: Vector>(x: *const f32, n: usize) -> f32 {
    let lowest = L::splat(f32::NEG_INFINITY);
    let mut most = [lowest; SIDE];
    let mut block = 0;
    while block < n {
        for slot in 0..SIDE {
            let at = block + slot * LANES;
            if at < n {
                most[slot] = L::max(L::first(n - at, load::<L>(x, at, n), lowest), most[slot]);
            }
        }
        block += SIDE * LANES;
    }
    L::largest(L::max(L::max(most[0], most[1]), L::max(most[2], most[3])))
}

/// Floats whose exponentials are summed in f32 before they go into the sum in f64.
const RUN: usize = 1024;

/// sum exp(x - shift), in f64 from one run to the next; NaN where any x is.
///
/// # Safety
/// As `sum`.
#[inline(always)]
pub unsafe fn exponentials<L: Vector>(x: *const f32, n: usize, shift: f32) -> f64 {
    let (zero, shift) = (L::splat(0.0), L::splat(shift));
    let mut total = 0.0;
    let mut start = 0;
    while start < n {
        let end = (start + RUN).min(n);
        let mut sums = [zero; SIDE];
        let mut block = start;
        while block < end {
            for slot in 0..SIDE {
                let at = block + slot * LANES;
                if at < end {
                    let e = L::exp(L::sub(load::<L>(x, at, end), shift));
                    sums[slot] = L::add(sums[slot], L::first(end - at, e, zero));
                }
            }
            block += SIDE * LANES;
        }
        total += joined::<L>(&sums) as f64;
        start = end;
    }
    total
}
