//! Sums of squares, the norm of all gradients, and the factor that clips them.

use super::{elements, TILE};
use crate::call::Call;
use crate::error::KernelError;
use crate::tier::Tier;
#[cfg(target_arch = "x86_64")]
use crate::vector::{avx2::Avx2, avx512::Avx512};
use crate::vector::{portable::Portable, Vector, LANES};

// Sums under way at once: one would wait for itself.
const RUNS: usize = 4;
const STEP: usize = RUNS * LANES;

#[inline(always)]
unsafe fn squares_of<L: Vector>(x: &[f32]) -> f32 {
    let mut sums = [L::splat(0.0); RUNS];
    let (from, count) = (x.as_ptr(), x.len());
    let mut at = 0;
    // SAFETY: all that is loaded lies inside x.
    unsafe {
        while at + STEP <= count {
            for run in 0..RUNS {
                let value = L::load(from.add(at + run * LANES));
                sums[run] = L::fma(value, value, sums[run]);
            }
            at += STEP;
        }
        while at < count {
            let value = L::load_first(from.add(at), (count - at).min(LANES));
            sums[0] = L::fma(value, value, sums[0]);
            at += LANES;
        }
        L::sum(L::add(L::add(sums[0], sums[2]), L::add(sums[1], sums[3])))
    }
}

fn squares(call: &Call, x: &[f32]) -> f32 {
    debug_assert!(x.len() <= TILE);
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma,f16c")]
        unsafe fn avx2(x: &[f32]) -> f32 {
            squares_of::<Avx2>(x)
        }
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
        unsafe fn avx512(x: &[f32]) -> f32 {
            squares_of::<Avx512>(x)
        }
        // SAFETY: the tier was chosen from what the CPU declares.
        unsafe {
            match call.tier {
                Tier::Portable => squares_of::<Portable>(x),
                Tier::Avx2 => avx2(x),
                _ => avx512(x),
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: nothing is asked of the CPU.
    unsafe {
        squares_of::<Portable>(x)
    }
}

/// Stores the sum of squares of a tile, taken in one fixed order.
pub fn keep_squares(call: &Call, operand: usize, tile: usize, x: &[f32]) {
    let sum = squares(call, x);
    // SAFETY: one element a tile.
    unsafe { call.f32s_mut(operand, tile, 1) }.fill(sum);
}

pub fn sum_squares(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    keep_squares(call, 1, tile, &call.f32s(0)[elements(call, tile)]);
    Ok(())
}

pub fn gradient_scale(call: &Call, _: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let [_, most, epsilon, scale, normalize]: [f64; 5] = std::array::from_fn(|i| call.scalars[i]);
    let mut total = 0.0f64;
    for (at, partial) in call.f32s(0).iter().enumerate() {
        if !partial.is_finite() {
            return Err(KernelError::Numeric { value: at as f64, limit: call.scalars[0] });
        }
        total += *partial as f64;
    }
    let norm = scale * total.sqrt();
    let share = if normalize != 0.0 { most / norm.max(epsilon) } else { (most / (norm + epsilon)).min(1.0) };
    // SAFETY: one tile.
    unsafe {
        call.f32s_mut(1, 0, 1)[0] = norm as f32;
        call.f32s_mut(2, 0, 1)[0] = (scale * share) as f32;
    }
    Ok(())
}
