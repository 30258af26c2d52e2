//! Kernels: products of plain matrices in all transpose cases, and column sums.
//! `block` has products of blocks inside one thread; linear, flash and recurrent have products of their own, for their own layouts.

#[cfg(target_arch = "x86_64")]
mod amx;
pub mod block;
pub mod micro;
#[cfg(target_arch = "x86_64")]
pub mod pairs;
mod plan;
mod tile;
#[cfg(target_arch = "x86_64")]
mod transpose;

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::tier::Tier;
use crate::vector::portable::Portable;
#[cfg(target_arch = "x86_64")]
use crate::vector::{avx2::Avx2, avx512::Avx512};
use plan::Plan;

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

fn matmul_tiles(call: &Call) -> usize {
    if call.size(0) * call.size(3) * call.size(4) == 0 {
        0
    } else {
        Plan::of(call).tiles()
    }
}

// Which body runs, and what scratch it needs.
fn matmul_scratch(call: &Call) -> usize {
    let plan = Plan::of(call);
    #[cfg(target_arch = "x86_64")]
    match call.tier {
        Tier::Amx if call.flag(10) => return amx::scratch(&plan),
        Tier::Avx512Bf16 if call.flag(10) => return pairs::scratch(&plan),
        _ => {}
    }
    tile::scratch(&plan)
}

#[cfg(target_arch = "x86_64")]
fn matmul(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn avx2(call: &Call, tile: usize, scratch: *mut f32) {
        tile::tile::<Avx2>(call, tile, scratch)
    }
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
    unsafe fn avx512(call: &Call, tile: usize, scratch: *mut f32) {
        tile::tile::<Avx512>(call, tile, scratch)
    }
    let scratch = scratch.as_mut_ptr() as *mut f32;
    // SAFETY: the tier was chosen from what the CPU declares; scratch is as `matmul_scratch` says.
    unsafe {
        match call.tier {
            Tier::Portable => tile::tile::<Portable>(call, tile, scratch),
            Tier::Avx2 => avx2(call, tile, scratch),
            Tier::Amx if call.flag(10) => amx::tile(call, tile, scratch),
            Tier::Avx512Bf16 if call.flag(10) => pairs::tile(call, tile, scratch),
            _ => avx512(call, tile, scratch),
        }
    }
    Ok(())
}

#[cfg(not(target_arch = "x86_64"))]
fn matmul(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    // SAFETY: plain Rust; scratch is as `matmul_scratch` says.
    unsafe { tile::tile::<Portable>(call, tile, scratch.as_mut_ptr() as *mut f32) };
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
        signature:
            "matmul(a:f32,b:f32,bias:f32;;c:f32;batch,batchA,batchB,rows,columns,depth,hasBias;transposeA,transposeB,accumulate,bf16)",
        extents: |s| vec![s[1] * s[3] * s[5], s[2] * s[5] * s[4], s[6] * s[4], s[0] * s[3] * s[4]],
        check: check_matmul,
        tiles: matmul_tiles,
        scratch: matmul_scratch,
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
