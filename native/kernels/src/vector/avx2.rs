//! Two 256-bit registers.

use super::Vector;
use std::arch::x86_64::*;

pub struct Avx2;

#[derive(Clone, Copy)]
pub struct Pair(pub __m256, pub __m256);

#[inline(always)]
unsafe fn mask(count: usize, from: i32) -> __m256i {
    _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32 - from), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

#[inline(always)]
unsafe fn widen(from: *const u16) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(_mm_loadu_si128(from as *const __m128i))))
}

#[inline(always)]
unsafe fn scale(shifted: __m256) -> __m256 {
    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32::<23>(_mm256_castps_si256(shifted)), _mm256_set1_epi32(0x3f80_0000)))
}

#[inline(always)]
unsafe fn mantissa(x: __m256) -> __m256 {
    let bits = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x007f_ffff));
    _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f80_0000)))
}

#[inline(always)]
unsafe fn exponent(x: __m256) -> __m256 {
    let bits = _mm256_srli_epi32::<23>(_mm256_castps_si256(x));
    _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_and_si256(bits, _mm256_set1_epi32(0xff)), _mm256_set1_epi32(127)))
}

// SAFETY: features and pointers as the trait demands.
unsafe impl Vector for Avx2 {
    type V = Pair;
    #[inline(always)]
    unsafe fn splat(x: f32) -> Pair {
        Pair(_mm256_set1_ps(x), _mm256_set1_ps(x))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Pair {
        Pair(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8)))
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Pair {
        Pair(_mm256_maskload_ps(from, mask(count, 0)), _mm256_maskload_ps(from.wrapping_add(8), mask(count, 8)))
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> Pair {
        Pair(widen(from), widen(from.add(8)))
    }
    #[inline(always)]
    unsafe fn load_bf16_first(from: *const u16, count: usize) -> Pair {
        let mut whole = [0u16; 16];
        std::ptr::copy_nonoverlapping(from, whole.as_mut_ptr(), count);
        Self::load_bf16(whole.as_ptr())
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, x: Pair) {
        _mm256_storeu_ps(to, x.0);
        _mm256_storeu_ps(to.add(8), x.1);
    }
    #[inline(always)]
    unsafe fn store_first(to: *mut f32, count: usize, x: Pair) {
        _mm256_maskstore_ps(to, mask(count, 0), x.0);
        _mm256_maskstore_ps(to.wrapping_add(8), mask(count, 8), x.1);
    }
    #[inline(always)]
    unsafe fn add(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn sub(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn mul(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn div(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_div_ps(a.0, b.0), _mm256_div_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn fma(a: Pair, b: Pair, c: Pair) -> Pair {
        Pair(_mm256_fmadd_ps(a.0, b.0, c.0), _mm256_fmadd_ps(a.1, b.1, c.1))
    }
    #[inline(always)]
    unsafe fn max(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn min(a: Pair, b: Pair) -> Pair {
        Pair(_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn first(count: usize, a: Pair, b: Pair) -> Pair {
        let (low, high) = (_mm256_castsi256_ps(mask(count, 0)), _mm256_castsi256_ps(mask(count, 8)));
        Pair(_mm256_blendv_ps(b.0, a.0, low), _mm256_blendv_ps(b.1, a.1, high))
    }
    #[inline(always)]
    unsafe fn kept(x: Pair, y: Pair) -> Pair {
        let nothing = _mm256_set1_ps(f32::NEG_INFINITY);
        let (low, high) = (_mm256_cmp_ps::<_CMP_NEQ_UQ>(x.0, nothing), _mm256_cmp_ps::<_CMP_NEQ_UQ>(x.1, nothing));
        Pair(_mm256_and_ps(low, y.0), _mm256_and_ps(high, y.1))
    }
    #[inline(always)]
    unsafe fn power(shifted: Pair) -> Pair {
        Pair(scale(shifted.0), scale(shifted.1))
    }
    #[inline(always)]
    unsafe fn sum(x: Pair) -> f32 {
        let eight = _mm256_add_ps(x.0, x.1);
        let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn largest(x: Pair) -> f32 {
        let eight = _mm256_max_ps(x.0, x.1);
        let four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn sqrt(x: Pair) -> Pair {
        Pair(_mm256_sqrt_ps(x.0), _mm256_sqrt_ps(x.1))
    }
    #[inline(always)]
    unsafe fn above(x: Pair, bound: Pair, a: Pair, b: Pair) -> Pair {
        let (low, high) = (_mm256_cmp_ps::<_CMP_GT_OQ>(x.0, bound.0), _mm256_cmp_ps::<_CMP_GT_OQ>(x.1, bound.1));
        Pair(_mm256_blendv_ps(b.0, a.0, low), _mm256_blendv_ps(b.1, a.1, high))
    }
    #[inline(always)]
    unsafe fn abs(x: Pair) -> Pair {
        let sign = _mm256_set1_ps(-0.0);
        Pair(_mm256_andnot_ps(sign, x.0), _mm256_andnot_ps(sign, x.1))
    }
    #[inline(always)]
    unsafe fn split(x: Pair) -> (Pair, Pair) {
        (Pair(mantissa(x.0), mantissa(x.1)), Pair(exponent(x.0), exponent(x.1)))
    }
    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at as *const i8)
    }
}
