//! Cross-entropy of logits, with a class or a distribution a row as target, and its gradients: the softmax is computed anew from the normaliser of a row.

use crate::call::{span, Call};
use crate::error::KernelError;
use crate::for_vectors;
use crate::normalize::sums::{exponentials, largest, load, put, sum};
use crate::vector::{Vector, LANES};

/// Elements of a tile.
const STEP: usize = 16_384;

fn rows_of_tile(vocabulary: usize) -> usize {
    (STEP / vocabulary.max(1)).max(1)
}

pub fn row_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(rows_of_tile(call.size(1)))
}

/// The largest, and log(sum exp(z - largest)).
#[inline(always)]
unsafe fn normalizer_body<L: Vector>(z: &[f32]) -> (f32, f64) {
    let most = largest::<L>(z.as_ptr(), z.len());
    (most, exponentials::<L>(z.as_ptr(), z.len(), most).ln())
}

fn normalizer_of(call: &Call, z: &[f32]) -> (f32, f64) {
    if z.is_empty() {
        return (0.0, 0.0);
    }
    for_vectors!(call.tier, normalizer_body, (z: &[f32]) -> (f32, f64))
}

/// sum q · (z - shift), and sum q; q is 1 everywhere without weights.
#[inline(always)]
unsafe fn weighted_body<L: Vector>(z: &[f32], q: Option<&[f32]>, shift: f32) -> (f64, f64) {
    let n = z.len();
    // Runs of a few hundred: what is added in f32 stays short.
    let (mut total, mut all) = (0.0, 0.0);
    let mut start = 0;
    while start < n {
        let end = (start + 512).min(n);
        let zero = L::splat(0.0);
        let (mut sums, mut ones) = (zero, zero);
        let mut at = start;
        while at < end {
            let weight = match q {
                Some(q) => load::<L>(q.as_ptr(), at, end),
                None => L::first(end - at, L::splat(1.0), zero),
            };
            sums = L::fma(weight, L::sub(load::<L>(z.as_ptr(), at, end), L::splat(shift)), sums);
            ones = L::add(ones, weight);
            at += LANES;
        }
        total += L::sum(sums) as f64;
        all += L::sum(ones) as f64;
        start = end;
    }
    (total, all)
}

fn weighted(call: &Call, z: &[f32], q: Option<&[f32]>, shift: f32) -> (f64, f64) {
    for_vectors!(call.tier, weighted_body, (z: &[f32], q: Option<&[f32]>, shift: f32) -> (f64, f64))
}

/// The class of a row; none where it is not to be counted.
fn class(call: &Call, row: usize) -> Result<Option<usize>, KernelError> {
    let (target, vocabulary) = (call.i32s(1)[row], call.size(1));
    if target as f64 == call.scalars[2] {
        return Ok(None);
    }
    if target < 0 || target as usize >= vocabulary {
        return Err(KernelError::Index { value: target as f64, limit: vocabulary as f64 });
    }
    Ok(Some(target as usize))
}

fn finite(loss: f64, row: usize, call: &Call) -> Result<f32, KernelError> {
    let loss = loss as f32;
    if loss.is_finite() {
        Ok(loss)
    } else {
        Err(KernelError::Numeric { value: row as f64, limit: call.size(0) as f64 })
    }
}

fn weights(call: &Call) -> Option<&[f32]> {
    call.flag(4).then(|| call.f32s(2))
}

pub fn cross_entropy(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (vocabulary, smoothing) = (call.size(1), call.scalars[3]);
    let weights = weights(call);
    for row in span(tile, rows_of_tile(vocabulary), call.size(0)) {
        let z = &call.f32s(0)[row * vocabulary..(row + 1) * vocabulary];
        let (most, log) = normalizer_of(call, z);
        let (mut loss, mut counted) = (0.0, 0.0);
        if let Some(target) = class(call, row)? {
            let weight = weights.map_or(1.0, |weights| weights[target]);
            counted = weight;
            let mut sum = (1.0 - smoothing) * weight as f64 * (log + most as f64 - z[target] as f64);
            if smoothing > 0.0 {
                let (total, all) = weighted(call, z, weights, most);
                sum += smoothing / vocabulary as f64 * (log * all - total);
            }
            loss = finite(sum, row, call)?;
        }
        // SAFETY: rows are disjoint.
        unsafe {
            call.f32s_mut(3, row, 1)[0] = loss;
            call.f32s_mut(4, row, 1)[0] = counted;
            call.f32s_mut(5, 2 * row, 2).copy_from_slice(&[most, log as f32]);
        }
    }
    Ok(())
}

/// The gradient of a row: (+)= scale · exp(z - most - log) - rest · q, q 1 everywhere without weights.
#[derive(Clone, Copy)]
struct Slope<'a> {
    most: f32,
    log: f32,
    scale: f32,
    rest: f32,
    q: Option<&'a [f32]>,
    accumulate: bool,
}

#[inline(always)]
unsafe fn slope_body<L: Vector>(z: *const f32, d: *mut f32, n: usize, slope: Slope) {
    let (most, log, scale, rest) = (L::splat(slope.most), L::splat(slope.log), L::splat(slope.scale), L::splat(-slope.rest));
    let mut at = 0;
    while at < n {
        let shifted = L::sub(L::sub(load::<L>(z, at, n), most), log);
        let p = L::kept(shifted, L::exp(shifted));
        let mut v = L::mul(scale, p);
        if slope.rest != 0.0 {
            v = match slope.q {
                Some(q) => L::fma(rest, load::<L>(q.as_ptr(), at, n), v),
                None => L::add(v, rest),
            };
        }
        put::<L>(d, at, n, v, slope.accumulate);
        at += LANES;
    }
}

