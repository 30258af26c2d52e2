//! C (+)= A · B for blocks: an element of A for sixteen columns of B at a time, many sums in registers. Depth ascends: one order of sums. Knows no attention.

use crate::vector::{Vector, LANES};

/// One product. C[r, c] (+)= sum over k of a[r · a_row + k · a_depth] · b[k · b_row + c].
#[derive(Clone, Copy)]
pub struct Product {
    pub rows: usize,
    pub depth: usize,
    /// Sixteens of columns.
    pub columns: usize,
    pub a: *const f32,
    pub a_row: usize,
    pub a_depth: usize,
    pub b: *const f32,
    pub b_row: usize,
    pub c: *mut f32,
    pub c_row: usize,
    pub add: bool,
}

/// Rows of C at once.
const ROWS: usize = 6;

/// One product on one tier.
pub type Multiply = unsafe fn(&Product);

/// T: sixteens of columns at once.
///
/// # Safety
/// Pointers are good for what the sizes say.
#[inline(always)]
pub unsafe fn multiply<L: Vector, const T: usize>(p: &Product) {
    let mut column = 0;
    // SAFETY: as promised.
    unsafe {
        while column + T <= p.columns {
            strip::<L, T>(p, column);
            column += T;
        }
        while T > 2 && column + 2 <= p.columns {
            strip::<L, 2>(p, column);
            column += 2;
        }
        while column < p.columns {
            strip::<L, 1>(p, column);
            column += 1;
        }
    }
}

#[inline(always)]
unsafe fn strip<L: Vector, const T: usize>(p: &Product, column: usize) {
    let mut row = 0;
    while row < p.rows {
        // SAFETY: as promised.
        unsafe {
            match p.rows - row {
                1 => block::<L, 1, T>(p, row, column),
                2 => block::<L, 2, T>(p, row, column),
                3 => block::<L, 3, T>(p, row, column),
                4 => block::<L, 4, T>(p, row, column),
                5 => block::<L, 5, T>(p, row, column),
                _ => block::<L, ROWS, T>(p, row, column),
            }
        }
        row += ROWS;
    }
}

#[inline(always)]
unsafe fn block<L: Vector, const N: usize, const T: usize>(p: &Product, row: usize, column: usize) {
    // SAFETY: as promised.
    unsafe {
        let c = p.c.add(row * p.c_row + column * LANES);
        let mut sums = [[L::splat(0.0); T]; N];
        if p.add {
            for n in 0..N {
                for t in 0..T {
                    sums[n][t] = L::load(c.add(n * p.c_row + t * LANES));
                }
            }
        }
        let mut a = p.a.add(row * p.a_row);
        let mut b = p.b.add(column * LANES);
        for _ in 0..p.depth {
            let mut columns = [L::splat(0.0); T];
            for t in 0..T {
                columns[t] = L::load(b.add(t * LANES));
            }
            for n in 0..N {
                let x = L::splat(*a.add(n * p.a_row));
                for t in 0..T {
                    sums[n][t] = L::fma(x, columns[t], sums[n][t]);
                }
            }
            a = a.wrapping_add(p.a_depth);
            b = b.wrapping_add(p.b_row);
        }
        for n in 0..N {
            for t in 0..T {
                L::store(c.add(n * p.c_row + t * LANES), sums[n][t]);
            }
        }
    }
}
