//! C (+)= A · B for blocks: an element of A for sixteen columns of B at a time, many sums in registers. Depth ascends: one order of sums.
//! On the way, lines of memory that will be read soon are fetched. Knows no attention.

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
    pub ahead: *mut Ahead,
}

/// One product on one tier.
pub type Multiply = unsafe fn(&Product);

/// Rows that will be read or written soon: fetched a few lines at a time, where there is arithmetic to hide the way to memory.
#[derive(Default)]
pub struct Ahead {
    queue: [Rows; QUEUE],
    first: usize,
    count: usize,
}

/// Rows of memory, in lines of sixteen floats.
#[derive(Clone, Copy, Default)]
struct Rows {
    at: usize,
    step: usize,
    left: usize,
    lines: usize,
    line: usize,
}

const QUEUE: usize = 8;
/// Lines that are fetched at once.
const BURST: usize = 16;

impl Ahead {
    /// `count` rows of `width` floats, `step` apart. Where the queue is full nothing happens: it is but a hint.
    #[inline(always)]
    pub fn push(&mut self, at: *const f32, step: usize, count: usize, width: usize) {
        if self.count < QUEUE && count > 0 {
            self.queue[(self.first + self.count) % QUEUE] =
                Rows { at: at as usize, step: step * 4, left: count, lines: width.div_ceil(LANES), line: 0 };
            self.count += 1;
        }
    }

    #[inline(always)]
    unsafe fn fetch<L: Vector>(&mut self) {
        for _ in 0..BURST {
            if self.count == 0 {
                return;
            }
            let rows = &mut self.queue[self.first % QUEUE];
            // SAFETY: any address will do.
            unsafe { L::prefetch((rows.at + rows.line * 64) as *const u8) };
            rows.line += 1;
            if rows.line == rows.lines {
                (rows.line, rows.left, rows.at) = (0, rows.left - 1, rows.at.wrapping_add(rows.step));
                if rows.left == 0 {
                    (self.first, self.count) = (self.first + 1, self.count - 1);
                }
            }
        }
    }
}

/// With `WIDE` for tiers of 32 registers that hold sixteen floats each, else for those with sixteen of eight.
///
/// # Safety
/// Pointers are good for what the sizes say.
#[inline(always)]
pub unsafe fn multiply<L: Vector, const WIDE: bool>(p: &Product) {
    let mut column = 0;
    // SAFETY: as promised.
    unsafe {
        while column < p.columns {
            if !WIDE {
                strip::<L, 1, 6>(p, column);
                column += 1;
                continue;
            }
            match p.columns - column {
                1 => strip::<L, 1, 8>(p, column),
                2 => strip::<L, 2, 8>(p, column),
                3 => strip::<L, 3, 8>(p, column),
                _ => strip::<L, 4, 6>(p, column),
            }
            column += 4;
        }
    }
}

/// T sixteens of columns; R rows at once.
#[inline(always)]
unsafe fn strip<L: Vector, const T: usize, const R: usize>(p: &Product, column: usize) {
    let mut row = 0;
    while row < p.rows {
        // SAFETY: as promised.
        unsafe {
            if !p.ahead.is_null() {
                (*p.ahead).fetch::<L>();
            }
            match p.rows - row {
                1 => block::<L, 1, T>(p, row, column),
                2 => block::<L, 2, T>(p, row, column),
                3 => block::<L, 3, T>(p, row, column),
                4 => block::<L, 4, T>(p, row, column),
                5 => block::<L, 5, T>(p, row, column),
                6 if R > 6 => block::<L, 6, T>(p, row, column),
                7 if R > 6 => block::<L, 7, T>(p, row, column),
                _ => block::<L, R, T>(p, row, column),
            }
        }
        row += R;
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