/// # Safety
/// n floats at z and d, d this tile's own; they may be the same.
unsafe fn add_slope(call: &Call, z: *const f32, d: *mut f32, n: usize, slope: Slope) {
    for_vectors!(call.tier, slope_body, (z: *const f32, d: *mut f32, n: usize, slope: Slope))
}

pub fn cross_entropy_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (vocabulary, smoothing, accumulate) = (call.size(1), call.scalars[3] as f32, call.flag(6));
    let weights = weights(call);
    let rest = smoothing / vocabulary as f32;
    let all = if smoothing > 0.0 { weights.map_or(vocabulary as f32, |weights| total(call, weights)) } else { 0.0 };
    for row in span(tile, rows_of_tile(vocabulary), call.size(0)) {
        // SAFETY: rows are disjoint; extents were checked.
        let (z, d) = unsafe { (call.f32s(0).as_ptr().add(row * vocabulary), call.out::<f32>(6).add(row * vocabulary)) };
        let factor = call.f32s(5)[if call.flag(5) { row } else { 0 }] * call.f32s(4)[0];
        let target = class(call, row)?.filter(|_| factor != 0.0);
        let Some(target) = target else {
            if !accumulate {
                // SAFETY: as above.
                unsafe { std::slice::from_raw_parts_mut(d, vocabulary) }.fill(0.0);
            }
            continue;
        };
        let right = (1.0 - smoothing) * weights.map_or(1.0, |weights| weights[target]);
        let normalizer = &call.f32s(3)[2 * row..];
        let slope = Slope {
            most: normalizer[0],
            log: normalizer[1],
            scale: factor * (right + rest * all),
            rest: factor * rest,
            q: weights,
            accumulate,
        };
        // SAFETY: as above.
        unsafe {
            add_slope(call, z, d, vocabulary, slope);
            *d.add(target) -= factor * right;
        }
    }
    Ok(())
}

#[inline(always)]
unsafe fn total_body<L: Vector>(x: &[f32]) -> f32 {
    sum::<L>(x.as_ptr(), x.len())
}

fn total(call: &Call, x: &[f32]) -> f32 {
    for_vectors!(call.tier, total_body, (x: &[f32]) -> f32)
}

/// The same with a distribution a row: q = (1 - s) · target + s / vocabulary.
pub fn soft_cross_entropy(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (vocabulary, smoothing) = (call.size(1), call.scalars[2]);
    for row in span(tile, rows_of_tile(vocabulary), call.size(0)) {
        let range = row * vocabulary..(row + 1) * vocabulary;
        let (z, target) = (&call.f32s(0)[range.clone()], &call.f32s(1)[range]);
        let (most, log) = normalizer_of(call, z);
        let (total, all) = weighted(call, z, Some(target), most);
        let mut sum = (1.0 - smoothing) * (log * all - total);
        if smoothing > 0.0 {
            let (total, all) = weighted(call, z, None, most);
            sum += smoothing / vocabulary as f64 * (log * all - total);
        }
        let loss = finite(sum, row, call)?;
        // SAFETY: rows are disjoint.
        unsafe {
            call.f32s_mut(2, row, 1)[0] = loss;
            call.f32s_mut(3, 2 * row, 2).copy_from_slice(&[most, log as f32]);
        }
    }
    Ok(())
}

pub fn soft_cross_entropy_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (vocabulary, smoothing, accumulate) = (call.size(1), call.scalars[2] as f32, call.flag(4));
    for row in span(tile, rows_of_tile(vocabulary), call.size(0)) {
        let q = &call.f32s(1)[row * vocabulary..(row + 1) * vocabulary];
        let factor = call.f32s(4)[if call.flag(3) { row } else { 0 }] * call.f32s(3)[0];
        let normalizer = &call.f32s(2)[2 * row..];
        let part = factor * (1.0 - smoothing);
        let all = part * total(call, q) + factor * smoothing;
        let slope = Slope { most: normalizer[0], log: normalizer[1], scale: all, rest: part, q: Some(q), accumulate };
        // SAFETY: rows are disjoint; extents were checked.
        unsafe {
            let (z, d) = (call.f32s(0).as_ptr().add(row * vocabulary), call.out::<f32>(5).add(row * vocabulary));
            add_slope(call, z, d, vocabulary, slope);
            if smoothing > 0.0 {
                shift(call, d, vocabulary, -factor * smoothing / vocabulary as f32);
            }
        }
    }
    Ok(())
}

#[inline(always)]
unsafe fn shift_body<L: Vector>(d: *mut f32, n: usize, by: f32) {
    let mut at = 0;
    while at < n {
        put::<L>(d, at, n, L::splat(by), true);
        at += LANES;
    }
}

/// # Safety
/// n floats at d, this tile's own.
unsafe fn shift(call: &Call, d: *mut f32, n: usize, by: f32) {
    for_vectors!(call.tier, shift_body, (d: *mut f32, n: usize, by: f32))
}
