//! Sums of squares, the norm of all gradients, and the factor that clips them.

use super::{elements, TILE};
use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;
use crate::lanes::{fma, sum, Lanes};

// Four runs of sixteen lanes: enough sums under way, and short ones.
const RUNS: usize = 4;
const STEP: usize = RUNS * 16;

#[inline(always)]
unsafe fn squares_body<const FUSED: bool>(x: &[f32]) -> f32 {
    let mut lanes: [Lanes; RUNS] = [[0.0; 16]; RUNS];
    let whole = x.len() / STEP * STEP;
    let mut at = 0;
    while at < whole {
        for (run, lanes) in lanes.iter_mut().enumerate() {
            for i in 0..16 {
                let value = x[at + run * 16 + i];
                lanes[i] = fma::<FUSED>(value, value, lanes[i]);
            }
        }
        at += STEP;
    }
    for (i, value) in x[whole..].iter().enumerate() {
        let lane = &mut lanes[i / 16][i % 16];
        *lane = fma::<FUSED>(*value, *value, *lane);
    }
    (sum(&lanes[0]) + sum(&lanes[2])) + (sum(&lanes[1]) + sum(&lanes[3]))
}

fn squares(call: &Call, x: &[f32]) -> f32 {
    debug_assert!(x.len() <= TILE);
    for_tiers!(call.tier, squares_body, (x: &[f32]) -> f32)
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
