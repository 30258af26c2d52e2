//! Vectors made orthogonal and of length 1: Gram-Schmidt in f64, four directions at once, each vector twice.

use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;

const LANES: usize = 8;
/// Directions that a vector is freed of at once: it is read once for all of them.
const AT_ONCE: usize = 4;
/// Vectors that are freed of the same directions one after the other, while these lie in the cache. A multiple of AT_ONCE.
const GROUP: usize = 16;

#[inline(always)]
fn dots<const N: usize>(x: &[f64], rows: &[f64], length: usize) -> [f64; N] {
    let mut sums = [[0.0f64; LANES]; N];
    let whole = length / LANES * LANES;
    let mut at = 0;
    while at < whole {
        for (row, sum) in sums.iter_mut().enumerate() {
            for lane in 0..LANES {
                sum[lane] += x[at + lane] * rows[row * length + at + lane];
            }
        }
        at += LANES;
    }
    let mut found = [0.0; N];
    for (row, sum) in sums.iter().enumerate() {
        let rest: f64 = (whole..length).map(|k| x[k] * rows[row * length + k]).sum();
        found[row] = sum.iter().sum::<f64>() + rest;
    }
    found
}

#[inline(always)]
fn free<const N: usize>(x: &mut [f64], rows: &[f64], length: usize) {
    let shares = dots::<N>(x, rows, length);
    for (k, value) in x.iter_mut().enumerate() {
        for (row, share) in shares.iter().enumerate() {
            *value -= share * rows[row * length + k];
        }
    }
}

#[inline(always)]
unsafe fn body<const FUSED: bool>(work: &mut [f64], count: usize, length: usize) {
    for start in (0..count).step_by(GROUP) {
        let (before, rest) = work.split_at_mut(start * length);
        let group = &mut rest[..GROUP.min(count - start) * length];
        for _ in 0..2 {
            for rows in before.chunks_exact(AT_ONCE * length) {
                for x in group.chunks_exact_mut(length) {
                    free::<AT_ONCE>(x, rows, length);
                }
            }
        }
        within(group, length);
    }
}

/// The vectors of a group, free of all before it, made orthogonal to each other and of length 1.
#[inline(always)]
fn within(group: &mut [f64], length: usize) {
    for i in 0..group.len() / length {
        let (before, rest) = group.split_at_mut(i * length);
        let x = &mut rest[..length];
        for _ in 0..2 {
            for row in before.chunks_exact(length) {
                free::<1>(x, row, length);
            }
        }
        let [square] = dots::<1>(&*x, &*x, length);
        let scale = 1.0 / square.sqrt();
        for value in x.iter_mut() {
            *value *= scale;
        }
    }
}

pub fn scratch(call: &Call) -> usize {
    call.size(0) * call.size(1) * std::mem::size_of::<f64>()
}

pub fn orthogonalize(call: &Call, _: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (count, length) = (call.size(0), call.size(1));
    // SAFETY: the only tile.
    let vectors = unsafe { call.f32s_mut(0, 0, count * length) };
    assert!(scratch.len() >= count * length * std::mem::size_of::<f64>());
    // SAFETY: scratch is this call's own, aligned to cache lines and, as just checked, long enough; any bits are an f64.
    let work = unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f64, count * length) };
    for (wide, value) in work.iter_mut().zip(vectors.iter()) {
        *wide = *value as f64;
    }
    for_tiers!(call.tier, body, (work: &mut [f64], count: usize, length: usize) -> ());
    for (value, wide) in vectors.iter_mut().zip(work.iter()) {
        *value = *wide as f32;
    }
    Ok(())
}
