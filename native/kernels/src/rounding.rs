//! Rows rounded to int8 in blocks: d = max|x| / 127, q = round(x / d), ties to even, and d · sum q. Knows no weights.

use crate::for_tiers;
use crate::linear::layout::BLOCK;
use crate::tier::Tier;
use crate::vector::MAGIC;

/// What a block of values becomes: `x` whole blocks, as many values in `quantized`, two numbers a block in `scales`.
pub fn round_blocks(tier: Tier, x: &[f32], quantized: &mut [i8], scales: &mut [f32]) {
    assert!(x.len() % BLOCK == 0 && quantized.len() == x.len() && scales.len() == x.len() / BLOCK * 2);
    #[cfg(target_arch = "x86_64")]
    if tier >= Tier::Avx512 {
        // SAFETY: the tier was chosen from what the CPU declares; lengths were checked.
        return unsafe { avx512(x, quantized, scales) };
    }
    for_tiers!(tier, plain, (x: &[f32], quantized: &mut [i8], scales: &mut [f32]) -> ())
}

/// d of a block by the bits of its largest magnitude, and what values are multiplied by. Magnitudes compare as their bits, and NaN is above them all: a block that holds one gets
/// a scale that says so.
#[inline(always)]
fn scale_of(most: u32) -> (f32, f32) {
    let d = f32::from_bits(most) / 127.0;
    (d, if d > 0.0 { 1.0 / d } else { 0.0 })
}

#[inline(always)]
fn plain<const FUSED: bool>(x: &[f32], quantized: &mut [i8], scales: &mut [f32]) {
    for ((block, out), scale) in x.chunks_exact(BLOCK).zip(quantized.chunks_exact_mut(BLOCK)).zip(scales.chunks_exact_mut(2)) {
        let mut most = [0u32; 16];
        for half in block.chunks_exact(16) {
            for i in 0..16 {
                most[i] = most[i].max(half[i].to_bits() & 0x7fff_ffff);
            }
        }
        let (d, inverse) = scale_of(most.iter().fold(0, |a, b| a.max(*b)));
        let mut totals = [0i32; 16];
        for (half, out) in block.chunks_exact(16).zip(out.chunks_exact_mut(16)) {
            for i in 0..16 {
                let q = (half[i] * inverse + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) as i32;
                out[i] = q as i8;
                totals[i] = totals[i].wrapping_add(q);
            }
        }
        scale[0] = d;
        scale[1] = d * totals.iter().fold(0i32, |a, b| a.wrapping_add(*b)) as f32;
    }
}

/// The same in registers: what the compiler makes of the plain loops takes four times as long.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn avx512(x: &[f32], quantized: &mut [i8], scales: &mut [f32]) {
    use std::arch::x86_64::*;
    // SAFETY: blocks are whole, and the other two are as long as they say.
    unsafe {
        let (size, magic) = (_mm512_set1_epi32(0x7fff_ffff), _mm512_set1_ps(MAGIC));
        for b in 0..x.len() / BLOCK {
            let (from, to) = (x.as_ptr().add(b * BLOCK), quantized.as_mut_ptr().add(b * BLOCK));
            let halves = [_mm512_loadu_ps(from), _mm512_loadu_ps(from.add(16))];
            let (first, second) = (_mm512_castps_si512(halves[0]), _mm512_castps_si512(halves[1]));
            let most = _mm512_max_epu32(_mm512_and_si512(first, size), _mm512_and_si512(second, size));
            let (d, inverse) = scale_of(_mm512_reduce_max_epu32(most));
            let factor = _mm512_set1_ps(inverse);
            let mut total = _mm512_setzero_si512();
            for (i, half) in halves.into_iter().enumerate() {
                let shifted = _mm512_castps_si512(_mm512_add_ps(_mm512_mul_ps(half, factor), magic));
                let q = _mm512_sub_epi32(shifted, _mm512_castps_si512(magic));
                _mm_storeu_si128(to.add(16 * i) as *mut __m128i, _mm512_cvtepi32_epi8(q));
                total = _mm512_add_epi32(total, q);
            }
            *scales.as_mut_ptr().add(2 * b) = d;
            *scales.as_mut_ptr().add(2 * b + 1) = d * _mm512_reduce_add_epi32(total) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tier_gives_the_same_bits_also_of_zeros_and_of_what_is_no_number() {
        let mut x: Vec<f32> = (0..BLOCK * 40).map(|i| ((i * 7919) % 1000) as f32 / 500.0 - 1.0).collect();
        x[..BLOCK].fill(0.0);
        x[BLOCK..2 * BLOCK].fill(1e-42);
        (x[70], x[100], x[140]) = (f32::NAN, f32::INFINITY, -f32::MAX);
        let made = |tier| {
            let (mut quantized, mut scales) = (vec![1i8; x.len()], vec![1.0f32; x.len() / BLOCK * 2]);
            round_blocks(tier, &x, &mut quantized, &mut scales);
            (quantized, scales.iter().map(|scale| if scale.is_nan() { u32::MAX } else { scale.to_bits() }).collect::<Vec<u32>>())
        };
        let expected = made(Tier::Portable);
        assert!(f32::from_bits(expected.1[4]).is_nan());
        for tier in Tier::present() {
            assert!(made(tier) == expected, "{tier:?}");
        }
    }
}
