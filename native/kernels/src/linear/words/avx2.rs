//! Two 256-bit registers. Products of bytes go through pairs of 16 bits, which 31 · 127 · 2 does not fill; a byte of 0 … 255 goes as two nibbles.

use super::Words;
use crate::vector::avx2::{Avx2 as Floats, Pair};
use std::arch::x86_64::*;

pub struct Avx2;

type I = (__m256i, __m256i);

#[inline(always)]
unsafe fn mask(x: __m256i) -> __m256i {
    _mm256_and_si256(x, _mm256_set1_epi8(15))
}

#[inline(always)]
unsafe fn four(x: *const i8) -> __m256i {
    _mm256_set1_epi32((x as *const i32).read_unaligned())
}

#[inline(always)]
unsafe fn dot(sum: __m256i, nibbles: __m256i, x: __m256i, weight: i16) -> __m256i {
    _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(nibbles, x), _mm256_set1_epi16(weight)))
}

#[inline(always)]
unsafe fn round(v: __m256) -> __m256 {
    let bits = _mm256_castps_si256(v);
    let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
    let sum = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    let rounded = _mm256_castsi256_ps(_mm256_and_si256(sum, _mm256_set1_epi32(0xffff_0000u32 as i32)));
    // NaN must not become a number.
    _mm256_blendv_ps(rounded, v, _mm256_cmp_ps::<_CMP_UNORD_Q>(v, v))
}

// SAFETY: features and pointers as the trait demands.
unsafe impl Words for Avx2 {
    type L = Floats;
    type I = I;
    #[inline(always)]
    unsafe fn load(from: *const u8) -> I {
        (_mm256_loadu_si256(from as *const __m256i), _mm256_loadu_si256(from.add(32) as *const __m256i))
    }
    #[inline(always)]
    unsafe fn splat(x: i32) -> I {
        (_mm256_set1_epi32(x), _mm256_set1_epi32(x))
    }
    #[inline(always)]
    unsafe fn add(a: I, b: I) -> I {
        (_mm256_add_epi32(a.0, b.0), _mm256_add_epi32(a.1, b.1))
    }
    #[inline(always)]
    unsafe fn low(w: I) -> I {
        (mask(w.0), mask(w.1))
    }
    #[inline(always)]
    unsafe fn high(w: I) -> I {
        (mask(_mm256_srli_epi16::<4>(w.0)), mask(_mm256_srli_epi16::<4>(w.1)))
    }
    #[inline(always)]
    unsafe fn with_fifth(w: I, fifth: I, j: i32) -> I {
        let (count, bit) = (_mm_cvtsi32_si128(j), _mm256_set1_epi32(0x0101_0101));
        let first = _mm256_slli_epi32::<4>(_mm256_and_si256(_mm256_srl_epi32(fifth.0, count), bit));
        let second = _mm256_slli_epi32::<4>(_mm256_and_si256(_mm256_srl_epi32(fifth.1, count), bit));
        (_mm256_or_si256(w.0, first), _mm256_or_si256(w.1, second))
    }
    #[inline(always)]
    unsafe fn dot_nibbles(sum: I, w: I, x: *const i8) -> I {
        let x = four(x);
        (dot(sum.0, w.0, x, 1), dot(sum.1, w.1, x, 1))
    }
    #[inline(always)]
    unsafe fn dot_bytes(sum: I, w: I, x: *const i8) -> I {
        let (low, high, x) = (Self::low(w), Self::high(w), four(x));
        (dot(dot(sum.0, low.0, x, 1), high.0, x, 16), dot(dot(sum.1, low.1, x, 1), high.1, x, 16))
    }
    #[inline(always)]
    unsafe fn byte(w: I, i: i32) -> I {
        let (count, byte) = (_mm_cvtsi32_si128(8 * i), _mm256_set1_epi32(255));
        (_mm256_and_si256(_mm256_srl_epi32(w.0, count), byte), _mm256_and_si256(_mm256_srl_epi32(w.1, count), byte))
    }
    #[inline(always)]
    unsafe fn float(x: I) -> Pair {
        Pair(_mm256_cvtepi32_ps(x.0), _mm256_cvtepi32_ps(x.1))
    }
    #[inline(always)]
    unsafe fn halves(from: *const u8) -> Pair {
        Pair(_mm256_cvtph_ps(_mm_loadu_si128(from as *const __m128i)), _mm256_cvtph_ps(_mm_loadu_si128(from.add(16) as *const __m128i)))
    }
    #[inline(always)]
    unsafe fn round_bf16(v: Pair) -> Pair {
        Pair(round(v.0), round(v.1))
    }
}
