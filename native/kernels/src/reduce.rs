//! One number of many, over the middle of three dimensions: sums, largest values, and what spreads their gradients.
//! A result's terms are added in one order that depends on their count alone.

use crate::call::{no_check, no_scratch, span, Call, Row};
use crate::error::KernelError;
use crate::for_vectors;
use crate::vector::{Vector, LANES};

/// Results of a tile side by side, where the terms of each lie `inner` apart: their sums stay in the first cache.
const COLUMNS: usize = 256;
/// Terms that a tile reads, where there are many results.
const STEP: usize = 32_768;

/// [outer, middle, inner], and how tiles share it: blocks of columns, and rows of outer.
struct Shape {
    outer: usize,
    middle: usize,
    inner: usize,
    columns: usize,
    rows: usize,
}

impl Shape {
    fn of(call: &Call) -> Shape {
        let (outer, middle, inner) = (call.size(0), call.size(1), call.size(2));
        let columns = inner.clamp(1, COLUMNS);
        Shape { outer, middle, inner, columns, rows: (STEP / (middle * columns).max(1)).max(1) }
    }

    fn blocks(&self) -> usize {
        self.inner.div_ceil(self.columns)
    }

    /// Rows of outer, and columns, of a tile.
    fn part(&self, tile: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let blocks = self.blocks().max(1);
        (span(tile / blocks, self.rows, self.outer), span(tile % blocks, self.columns, self.inner))
    }
}

fn tiles(call: &Call) -> usize {
    let shape = Shape::of(call);
    shape.outer.div_ceil(shape.rows) * shape.blocks()
}

// The sum of terms that lie side by side: four sums of vectors, added at the end.
#[inline(always)]
unsafe fn row_sum<L: Vector>(x: &[f32]) -> f32 {
    let mut sums = [L::splat(0.0); 4];
    let mut i = 0;
    while i + 4 * LANES <= x.len() {
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum = L::add(*sum, L::load(x.as_ptr().add(i + k * LANES)));
        }
        i += 4 * LANES;
    }
    while i < x.len() {
        sums[0] = L::add(sums[0], L::load_left(x.as_ptr().add(i), (x.len() - i).min(LANES)));
        i += LANES;
    }
    L::sum(L::add(L::add(sums[0], sums[1]), L::add(sums[2], sums[3])))
}

// Terms that lie side by side, in pieces of 4096 that are added as f64: long sums do not lose digits.
#[inline(always)]
unsafe fn sum_rows<L: Vector>(x: &[f32], middle: usize, scale: f32, accumulate: bool, y: &mut [f32]) {
    for (o, y) in y.iter_mut().enumerate() {
        let row = &x[o * middle..(o + 1) * middle];
        let mut sum = 0.0f64;
        let mut at = 0;
        while at < middle {
            let end = (at + 4096).min(middle);
            sum += row_sum::<L>(&row[at..end]) as f64;
            at = end;
        }
        let sum = scale * sum as f32;
        *y = if accumulate { *y + sum } else { sum };
    }
}

/// Rows of terms that are added together before they meet the sums.
const TOGETHER: usize = 8;

// One row of outer: `x` begins at its first column here, rows lie `inner` apart.
#[inline(always)]
unsafe fn sum_columns<L: Vector>(x: *const f32, middle: usize, inner: usize, scale: f32, accumulate: bool, y: &mut [f32]) {
    let width = y.len();
    let mut sums = [0.0f32; COLUMNS];
    let mut m = 0;
    while m < middle {
        let together = (middle - m).min(TOGETHER);
        let row = x.add(m * inner);
        let mut i = 0;
        while i < width {
            let count = (width - i).min(LANES);
            let at = row.add(i);
            let mut sum = L::load_left(at, count);
            if together == TOGETHER {
                for r in 1..TOGETHER {
                    sum = L::add(sum, L::load_left(at.add(r * inner), count));
                }
            } else {
                for r in 1..together {
                    sum = L::add(sum, L::load_left(at.add(r * inner), count));
                }
            }
            let to = sums.as_mut_ptr().add(i);
            L::store_left(to, count, L::add(L::load_left(to, count), sum));
            i += LANES;
        }
        m += together;
    }
    for (y, sum) in y.iter_mut().zip(&sums) {
        *y = if accumulate { *y + scale * sum } else { scale * sum };
    }
}

fn reduce_sum(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let shape = Shape::of(call);
    let (rows, columns) = shape.part(tile);
    let (middle, inner, scale, accumulate) = (shape.middle, shape.inner, call.scalars[3] as f32, call.flag(4));
    if inner == 1 {
        let x = &call.f32s(0)[rows.start * middle..rows.end * middle];
        // SAFETY: tiles are disjoint.
        let y = unsafe { call.f32s_mut(1, rows.start, rows.len()) };
        for_vectors!(call.tier, sum_rows, (x: &[f32], middle: usize, scale: f32, accumulate: bool, y: &mut [f32]));
        return Ok(());
    }
    for o in rows {
        // Of no terms there is no first.
        let x = call.f32s(0).as_ptr().wrapping_add(o * middle * inner + columns.start);
        // SAFETY: tiles are disjoint; rows and columns lie inside x.
        let y = unsafe { call.f32s_mut(1, o * inner + columns.start, columns.len()) };
        for_vectors!(call.tier, sum_columns, (x: *const f32, middle: usize, inner: usize, scale: f32, accumulate: bool, y: &mut [f32]));
    }
    Ok(())
}

