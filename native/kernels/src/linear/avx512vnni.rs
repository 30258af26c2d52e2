//! int8 products with VNNI: one zmm holds 16 outputs, 4 inputs each; activations are broadcast 4 bytes at a time.
//! Every output keeps one order over the blocks, so the bits do not depend on how many rows or panels a call has.

use super::layout::{q8_scale_bytes, BLOCK, Q4_BLOCK_BYTES, Q8_BLOCK_BYTES};
use std::arch::x86_64::*;

/// Rows of activations that share one pass over a panel.
pub const ROWS: usize = 12;

#[inline(always)]
unsafe fn broadcast4(p: *const i8) -> __m512i {
    // SAFETY: the caller has 4 readable bytes at p.
    unsafe { _mm512_set1_epi32((p as *const i32).read_unaligned()) }
}

#[inline(always)]
unsafe fn halves(p: *const u8) -> __m512 {
    // SAFETY: 16 half floats at p; the caller runs on a CPU with AVX-512.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(p as *const __m256i)) }
}

/// One q4 panel times R rows. `q` rows are `stride` bytes apart, `scales` rows 2·blocks floats.
///
/// # Safety
/// AVX-512 F/BW/VL/VNNI; q, scales and panel hold R rows and `blocks` blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub unsafe fn q4_panel<const R: usize>(q: *const i8, stride: usize, scales: *const f32, panel: *const u8, blocks: usize) -> [__m512; R] {
    let mut sums = [_mm512_setzero_ps(); R];
    let low = _mm512_set1_epi8(0x0f);
    // SAFETY: all offsets stay inside what the caller promised.
    unsafe {
        for b in 0..blocks {
            let block = panel.add(b * Q4_BLOCK_BYTES);
            _mm_prefetch::<_MM_HINT_T0>(block.add(2560) as *const i8);
            _mm_prefetch::<_MM_HINT_T0>(block.add(2624) as *const i8);
            _mm_prefetch::<_MM_HINT_T0>(block.add(2688) as *const i8);
            _mm_prefetch::<_MM_HINT_T0>(block.add(2752) as *const i8);
            _mm_prefetch::<_MM_HINT_T0>(block.add(2816) as *const i8);
            let d = halves(block);
            let m = halves(block.add(32));
            let mut w = [_mm512_setzero_si512(); 8];
            for j in 0..4 {
                let packed = _mm512_loadu_si512(block.add(64 + 64 * j) as *const __m512i);
                w[j] = _mm512_and_si512(packed, low);
                w[4 + j] = _mm512_and_si512(_mm512_srli_epi16::<4>(packed), low);
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let x = q.add(r * stride + b * BLOCK);
                let mut even = _mm512_setzero_si512();
                let mut odd = _mm512_setzero_si512();
                for j in 0..4 {
                    even = _mm512_dpbusd_epi32(even, w[2 * j], broadcast4(x.add(8 * j)));
                    odd = _mm512_dpbusd_epi32(odd, w[2 * j + 1], broadcast4(x.add(8 * j + 4)));
                }
                let scale = scales.add((r * blocks + b) * 2);
                let product = _mm512_cvtepi32_ps(_mm512_add_epi32(even, odd));
                *sum = _mm512_fmadd_ps(_mm512_mul_ps(d, _mm512_set1_ps(*scale)), product, *sum);
                *sum = _mm512_fmadd_ps(m, _mm512_set1_ps(*scale.add(1)), *sum);
            }
        }
    }
    sums
}

/// One q8 panel times R rows; `offsets` holds -128 · sum q of each block and row.
///
/// # Safety
/// As `q4_panel`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub unsafe fn q8_panel<const R: usize>(q: *const i8, stride: usize, scales: *const f32, offsets: *const i32, panel: *const u8, blocks: usize) -> [__m512; R] {
    let mut sums = [_mm512_setzero_ps(); R];
    // SAFETY: all offsets stay inside what the caller promised.
    unsafe {
        let chunks = panel.add(q8_scale_bytes(blocks * BLOCK));
        for b in 0..blocks {
            let block = chunks.add(b * Q8_BLOCK_BYTES);
            for line in 0..8 {
                _mm_prefetch::<_MM_HINT_T0>(block.add(4096 + 64 * line) as *const i8);
            }
            let d = halves(panel.add(b * 32));
            let mut w = [_mm512_setzero_si512(); 8];
            for (j, chunk) in w.iter_mut().enumerate() {
                *chunk = _mm512_loadu_si512(block.add(64 * j) as *const __m512i);
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let x = q.add(r * stride + b * BLOCK);
                let mut even = _mm512_set1_epi32(*offsets.add(r * blocks + b));
                let mut odd = _mm512_setzero_si512();
                for j in 0..4 {
                    even = _mm512_dpbusd_epi32(even, w[2 * j], broadcast4(x.add(8 * j)));
                    odd = _mm512_dpbusd_epi32(odd, w[2 * j + 1], broadcast4(x.add(8 * j + 4)));
                }
                let scale = _mm512_set1_ps(*scales.add((r * blocks + b) * 2));
                *sum = _mm512_fmadd_ps(_mm512_mul_ps(d, scale), _mm512_cvtepi32_ps(_mm512_add_epi32(even, odd)), *sum);
            }
        }
    }
    sums
}
