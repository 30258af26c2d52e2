//! Vectors made orthogonal and of length 1: Gram-Schmidt in f64, four directions at once, each vector twice.

use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;

/// Sums side by side: two vectors of the widest tier.
const LANES: usize = 16;
/// Directions that a vector is freed of at once: it is read once for all of them.
const AT_ONCE: usize = 4;
/// Vectors that are freed of the same directions one after the other, while these lie in the cache. A multiple of AT_ONCE.
const GROUP: usize = 16;

/// N rows of one length: with their length known, the loops over them need no checks of bounds and become vectors.
#[inline(always)]
fn rows_of<const N: usize>(rows: &[f64], length: usize) -> [&[f64]; N] {
    std::array::from_fn(|row| &rows[row * length..][..length])
}

#[inline(always)]
fn dots<const N: usize>(x: &[f64], rows: &[f64], length: usize) -> [f64; N] {
    let rows = rows_of::<N>(rows, length);
    let mut sums = [[0.0f64; LANES]; N];
    let (chunks, rest) = x[..length].as_chunks::<LANES>();
    for (row, sum) in rows.iter().zip(&mut sums) {
        for (a, b) in chunks.iter().zip(row.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sum[lane] += a[lane] * b[lane];
            }
        }
    }
    let whole = length - rest.len();
    std::array::from_fn(|row| {
        let tail: f64 = rest.iter().zip(&rows[row][whole..]).map(|(a, b)| a * b).sum();
        sums[row].iter().sum::<f64>() + tail
    })
}

#[inline(always)]
fn free<const N: usize>(x: &mut [f64], rows: &[f64], length: usize) {
    let shares = dots::<N>(x, rows, length);
    let rows = rows_of::<N>(rows, length);
    for (k, value) in x[..length].iter_mut().enumerate() {
        for (row, share) in rows.iter().zip(shares) {
            *value -= share * row[k];
        }
    }
}

#[inline(always)]
fn body<const FUSED: bool>(work: &mut [f64], count: usize, length: usize) {
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
