//! One 512-bit register.

use super::Vector;
use std::arch::x86_64::*;

pub struct Avx512;

#[inline(always)]
fn mask(count: usize) -> __mmask16 {
    ((1u32 << count.min(16)) - 1) as __mmask16
}

#[inline(always)]
unsafe fn widen(halves: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
}

// The halves of a register: the tree of a sum goes on in 256 bits.
#[inline(always)]
unsafe fn halves(x: __m512) -> (__m256, __m256) {
    (_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x))
}

// SAFETY: features and pointers as the trait demands.
unsafe impl Vector for Avx512 {
    type V = __m512;
    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        _mm512_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512 {
        _mm512_loadu_ps(from)
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> __m512 {
        _mm512_maskz_loadu_ps(mask(count), from)
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> __m512 {
        widen(_mm256_loadu_si256(from as *const __m256i))
    }
    #[inline(always)]
    unsafe fn load_bf16_first(from: *const u16, count: usize) -> __m512 {
        widen(_mm256_maskz_loadu_epi16(mask(count), from as *const i16))
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, x: __m512) {
        _mm512_storeu_ps(to, x)
    }
    #[inline(always)]
    unsafe fn store_first(to: *mut f32, count: usize, x: __m512) {
        _mm512_mask_storeu_ps(to, mask(count), x)
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        _mm512_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        _mm512_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        _mm512_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        _mm512_div_ps(a, b)
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        _mm512_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        _mm512_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        _mm512_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn first(count: usize, a: __m512, b: __m512) -> __m512 {
        _mm512_mask_blend_ps(mask(count), b, a)
    }
    #[inline(always)]
    unsafe fn kept(x: __m512, y: __m512) -> __m512 {
        _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(x, _mm512_set1_ps(f32::NEG_INFINITY)), y)
    }
    #[inline(always)]
    unsafe fn transpose(rows: &mut [__m512; 16]) {
        // Squares of four within each quarter, then the quarters among themselves.
        for four in rows.chunks_exact_mut(4) {
            let (a, b) = (_mm512_unpacklo_ps(four[0], four[1]), _mm512_unpackhi_ps(four[0], four[1]));
            let (c, d) = (_mm512_unpacklo_ps(four[2], four[3]), _mm512_unpackhi_ps(four[2], four[3]));
            let pd = |x: __m512| _mm512_castps_pd(x);
            four[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(pd(a), pd(c)));
            four[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(pd(a), pd(c)));
            four[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(pd(b), pd(d)));
            four[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(pd(b), pd(d)));
        }
        let mut turned = *rows;
        for c in 0..4 {
            let (x, y) = (_mm512_shuffle_f32x4::<0x88>(rows[c], rows[4 + c]), _mm512_shuffle_f32x4::<0xdd>(rows[c], rows[4 + c]));
            let (z, w) = (_mm512_shuffle_f32x4::<0x88>(rows[8 + c], rows[12 + c]), _mm512_shuffle_f32x4::<0xdd>(rows[8 + c], rows[12 + c]));
            turned[c] = _mm512_shuffle_f32x4::<0x88>(x, z);
            turned[4 + c] = _mm512_shuffle_f32x4::<0x88>(y, w);
            turned[8 + c] = _mm512_shuffle_f32x4::<0xdd>(x, z);
            turned[12 + c] = _mm512_shuffle_f32x4::<0xdd>(y, w);
        }
        *rows = turned;
    }
    #[inline(always)]
    unsafe fn power(shifted: __m512) -> __m512 {
        _mm512_castsi512_ps(_mm512_add_epi32(_mm512_slli_epi32::<23>(_mm512_castps_si512(shifted)), _mm512_set1_epi32(0x3f80_0000)))
    }
    #[inline(always)]
    unsafe fn sum(x: __m512) -> f32 {
        let (low, high) = halves(x);
        let eight = _mm256_add_ps(low, high);
        let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn largest(x: __m512) -> f32 {
        let (low, high) = halves(x);
        let eight = _mm256_max_ps(low, high);
        let four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn sqrt(x: __m512) -> __m512 {
        _mm512_sqrt_ps(x)
    }
    #[inline(always)]
    unsafe fn above(x: __m512, bound: __m512, a: __m512, b: __m512) -> __m512 {
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, bound), b, a)
    }
    #[inline(always)]
    unsafe fn abs(x: __m512) -> __m512 {
        _mm512_abs_ps(x)
    }
    #[inline(always)]
    unsafe fn split(x: __m512) -> (__m512, __m512) {
        (_mm512_getmant_ps::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_SRC>(x), _mm512_getexp_ps(x))
    }
    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        _mm_prefetch::<_MM_HINT_T0>(at as *const i8)
    }
}
