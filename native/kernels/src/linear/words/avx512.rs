//! One 512-bit register: with VNNI four products and their sum in one instruction, without it as on AVX2.

use super::Words;
use crate::vector::avx512::Avx512 as Floats;
use std::arch::x86_64::*;

pub struct Avx512<const VNNI: bool>;

#[inline(always)]
unsafe fn four(x: *const i8) -> __m512i {
    _mm512_set1_epi32((x as *const i32).read_unaligned())
}

#[inline(always)]
unsafe fn dot(sum: __m512i, nibbles: __m512i, x: __m512i, weight: i16) -> __m512i {
    _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(nibbles, x), _mm512_set1_epi16(weight)))
}

// SAFETY: features and pointers as the trait demands; VNNI is used only where the type says that it is there.
unsafe impl<const VNNI: bool> Words for Avx512<VNNI> {
    type L = Floats;
    type I = __m512i;
    #[inline(always)]
    unsafe fn load(from: *const u8) -> __m512i {
        _mm512_loadu_si512(from as *const __m512i)
    }
    #[inline(always)]
    unsafe fn splat(x: i32) -> __m512i {
        _mm512_set1_epi32(x)
    }
    #[inline(always)]
    unsafe fn add(a: __m512i, b: __m512i) -> __m512i {
        _mm512_add_epi32(a, b)
    }
    #[inline(always)]
    unsafe fn low(w: __m512i) -> __m512i {
        _mm512_and_si512(w, _mm512_set1_epi8(15))
    }
    #[inline(always)]
    unsafe fn high(w: __m512i) -> __m512i {
        _mm512_and_si512(_mm512_srli_epi16::<4>(w), _mm512_set1_epi8(15))
    }
    #[inline(always)]
    unsafe fn with_fifth(w: __m512i, fifth: __m512i, j: i32) -> __m512i {
        let bit = _mm512_and_si512(_mm512_srl_epi32(fifth, _mm_cvtsi32_si128(j)), _mm512_set1_epi32(0x0101_0101));
        _mm512_or_si512(w, _mm512_slli_epi32::<4>(bit))
    }
    #[inline(always)]
    unsafe fn dot_nibbles(sum: __m512i, w: __m512i, x: *const i8) -> __m512i {
        if VNNI {
            _mm512_dpbusd_epi32(sum, w, four(x))
        } else {
            dot(sum, w, four(x), 1)
        }
    }
    #[inline(always)]
    unsafe fn dot_bytes(sum: __m512i, w: __m512i, x: *const i8) -> __m512i {
        if VNNI {
            _mm512_dpbusd_epi32(sum, w, four(x))
        } else {
            dot(dot(sum, Self::low(w), four(x), 1), Self::high(w), four(x), 16)
        }
    }
    #[inline(always)]
    unsafe fn byte(w: __m512i, i: i32) -> __m512i {
        _mm512_and_si512(_mm512_srl_epi32(w, _mm_cvtsi32_si128(8 * i)), _mm512_set1_epi32(255))
    }
    #[inline(always)]
    unsafe fn float(x: __m512i) -> __m512 {
        _mm512_cvtepi32_ps(x)
    }
    #[inline(always)]
    unsafe fn halves(from: *const u8) -> __m512 {
        _mm512_cvtph_ps(_mm256_loadu_si256(from as *const __m256i))
    }
    #[inline(always)]
    unsafe fn round_bf16(v: __m512) -> __m512 {
        let bits = _mm512_castps_si512(v);
        let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
        let sum = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
        let rounded = _mm512_castsi512_ps(_mm512_and_si512(sum, _mm512_set1_epi32(0xffff_0000u32 as i32)));
        // NaN must not become a number.
        _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_UNORD_Q>(v, v), rounded, v)
    }
}
