//! Products in which both sides are rounded to bf16, on tiers that multiply pairs of them (`vdpbf16ps`): a word is two inputs side by side. What lies past the last input is zero.

use super::dense::{dequantize, Prepared};
use super::layout::{Format, BLOCK, PANEL_ROWS};
use super::words::avx512::Avx512;
use crate::matmul::pairs::{interleaved, zipped, Pairs};
use std::arch::x86_64::*;

/// Rounded, two inputs a word.
pub struct Paired;

impl Prepared for Paired {
    type W = Avx512<true>;
    type M = Pairs;
    const EACH: usize = 2;
    #[inline(always)]
    unsafe fn prepare(format: Format, panel: *const u8, inputs: usize, k: usize, count: usize, _: bool, out: *mut f32) {
        // SAFETY: as promised by the caller; a block of de-quantised values is as long as the loops say.
        unsafe {
            if format == Format::Bf16 {
                let halves = panel.add(k * PANEL_ROWS * 2);
                for word in 0..count / 2 {
                    _mm512_storeu_ps(out.add(word * PANEL_ROWS), zipped(_mm512_loadu_si512(halves.add(word * 64) as *const __m512i)));
                }
                if count % 2 == 1 {
                    let last = _mm512_zextsi256_si512(_mm256_loadu_si256(halves.add(count / 2 * 64) as *const __m256i));
                    _mm512_storeu_ps(out.add(count / 2 * PANEL_ROWS), zipped(last));
                }
                return;
            }
            let mut values = [0.0f32; (BLOCK + 1) * PANEL_ROWS];
            for at in (0..count).step_by(BLOCK) {
                let some = BLOCK.min(count - at);
                dequantize::<Avx512<true>>(format, panel, inputs, k + at, some, false, values.as_mut_ptr());
                if some % 2 == 1 {
                    _mm512_storeu_ps(values.as_mut_ptr().add(some * PANEL_ROWS), _mm512_setzero_ps());
                }
                for word in 0..some.div_ceil(2) {
                    let from = values.as_ptr().add(2 * word * PANEL_ROWS);
                    let pair = interleaved(_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(PANEL_ROWS)));
                    _mm512_storeu_ps(out.add((at / 2 + word) * PANEL_ROWS), pair);
                }
            }
        }
    }
}

/// Rows of x as words: row r at r · ceil(inputs / 2).
///
/// # Safety
/// AVX-512 BF16 and BW.
#[inline(always)]
pub unsafe fn words_of(x: &[f32], inputs: usize, out: &mut [f32]) {
    let words = inputs.div_ceil(2);
    for (row, out) in x.chunks_exact(inputs.max(1)).zip(out.chunks_exact_mut(words.max(1))) {
        for at in (0..inputs).step_by(32) {
            let left = inputs - at;
            // SAFETY: only what lies before the end of both rows is read and written.
            unsafe {
                let (low, high) = (mask(left), mask(left.saturating_sub(16)));
                let from = row.as_ptr().add(at);
                let first = _mm512_maskz_loadu_ps(low, from);
                let second = _mm512_maskz_loadu_ps(high, from.wrapping_add(16));
                let pairs = std::mem::transmute::<__m512bh, __m512>(_mm512_cvtne2ps_pbh(second, first));
                _mm512_mask_storeu_ps(out.as_mut_ptr().add(at / 2), mask(left.div_ceil(2)), pairs);
            }
        }
    }
}

#[inline(always)]
fn mask(count: usize) -> __mmask16 {
    ((1u32 << count.min(16)) - 1) as __mmask16
}
