//! What is read from logits, and the kernel with which the tests force a fault.

use crate::call::{Call, Row};
use crate::error::KernelError;
use crate::for_tiers;
use crate::lanes::{exp, Lanes};

#[inline(always)]
fn maximum_body<const FUSED: bool>(x: &[f32]) -> (f32, bool) {
    let mut best: Lanes = [f32::NEG_INFINITY; 16];
    let mut bad = [false; 16];
    let mut chunks = x.chunks_exact(16);
    for chunk in &mut chunks {
        for i in 0..16 {
            bad[i] |= chunk[i].is_nan();
            best[i] = if chunk[i] > best[i] { chunk[i] } else { best[i] };
        }
    }
    for value in chunks.remainder() {
        bad[0] |= value.is_nan();
        best[0] = best[0].max(*value);
    }
    (best.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b)), bad.iter().any(|b| *b))
}

#[inline(always)]
fn sum_body<const FUSED: bool>(x: &[f32], maximum: f32, scale: f32) -> f64 {
    let mut totals = [0.0f64; 16];
    let mut chunks = x.chunks_exact(16);
    for chunk in &mut chunks {
        for i in 0..16 {
            totals[i] += exp::<FUSED>((chunk[i] - maximum) * scale) as f64;
        }
    }
    for (i, value) in chunks.remainder().iter().enumerate() {
        totals[i] += exp::<FUSED>((value - maximum) * scale) as f64;
    }
    totals.iter().sum()
}

fn maximum(call: &Call, x: &[f32]) -> (f32, bool) {
    for_tiers!(call.tier, maximum_body, (x: &[f32]) -> (f32, bool))
}

fn exponential_sum(call: &Call, x: &[f32], maximum: f32, scale: f32) -> f64 {
    for_tiers!(call.tier, sum_body, (x: &[f32], maximum: f32, scale: f32) -> f64)
}

// Which value is none, and of how many.
fn not_a_number(x: &[f32]) -> KernelError {
    let at = x.iter().position(|value| value.is_nan()).unwrap_or(x.len());
    KernelError::Numeric { value: at as f64, limit: x.len() as f64 }
}

fn negative_log_likelihood(call: &Call, row: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let vocabulary = call.size(1);
    let target = call.i32s(1)[row];
    if target < 0 || target as usize >= vocabulary {
        return Err(KernelError::Index { value: target as f64, limit: vocabulary as f64 });
    }
    let logits = &call.f32s(0)[row * vocabulary..(row + 1) * vocabulary];
    let (largest, bad) = maximum(call, logits);
    if bad {
        return Err(not_a_number(logits));
    }
    let nll = exponential_sum(call, logits, largest, 1.0).ln() + largest as f64 - logits[target as usize] as f64;
    // SAFETY: one element a tile.
    unsafe { call.f32s_mut(2, row, 1)[0] = nll as f32 };
    Ok(())
}

// Falling by value, ties by rising index.
fn before(a: (f32, i32), b: (f32, i32)) -> bool {
    a.0 > b.0 || (a.0 == b.0 && a.1 < b.1)
}

fn sift_down(heap: &mut [(f32, i32)], mut at: usize) {
    loop {
        let mut worst = at;
        for child in [2 * at + 1, 2 * at + 2] {
            if child < heap.len() && before(heap[worst], heap[child]) {
                worst = child;
            }
        }
        if worst == at {
            return;
        }
        heap.swap(at, worst);
        at = worst;
    }
}

fn top_candidates(call: &Call, row: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (n, count, scale) = (call.size(1), call.size(2), call.f32s(1)[row]);
    let logits = &call.f32s(0)[row * n..(row + 1) * n];
    let (largest, bad) = maximum(call, logits);
    if bad {
        return Err(not_a_number(logits));
    }
    // SAFETY: scratch holds `count` pairs.
    let heap = unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut (f32, i32), count) };
    for (i, slot) in heap.iter_mut().enumerate() {
        *slot = (logits[i], i as i32);
    }
    for at in (0..count / 2).rev() {
        sift_down(heap, at);
    }
    for (i, value) in logits.iter().enumerate().skip(count) {
        if *value > heap[0].0 {
            heap[0] = (*value, i as i32);
            sift_down(heap, 0);
        }
    }
    heap.sort_unstable_by(|a, b| if before(*a, *b) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
    // SAFETY: each row has one tile.
    unsafe {
        for (i, (value, index)) in heap.iter().enumerate() {
            call.f32s_mut(2, row * count + i, 1)[0] = *value;
            *call.out::<i32>(3).add(row * count + i) = *index;
        }
        call.f32s_mut(4, row, 1)[0] = (exponential_sum(call, logits, largest, scale).ln() + (scale * largest) as f64) as f32;
    }
    Ok(())
}

fn fault(call: &Call, _: usize, _: &mut [u8]) -> Result<(), KernelError> {
    match call.size(0) {
        1 => panic!("a panic that the tests asked for"),
        2 => {
            std::thread::sleep(std::time::Duration::from_millis(1));
            Ok(())
        }
        3 => Err(KernelError::Index { value: 1.0, limit: 1.0 }),
        _ => Ok(()),
    }
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "negativeLogLikelihood",
        signature: "negativeLogLikelihood(logits:f32,targets:i32;nll:f32;;rows,vocabulary;)",
        extents: |s| vec![s[0] * s[1], s[0], s[0]],
        check: |_| Ok(()),
        tiles: |call| call.size(0),
        scratch: |_| 0,
        run: negative_log_likelihood,
    },
    Row {
        name: "topCandidates",
        signature: "topCandidates(logits:f32,scales:f32;values:f32,indices:i32,normalizer:f32;;rows,n,count;)",
        extents: |s| vec![s[0] * s[1], s[0], s[0] * s[2], s[0] * s[2], s[0]],
        check: |s| if s[2] >= 1.0 && s[2] <= s[1] { Ok(()) } else { Err(KernelError::Program { value: s[2], limit: s[1] }) },
        tiles: |call| call.size(0),
        scratch: |call| call.size(2) * 8,
        run: top_candidates,
    },
    Row {
        name: "fault",
        signature: "fault(;;;mode,milliseconds;)",
        extents: |_| vec![],
        check: |_| Ok(()),
        tiles: |call| if call.size(0) == 2 { call.size(1).max(1) } else { 1 },
        scratch: |_| 0,
        run: fault,
    },
];
