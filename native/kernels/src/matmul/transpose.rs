//! Sixteen rows of sixteen floats turned in registers: quarters are gathered by loads, then 4 x 4 blocks turn inside each 128-bit lane.

use std::arch::x86_64::*;

/// The start of a row; rows past the last stand for it.
#[inline(always)]
unsafe fn quarter(from: *const f32, step: usize, row: usize, rows: usize) -> __m128 {
    _mm_loadu_ps(from.add(row.min(rows - 1) * step))
}

/// # Safety
/// AVX2; sixteen floats of `rows` rows are there, and sixteen vectors fit at `to`.
#[inline(always)]
pub unsafe fn avx2(from: *const f32, step: usize, rows: usize, to: *mut f32, to_step: usize) {
    // SAFETY: as promised by the caller.
    unsafe {
        for k in [0, 4, 8, 12] {
            let at = from.add(k);
            let mut turned = [[_mm256_setzero_ps(); 4]; 2];
            for half in 0..2 {
                let mut z = [_mm256_setzero_ps(); 4];
                for j in 0..4 {
                    let row = half * 8 + j;
                    z[j] =
                        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(quarter(at, step, row, rows)), quarter(at, step, row + 4, rows));
                }
                let low = _mm256_castps_pd(_mm256_unpacklo_ps(z[0], z[1]));
                let high = _mm256_castps_pd(_mm256_unpackhi_ps(z[0], z[1]));
                let low2 = _mm256_castps_pd(_mm256_unpacklo_ps(z[2], z[3]));
                let high2 = _mm256_castps_pd(_mm256_unpackhi_ps(z[2], z[3]));
                turned[half] = [
                    _mm256_castpd_ps(_mm256_unpacklo_pd(low, low2)),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(low, low2)),
                    _mm256_castpd_ps(_mm256_unpacklo_pd(high, high2)),
                    _mm256_castpd_ps(_mm256_unpackhi_pd(high, high2)),
                ];
            }
            for j in 0..4 {
                _mm256_storeu_ps(to.add((k + j) * to_step), turned[0][j]);
                _mm256_storeu_ps(to.add((k + j) * to_step + 8), turned[1][j]);
            }
        }
    }
}

/// # Safety
/// AVX-512 F and DQ; sixteen floats of `rows` rows are there, and sixteen vectors fit at `to`.
#[inline(always)]
pub unsafe fn avx512(from: *const f32, step: usize, rows: usize, to: *mut f32, to_step: usize) {
    // SAFETY: as promised by the caller.
    unsafe {
        for k in [0, 4, 8, 12] {
            let at = from.add(k);
            let mut z = [_mm512_setzero_ps(); 4];
            for (j, z) in z.iter_mut().enumerate() {
                let first = _mm512_castps128_ps512(quarter(at, step, j, rows));
                let second = _mm512_insertf32x4::<1>(first, quarter(at, step, j + 4, rows));
                let third = _mm512_insertf32x4::<2>(second, quarter(at, step, j + 8, rows));
                *z = _mm512_insertf32x4::<3>(third, quarter(at, step, j + 12, rows));
            }
            let low = _mm512_castps_pd(_mm512_unpacklo_ps(z[0], z[1]));
            let high = _mm512_castps_pd(_mm512_unpackhi_ps(z[0], z[1]));
            let low2 = _mm512_castps_pd(_mm512_unpacklo_ps(z[2], z[3]));
            let high2 = _mm512_castps_pd(_mm512_unpackhi_ps(z[2], z[3]));
            _mm512_storeu_ps(to.add(k * to_step), _mm512_castpd_ps(_mm512_unpacklo_pd(low, low2)));
            _mm512_storeu_ps(to.add((k + 1) * to_step), _mm512_castpd_ps(_mm512_unpackhi_pd(low, low2)));
            _mm512_storeu_ps(to.add((k + 2) * to_step), _mm512_castpd_ps(_mm512_unpacklo_pd(high, high2)));
            _mm512_storeu_ps(to.add((k + 3) * to_step), _mm512_castpd_ps(_mm512_unpackhi_pd(high, high2)));
        }
    }
}
