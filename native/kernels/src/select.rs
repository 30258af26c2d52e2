//! Choosing, gathering, running sums, powers and casts, with their gradients. Plain loops: memory is what they cost.

use crate::call::{no_check, no_scratch, span, Call, Row};
use crate::error::KernelError;

/// Elements of a tile.
const STEP: usize = 16_384;

fn element_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(STEP)
}

fn index(id: i32, size: usize) -> Result<usize, KernelError> {
    if id >= 0 && (id as usize) < size {
        Ok(id as usize)
    } else {
        Err(KernelError::Index { value: id as f64, limit: size as f64 })
    }
}

fn put(y: &mut f32, value: f32, accumulate: bool) {
    *y = if accumulate { *y + value } else { value };
}

fn select(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (condition, a, b) = (call.f32s(0), call.f32s(1), call.f32s(2));
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(3, range.start, range.len()) };
    for (y, i) in y.iter_mut().zip(range) {
        *y = if condition[i] != 0.0 { a[i] } else { b[i] };
    }
    Ok(())
}

fn select_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (condition, dy, second, accumulate) = (call.f32s(0), call.f32s(1), call.flag(1), call.flag(2));
    // SAFETY: tiles are disjoint.
    let d = unsafe { call.f32s_mut(2, range.start, range.len()) };
    for (d, i) in d.iter_mut().zip(range) {
        put(d, if (condition[i] != 0.0) != second { dy[i] } else { 0.0 }, accumulate);
    }
    Ok(())
}

/// Blocks of the outer dimension that a tile of gathering holds.
fn blocks(call: &Call) -> usize {
    (STEP / (call.size(1).max(call.size(2)) * call.size(3)).max(1)).max(1)
}

fn block_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(blocks(call))
}

fn gather(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (size, count, inner) = (call.size(1), call.size(2), call.size(3));
    let (x, ids) = (call.f32s(0), call.i32s(1));
    for block in span(tile, blocks(call), call.size(0)) {
        let start = block * count * inner;
        // SAFETY: blocks are disjoint.
        let y = unsafe { call.f32s_mut(2, start, count * inner) };
        for (i, y) in y.iter_mut().enumerate() {
            *y = x[(block * size + index(ids[start + i], size)?) * inner + i % inner];
        }
    }
    Ok(())
}

fn gather_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (size, count, inner) = (call.size(1), call.size(2), call.size(3));
    let (ids, dy) = (call.i32s(0), call.f32s(1));
    for block in span(tile, blocks(call), call.size(0)) {
        // SAFETY: blocks are disjoint.
        let dx = unsafe { call.f32s_mut(2, block * size * inner, size * inner) };
        if !call.flag(4) {
            dx.fill(0.0);
        }
        for i in 0..count * inner {
            let at = block * count * inner + i;
            dx[index(ids[at], size)? * inner + i % inner] += dy[at];
        }
    }
    Ok(())
}

/// Outer blocks of a tile of running sums.
fn runs(call: &Call) -> usize {
    (STEP / (call.size(1) * call.size(2)).max(1)).max(1)
}

fn cumulate(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (size, inner, reverse, accumulate) = (call.size(1), call.size(2), call.flag(3), call.flag(4));
    let x = call.f32s(0);
    for block in span(tile, runs(call), call.size(0)) {
        let start = block * size * inner;
        // SAFETY: blocks are disjoint.
        let y = unsafe { call.f32s_mut(1, start, size * inner) };
        for lane in 0..inner {
            let mut sum = 0.0f64;
            for i in 0..size {
                let at = (if reverse { size - 1 - i } else { i }) * inner + lane;
                sum += x[start + at] as f64;
                put(&mut y[at], sum as f32, accumulate);
            }
        }
    }
    Ok(())
}

fn one_hot(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let classes = call.size(1);
    let ids = call.i32s(0);
    for i in span(tile, (STEP / classes.max(1)).max(1), call.size(0)) {
        // SAFETY: rows are disjoint.
        let y = unsafe { call.f32s_mut(1, i * classes, classes) };
        y.fill(0.0);
        y[index(ids[i], classes)?] = 1.0;
    }
    Ok(())
}

fn to_integer(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (x, y) = (call.f32s(0), call.out::<i32>(1));
    for i in span(tile, STEP, call.size(0)) {
        let whole = x[i].trunc();
        if !(-2_147_483_648.0..2_147_483_648.0).contains(&whole) {
            return Err(KernelError::Numeric { value: i as f64, limit: call.size(0) as f64 });
        }
        // SAFETY: extents were checked; tiles are disjoint.
        unsafe { *y.add(i) = whole as i32 };
    }
    Ok(())
}

fn power(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (x, alpha) = (call.f32s(0), call.scalars[1]);
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    for (y, i) in y.iter_mut().zip(range) {
        *y = (x[i] as f64).powf(alpha) as f32;
    }
    Ok(())
}

fn power_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (x, dy, alpha, accumulate) = (call.f32s(0), call.f32s(1), call.scalars[1], call.flag(2));
    // SAFETY: tiles are disjoint.
    let dx = unsafe { call.f32s_mut(2, range.start, range.len()) };
    for (dx, i) in dx.iter_mut().zip(range) {
        let slope = if alpha == 0.0 { 0.0 } else { alpha * (x[i] as f64).powf(alpha - 1.0) * dy[i] as f64 };
        put(dx, slope as f32, accumulate);
    }
    Ok(())
}

macro_rules! row {
    ($name:literal, $signature:literal, $extents:expr, $tiles:expr, $run:expr) => {
        Row { name: $name, signature: $signature, extents: $extents, check: no_check, tiles: $tiles, scratch: no_scratch, run: $run }
    };
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    row!("select", "select(condition:f32,a:f32,b:f32;y:f32;;n;)", |s| vec![s[0]; 4], element_tiles, select),
    row!("selectGrad", "selectGrad(condition:f32,dy:f32;;d:f32;n;second,accumulate)", |s| vec![s[0]; 3], element_tiles, select_grad),
    row!(
        "gather",
        "gather(x:f32,ids:i32;y:f32;;outer,size,count,inner;)",
        |s| vec![s[0] * s[1] * s[3], s[0] * s[2] * s[3], s[0] * s[2] * s[3]],
        block_tiles,
        gather
    ),
    row!(
        "gatherGrad",
        "gatherGrad(ids:i32,dy:f32;;dx:f32;outer,size,count,inner;accumulate)",
        |s| vec![s[0] * s[2] * s[3], s[0] * s[2] * s[3], s[0] * s[1] * s[3]],
        block_tiles,
        gather_grad
    ),
    row!(
        "cumulate",
        "cumulate(x:f32;;y:f32;outer,size,inner;reverse,accumulate)",
        |s| vec![s[0] * s[1] * s[2]; 2],
        |call| call.size(0).div_ceil(runs(call)),
        cumulate
    ),
    row!(
        "oneHot",
        "oneHot(ids:i32;y:f32;;count,classes;)",
        |s| vec![s[0], s[0] * s[1]],
        |call| call.size(0).div_ceil((STEP / call.size(1).max(1)).max(1)),
        one_hot
    ),
    row!("toInteger", "toInteger(x:f32;y:i32;;n;)", |s| vec![s[0]; 2], element_tiles, to_integer),
    row!("power", "power(x:f32;y:f32;;n,alpha;)", |s| vec![s[0]; 2], element_tiles, power),
    row!("powerGrad", "powerGrad(x:f32,dy:f32;;dx:f32;n,alpha;accumulate)", |s| vec![s[0]; 3], element_tiles, power_grad),
];