fn spread(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let shape = Shape::of(call);
    let (rows, columns) = shape.part(tile);
    let (middle, inner, scale, accumulate) = (shape.middle, shape.inner, call.scalars[3] as f32, call.flag(4));
    for o in rows {
        let x = &call.f32s(0)[o * inner + columns.start..o * inner + columns.end];
        // Rows of one column lie side by side.
        let (count, length) = if inner == 1 { (middle.min(1), middle) } else { (middle, columns.len()) };
        for m in 0..count {
            // SAFETY: tiles are disjoint.
            let y = unsafe { call.f32s_mut(1, (o * middle + m) * inner + columns.start, length) };
            for (i, y) in y.iter_mut().enumerate() {
                let term = scale * if inner == 1 { x[0] } else { x[i] };
                *y = if accumulate { *y + term } else { term };
            }
        }
    }
    Ok(())
}

// The first of the largest of terms side by side: the largest, lane by lane, then where it is.
fn largest(x: &[f32]) -> (f32, i32) {
    let mut best = [x[0]; LANES];
    for part in x.chunks_exact(LANES) {
        for i in 0..LANES {
            // A NaN stays: nothing is above it.
            best[i] = if part[i] > best[i] || part[i].is_nan() { part[i] } else { best[i] };
        }
    }
    let mut most = best[0];
    for value in best.iter().chain(&x[x.len() / LANES * LANES..]) {
        most = if *value > most || value.is_nan() { *value } else { most };
    }
    let at = x.iter().position(|value| *value == most || (value.is_nan() && most.is_nan()));
    (most, at.unwrap_or(0) as i32)
}

fn reduce_max(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let shape = Shape::of(call);
    let (rows, columns) = shape.part(tile);
    let (middle, inner) = (shape.middle, shape.inner);
    let x = call.f32s(0);
    for o in rows {
        let first = o * inner + columns.start;
        // SAFETY: tiles are disjoint.
        let y = unsafe { call.f32s_mut(1, first, columns.len()) };
        // SAFETY: as above; the extent was checked.
        let index = unsafe { std::slice::from_raw_parts_mut(call.out::<i32>(2).add(first), columns.len()) };
        if inner == 1 {
            (y[0], index[0]) = largest(&x[o * middle..(o + 1) * middle]);
            continue;
        }
        for m in 0..middle {
            let row = &x[(o * middle + m) * inner + columns.start..][..columns.len()];
            for i in 0..row.len() {
                // NaN is above all, and the first stays.
                if m == 0 || row[i] > y[i] || (row[i].is_nan() && !y[i].is_nan()) {
                    y[i] = row[i];
                    index[i] = m as i32;
                }
            }
        }
    }
    Ok(())
}

fn reduce_max_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let shape = Shape::of(call);
    let (rows, columns) = shape.part(tile);
    let (middle, inner, accumulate) = (shape.middle, shape.inner, call.flag(3));
    for o in rows {
        let first = o * inner + columns.start;
        let (index, dy) = (&call.i32s(0)[first..][..columns.len()], &call.f32s(1)[first..][..columns.len()]);
        for m in 0..middle {
            // SAFETY: tiles are disjoint.
            let dx = unsafe { call.f32s_mut(2, (o * middle + m) * inner + columns.start, columns.len()) };
            for i in 0..dx.len() {
                let term = if index[i] == m as i32 { dy[i] } else { 0.0 };
                dx[i] = if accumulate { dx[i] + term } else { term };
            }
        }
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "reduceSum",
        signature: "reduceSum(x:f32;;y:f32;outer,middle,inner,scale;accumulate)",
        extents: |s| vec![s[0] * s[1] * s[2], s[0] * s[2]],
        check: no_check,
        tiles,
        scratch: no_scratch,
        run: reduce_sum,
    },
    Row {
        name: "spread",
        signature: "spread(x:f32;;y:f32;outer,middle,inner,scale;accumulate)",
        extents: |s| vec![s[0] * s[2], s[0] * s[1] * s[2]],
        check: no_check,
        tiles,
        scratch: no_scratch,
        run: spread,
    },
    Row {
        name: "reduceMax",
        signature: "reduceMax(x:f32;y:f32,index:i32;;outer,middle,inner;)",
        extents: |s| vec![s[0] * s[1] * s[2], s[0] * s[2], s[0] * s[2]],
        check: |s| {
            if s[1] > 0.0 || s[0] * s[2] == 0.0 {
                Ok(())
            } else {
                Err(KernelError::Program { value: s[1], limit: 1.0 })
            }
        },
        tiles,
        scratch: no_scratch,
        run: reduce_max,
    },
    Row {
        name: "reduceMaxGrad",
        signature: "reduceMaxGrad(index:i32,dy:f32;;dx:f32;outer,middle,inner;accumulate)",
        extents: |s| vec![s[0] * s[2], s[0] * s[2], s[0] * s[1] * s[2]],
        check: no_check,
        tiles,
        scratch: no_scratch,
        run: reduce_max_grad,
    },
];
