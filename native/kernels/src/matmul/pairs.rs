//! Packing into bf16, two values of k side by side in a word, and products of such words (`vdpbf16ps`).
//! What lies past the last k is zero on both sides.

use super::micro::{strip, Arithmetic, Left, Out, Right};
use super::plan::Plan;
use super::tile::Job;
use super::transpose;
use crate::call::Call;
use crate::vector::avx512::Avx512;
use std::arch::x86_64::*;

/// Values of k that are packed at a time.
pub const HALVES: usize = 512;

/// Words of bf16 pairs: each step of k is two.
pub struct Pairs;

impl Arithmetic for Pairs {
    type L = Avx512;
    #[inline(always)]
    unsafe fn step(a: __m512, b: __m512, sum: __m512) -> __m512 {
        // SAFETY: bits of the same size.
        unsafe { _mm512_dpbf16_ps(sum, std::mem::transmute::<__m512, __m512bh>(a), std::mem::transmute::<__m512, __m512bh>(b)) }
    }
}

/// Lane i: first[i] below second[i], as bf16.
///
/// # Safety
/// AVX-512 BF16.
#[inline(always)]
pub unsafe fn interleaved(first: __m512, second: __m512) -> __m512 {
    zipped(std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(second, first)))
}

/// Of sixteen words and sixteen more: each with its opposite.
///
/// # Safety
/// AVX-512 BW.
#[inline(always)]
pub unsafe fn zipped(halves: __m512i) -> __m512 {
    let order = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0,
    );
    _mm512_castsi512_ps(_mm512_permutexvar_epi16(order, halves))
}

/// Up to sixteen lanes of values whose lanes lie side by side, k `step` apart: to[pair · to_step + lane], for `pairs` pairs.
///
/// # Safety
/// AVX-512 BF16; strides inside; sixteen words are written at each pair, in order.
#[inline(always)]
pub unsafe fn pack_lanes(from: *const f32, step: usize, lanes: usize, depth: usize, pairs: usize, to: *mut f32, to_step: usize) {
    let mask = ((1u32 << lanes) - 1) as __mmask16;
    // SAFETY: as promised by the caller.
    unsafe {
        for pair in 0..pairs {
            let k = 2 * pair;
            let first = if k < depth { _mm512_maskz_loadu_ps(mask, from.add(k * step)) } else { _mm512_setzero_ps() };
            let second = if k + 1 < depth { _mm512_maskz_loadu_ps(mask, from.add((k + 1) * step)) } else { _mm512_setzero_ps() };
            _mm512_storeu_ps(to.add(pair * to_step), interleaved(first, second));
        }
    }
}

/// Sixteen pairs from k on of a row of `depth` values, as they lie.
#[inline(always)]
unsafe fn row_pairs(row: *const f32, k: usize, depth: usize) -> __m512 {
    // SAFETY: only what lies before `depth` is read.
    unsafe {
        let count = depth.saturating_sub(k);
        let part = |from: usize| {
            let left = count.saturating_sub(from).min(16);
            (row.wrapping_add(k + from), ((1u32 << left) - 1) as __mmask16)
        };
        let ((low, low_mask), (high, high_mask)) = (part(0), part(16));
        let halves = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high_mask, high), _mm512_maskz_loadu_ps(low_mask, low));
        std::mem::transmute::<__m512bh, __m512>(halves)
    }
}

/// Up to sixteen rows, `step` apart, of values whose k lie side by side: to[pair · to_step + row], for `pairs` pairs, a multiple of sixteen.
///
/// # Safety
/// As `pack_lanes`.
#[inline(always)]
pub unsafe fn pack_rows(from: *const f32, step: usize, rows: usize, depth: usize, pairs: usize, to: *mut f32, to_step: usize) {
    let mut turned = [0.0f32; 256];
    // SAFETY: as promised by the caller.
    unsafe {
        for block in (0..pairs).step_by(16) {
            for row in 0..rows {
                _mm512_storeu_ps(turned.as_mut_ptr().add(row * 16), row_pairs(from.add(row * step), 2 * block, depth));
            }
            transpose::avx512(turned.as_ptr(), 16, 16, to.add(block * to_step), to_step);
        }
    }
}

