//! f32 products with AVX-512: weights are de-quantised 16 outputs at a time, k ascends, one accumulator an output.

use super::layout::{q8_scale_bytes, Format, BLOCK, Q4_BLOCK_BYTES, Q8_BLOCK_BYTES};
use std::arch::x86_64::*;

/// Rounds to bf16 (nearest even) and back.
#[inline]
#[target_feature(enable = "avx512f")]
pub unsafe fn round_bf16(v: __m512) -> __m512 {
    let bits = _mm512_castps_si512(v);
    let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
    let sum = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
    _mm512_castsi512_ps(_mm512_and_si512(sum, _mm512_set1_epi32(0xffff_0000u32 as i32)))
}

/// De-quantises 32 inputs (or fewer of a float format) of one panel from input `k` on: out[i·16 + lane].
///
/// # Safety
/// AVX-512 F/BW/VL; the panel holds inputs k … k+count-1; out holds count·16 floats; block formats: k is a multiple of 32 and count is 32.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub unsafe fn dequantize(format: Format, panel: *const u8, inputs: usize, k: usize, count: usize, round: bool, out: *mut f32) {
    // SAFETY: offsets stay inside the panel and the scratch, as promised by the caller.
    unsafe {
        match format {
            Format::Q4 => {
                let block = panel.add(k / BLOCK * Q4_BLOCK_BYTES);
                let d = _mm512_cvtph_ps(_mm256_loadu_si256(block as *const __m256i));
                let m = _mm512_cvtph_ps(_mm256_loadu_si256(block.add(32) as *const __m256i));
                let nibble = _mm512_set1_epi32(15);
                for j in 0..4 {
                    let chunk = _mm512_loadu_si512(block.add(64 + 64 * j) as *const __m512i);
                    for i in 0..4 {
                        let byte = _mm512_srlv_epi32(chunk, _mm512_set1_epi32(8 * i));
                        let low = _mm512_cvtepi32_ps(_mm512_and_si512(byte, nibble));
                        let high = _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32::<4>(byte), nibble));
                        store(out.add((4 * j + i as usize) * 16), _mm512_add_ps(_mm512_mul_ps(d, low), m), round);
                        store(out.add((16 + 4 * j + i as usize) * 16), _mm512_add_ps(_mm512_mul_ps(d, high), m), round);
                    }
                }
            }
            Format::Q8 => {
                let d = _mm512_cvtph_ps(_mm256_loadu_si256(panel.add(k / BLOCK * 32) as *const __m256i));
                let block = panel.add(q8_scale_bytes(inputs) + k / BLOCK * Q8_BLOCK_BYTES);
                for j in 0..8 {
                    let chunk = _mm512_loadu_si512(block.add(64 * j) as *const __m512i);
                    for i in 0..4 {
                        let byte = _mm512_and_si512(_mm512_srlv_epi32(chunk, _mm512_set1_epi32(8 * i)), _mm512_set1_epi32(255));
                        let value = _mm512_cvtepi32_ps(_mm512_sub_epi32(byte, _mm512_set1_epi32(128)));
                        store(out.add((4 * j + i as usize) * 16), _mm512_mul_ps(d, value), round);
                    }
                }
            }
            Format::F32 => {
                for i in 0..count {
                    store(out.add(i * 16), _mm512_loadu_ps((panel as *const f32).add((k + i) * 16)), round);
                }
            }
            Format::F16 => {
                for i in 0..count {
                    let half = _mm256_loadu_si256((panel as *const u16).add((k + i) * 16) as *const __m256i);
                    store(out.add(i * 16), _mm512_cvtph_ps(half), round);
                }
            }
            Format::Bf16 => {
                for i in 0..count {
                    let half = _mm256_loadu_si256((panel as *const u16).add((k + i) * 16) as *const __m256i);
                    let wide = _mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(half));
                    store(out.add(i * 16), _mm512_castsi512_ps(wide), round);
                }
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(out: *mut f32, v: __m512, round: bool) {
    // SAFETY: 16 floats at out.
    unsafe { _mm512_storeu_ps(out, if round { round_bf16(v) } else { v }) }
}

/// sums[r][p] += x[r][k+i] · w[p][i] for i in 0..count, in order. `w` is P scratch panels of 32·16 floats.
///
/// # Safety
/// AVX-512 F; x holds R rows `stride` floats apart.
#[target_feature(enable = "avx512f")]
pub unsafe fn multiply<const R: usize, const P: usize>(x: *const f32, stride: usize, w: *const f32, count: usize, sums: &mut [[__m512; P]; R]) {
    // SAFETY: as promised by the caller.
    unsafe {
        for i in 0..count {
            let mut lanes = [_mm512_setzero_ps(); P];
            for (p, lane) in lanes.iter_mut().enumerate() {
                *lane = _mm512_loadu_ps(w.add(p * BLOCK * 16 + i * 16));
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(*x.add(r * stride + i));
                for p in 0..P {
                    sum[p] = _mm512_fmadd_ps(lanes[p], value, sum[p]);
                }
            }
        }
    }
}
