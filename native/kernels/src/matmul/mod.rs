//! Kernels: products of plain matrices in all transpose cases, and column sums.

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::for_tiers;
use crate::lanes::{fma, from_bf16, to_bf16};

/// Columns of a tile of column sums.
const COLUMNS: usize = 64;

fn check_matmul(s: &[f64]) -> Result<(), KernelError> {
    for shared in &s[1..3] {
        if *shared != 1.0 && *shared != s[0] {
            return Err(KernelError::Program { value: *shared, limit: s[0] });
        }
    }
    if s[6] > 1.0 {
        return Err(KernelError::Program { value: s[6], limit: 1.0 });
    }
    Ok(())
}

fn rounded(x: f32, bf16: bool) -> f32 {
    if bf16 {
        from_bf16(to_bf16(x))
    } else {
        x
    }
}

/// # Safety
/// Tiles are rows of c.
#[inline(always)]
unsafe fn row<const FUSED: bool>(call: &Call, tile: usize) {
    let (rows, columns, depth) = (call.size(3), call.size(4), call.size(5));
    let (transpose_a, transpose_b, accumulate, bf16) = (call.flag(7), call.flag(8), call.flag(9), call.flag(10));
    let (batch, m) = (tile / rows, tile % rows);
    let a = &call.f32s(0)[if call.size(1) == 1 { 0 } else { batch * rows * depth }..];
    let b = &call.f32s(1)[if call.size(2) == 1 { 0 } else { batch * depth * columns }..];
    // SAFETY: this row is this tile's.
    let c = unsafe { call.f32s_mut(3, tile * columns, columns) };
    if !accumulate {
        c.fill(0.0);
    }
    if call.size(6) == 1 {
        for (c, bias) in c.iter_mut().zip(call.f32s(2)) {
            *c += bias;
        }
    }
    for k in 0..depth {
        let x = rounded(a[if transpose_a { k * rows + m } else { m * depth + k }], bf16);
        for (n, c) in c.iter_mut().enumerate() {
            *c = fma::<FUSED>(x, rounded(b[if transpose_b { n * depth + k } else { k * columns + n }], bf16), *c);
        }
    }
}

fn matmul(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    for_tiers!(call.tier, row, (call: &Call, tile: usize) -> ());
    Ok(())
}

fn column_sums(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let columns = call.size(1);
    let range = span(tile, COLUMNS, columns);
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    let mut sums = [0.0f32; COLUMNS];
    for row in call.f32s(0).chunks_exact(columns) {
        for (sum, x) in sums.iter_mut().zip(&row[range.clone()]) {
            *sum += x;
        }
    }
    for (y, sum) in y.iter_mut().zip(sums) {
        *y = if call.flag(2) { *y + sum } else { sum };
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "matmul",
        signature: "matmul(a:f32,b:f32,bias:f32;;c:f32;batch,batchA,batchB,rows,columns,depth,hasBias;transposeA,transposeB,accumulate,bf16)",
        extents: |s| vec![s[1] * s[3] * s[5], s[2] * s[5] * s[4], s[6] * s[4], s[0] * s[3] * s[4]],
        check: check_matmul,
        tiles: |call| call.size(0) * call.size(3),
        scratch: |_| 0,
        run: matmul,
    },
    Row {
        name: "columnSums",
        signature: "columnSums(x:f32;;y:f32;rows,columns;accumulate)",
        extents: |s| vec![s[0] * s[1], s[1]],
        check: |_| Ok(()),
        tiles: |call| call.size(1).div_ceil(COLUMNS),
        scratch: |_| 0,
        run: column_sums,
    },
];