/// The same pairs row by row, in blocks of sixteen rows and sixteen pairs: to[block][row][pair]; rows past `rows` are not written.
///
/// # Safety
/// As `pack_lanes`.
#[inline(always)]
pub unsafe fn pack_blocks(left: Left, rows: usize, depth: usize, pairs: usize, to: *mut f32) {
    // SAFETY: as promised by the caller.
    unsafe {
        if left.k_step == 1 {
            for row in 0..rows {
                let from = left.at.add(row * left.row_step);
                for block in 0..pairs / 16 {
                    _mm512_storeu_ps(to.add((block * 16 + row) * 16), row_pairs(from, 32 * block, depth));
                }
            }
            return;
        }
        let mut turned = [0.0f32; 256];
        for block in 0..pairs / 16 {
            let k = (32 * block).min(depth);
            pack_lanes(left.at.add(k * left.k_step), left.k_step, rows, depth - k, 16, turned.as_mut_ptr(), 16);
            transpose::avx512(turned.as_ptr(), 16, 16, to.add(block * 256), 16);
        }
    }
}

/// Packs the right side of a job into panels of words: to[panel][pair][16].
///
/// # Safety
/// As `pack_lanes`.
#[inline(always)]
pub unsafe fn pack_panels(job: &Job, pairs: usize, to: *mut f32) -> Right {
    // SAFETY: as promised by the caller.
    unsafe {
        for panel in 0..job.columns.div_ceil(16) {
            let lanes = (job.columns - panel * 16).min(16);
            let (from, to) = (job.b.add(panel * 16 * job.b_column), to.add(panel * pairs * 16));
            if job.b_k == 1 && job.b_column != 1 {
                pack_rows(from, job.b_column, lanes, job.depth, pairs, to, 16);
            } else {
                pack_lanes(from, job.b_k, lanes, job.depth, pairs, to, 16);
            }
        }
    }
    Right { at: to, k_step: 16, panel_step: pairs * 16 }
}

/// Pairs of a block of k, in whole steps of a tile row.
pub fn pairs_of(depth: usize) -> usize {
    depth.div_ceil(32) * 16
}

const STRIP: usize = 14;

fn strip_words(depth: usize) -> usize {
    (STRIP * pairs_of(depth) + 16).next_multiple_of(16)
}

/// Bytes of scratch.
pub fn scratch(plan: &Plan) -> usize {
    let depth = plan.depth.min(HALVES);
    4 * (strip_words(depth) + plan.tile_columns.div_ceil(16) * 16 * pairs_of(depth))
}

/// Computes a tile.
///
/// # Safety
/// The tier's features; `scratch` as above.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,f16c")]
pub unsafe fn tile(call: &Call, tile: usize, scratch: *mut f32) {
    let plan = Plan::of(call);
    let part = plan.part(tile);
    let panels = scratch.wrapping_add(strip_words(plan.depth.min(HALVES)));
    for matrix in part.first..part.end {
        let mut k = 0;
        loop {
            let count = HALVES.min(plan.depth - k);
            // SAFETY: as promised by the caller.
            unsafe { block(&Job::of(call, &plan, &part, matrix).block(k, count), scratch, panels) };
            k += count;
            if k >= plan.depth {
                break;
            }
        }
    }
}

#[inline(always)]
unsafe fn block(job: &Job, strips: *mut f32, panels: *mut f32) {
    let pairs = pairs_of(job.depth);
    // SAFETY: the job lies inside its operands; this part of c is this tile's alone.
    unsafe {
        let right = pack_panels(job, pairs, panels);
        let mut row = 0;
        while row < job.rows {
            // Sixteen rows are those of a low-rank matrix: two strips that share their loads, not one and two rows alone.
            let taken = match job.rows - row {
                16 => 8,
                STRIP.. => STRIP,
                8.. => 8,
                4.. => 4,
                2.. => 2,
                _ => 1,
            };
            let from = job.a.at.add(row * job.a.row_step);
            if job.a.k_step == 1 {
                pack_rows(from, job.a.row_step, taken, job.depth, pairs, strips, taken);
            } else {
                pack_lanes(from, job.a.k_step, taken, job.depth, pairs, strips, taken);
            }
            let (left, out): (Left, Out) = (Left { at: strips, row_step: 1, k_step: taken }, job.c.from(row, 0));
            match taken {
                STRIP => strip::<Pairs, STRIP, 2, true>(job.columns, pairs, left, right, out),
                8 => strip::<Pairs, 8, 3, true>(job.columns, pairs, left, right, out),
                4 => strip::<Pairs, 4, 4, true>(job.columns, pairs, left, right, out),
                2 => strip::<Pairs, 2, 4, true>(job.columns, pairs, left, right, out),
                _ => strip::<Pairs, 1, 4, true>(job.columns, pairs, left, right, out),
            }
            row += taken;
        }
    }
}
