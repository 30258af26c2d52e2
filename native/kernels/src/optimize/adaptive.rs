//! RMSprop, Adagrad and Adadelta: steps divided by the root of what squared gradients have summed up to.

use super::norm::keep_squares;
use super::{elements, part, Seen};
use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;

/// What they share: how the gradient is seen, the rate, and where epsilon stands.
#[derive(Clone, Copy)]
struct Numbers {
    seen: Seen,
    rate: f32,
    epsilon: f32,
    inside: bool,
    /// Added to the gradient for each unit of the parameter; and what of the parameter a decoupled decay leaves.
    decay: f32,
    kept: f32,
}

impl Numbers {
    fn new(factor: &[f32], [rate, epsilon, decay, delta, decoupled, inside]: [f64; 6]) -> Numbers {
        let decoupled = decoupled != 0.0;
        Numbers {
            seen: Seen::new(factor, delta),
            rate: rate as f32,
            epsilon: epsilon as f32,
            inside: inside != 0.0,
            decay: if decoupled { 0.0 } else { decay as f32 },
            kept: (if decoupled { 1.0 - rate * decay } else { 1.0 }) as f32,
        }
    }

    #[inline(always)]
    fn root(self, sum: f32) -> f32 {
        if self.inside {
            (sum + self.epsilon).sqrt()
        } else {
            sum.sqrt() + self.epsilon
        }
    }
}

#[inline(always)]
fn adagrad_body<const FUSED: bool>(s: Numbers, g: &[f32], p: &mut [f32], sums: &mut [f32]) {
    let n = g.len();
    let (p, sums) = (&mut p[..n], &mut sums[..n]);
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let sum = sums[i] + d * d;
        sums[i] = sum;
        p[i] = s.kept * p[i] - s.rate * d / s.root(sum);
    }
}

pub fn adagrad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, rate, epsilon, decay, delta, has_partials, decoupled, inside]: [f64; 8] = std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 2, tile, g);
    }
    let s = Numbers::new(call.f32s(1), [rate, epsilon, decay, delta, decoupled, inside]);
    let (p, sums): (&mut [f32], &mut [f32]) = (part(call, 3, &range), part(call, 4, &range));
    for_tiers!(call.tier, adagrad_body, (s: Numbers, g: &[f32], p: &mut [f32], sums: &mut [f32]) -> ());
    Ok(())
}

// The step is measured by the steps that were taken, so both means have the unit of the parameter.
#[inline(always)]
fn adadelta_body<const FUSED: bool>(s: Numbers, rho: f32, rest: f32, g: &[f32], p: &mut [f32], v: &mut [f32], moved: &mut [f32]) {
    let n = g.len();
    let (p, v, moved) = (&mut p[..n], &mut v[..n], &mut moved[..n]);
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let square = rho * v[i] + rest * (d * d);
        let step = d * (s.root(moved[i]) / s.root(square));
        v[i] = square;
        moved[i] = rho * moved[i] + rest * (step * step);
        p[i] = s.kept * p[i] - s.rate * step;
    }
}

pub fn adadelta(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, rate, rho, epsilon, decay, delta, has_partials, decoupled]: [f64; 8] = std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 2, tile, g);
    }
    let s = Numbers::new(call.f32s(1), [rate, epsilon, decay, delta, decoupled, 1.0]);
    let (rho, rest) = (rho as f32, (1.0 - rho) as f32);
    let (p, v, moved): (&mut [f32], &mut [f32], &mut [f32]) = (part(call, 3, &range), part(call, 4, &range), part(call, 5, &range));
    for_tiers!(call.tier, adadelta_body, (s: Numbers, rho: f32, rest: f32, g: &[f32], p: &mut [f32], v: &mut [f32], moved: &mut [f32]) -> ());
    Ok(())
}

/// Numbers of RMSprop beside the shared ones.
#[derive(Clone, Copy)]
struct Rms {
    rho: f32,
    rest: f32,
    momentum: f32,
    /// Of a step into the buffer, and of the buffer into the parameter.
    enters: f32,
    leaves: f32,
}

// The part that all forms have: the sum of squares moves, the mean is taken out where there is one. Gives the step of each element in `steps`.
#[inline(always)]
fn rms_body<const FUSED: bool>(s: Numbers, r: Rms, g: &[f32], p: &mut [f32], v: &mut [f32], mean: &mut [f32], buffer: &mut [f32]) {
    let n = g.len();
    let (p, v) = (&mut p[..n], &mut v[..n]);
    let (centered, moving) = (!mean.is_empty(), !buffer.is_empty());
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let square = r.rho * v[i] + r.rest * (d * d);
        v[i] = square;
        let mut variance = square;
        if centered {
            let average = r.rho * mean[i] + r.rest * d;
            mean[i] = average;
            // Rounding may leave a little less than nothing.
            variance = (square - average * average).max(0.0);
        }
        let mut step = r.enters * d / s.root(variance);
        if moving {
            step += r.momentum * buffer[i];
            buffer[i] = step;
        }
        p[i] = s.kept * p[i] - r.leaves * step;
    }
}

pub fn rmsprop(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, rate, rho, momentum, epsilon, decay, delta, has_mean, has_momentum, has_partials, decoupled, inside, rate_inside]: [f64; 13] =
        std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 2, tile, g);
    }
    let s = Numbers::new(call.f32s(1), [rate, epsilon, decay, delta, decoupled, inside]);
    let (enters, leaves) = if rate_inside != 0.0 { (s.rate, 1.0) } else { (1.0, s.rate) };
    let r = Rms { rho: rho as f32, rest: (1.0 - rho) as f32, momentum: momentum as f32, enters, leaves };
    let none = 0..0;
    let (p, v): (&mut [f32], &mut [f32]) = (part(call, 3, &range), part(call, 4, &range));
    let mean: &mut [f32] = part(call, 5, if has_mean != 0.0 { &range } else { &none });
    let buffer: &mut [f32] = part(call, 6, if has_momentum != 0.0 { &range } else { &none });
    for_tiers!(
        call.tier,
        rms_body,
        (s: Numbers, r: Rms, g: &[f32], p: &mut [f32], v: &mut [f32], mean: &mut [f32], buffer: &mut [f32]) -> ()
    );
    Ok(())
}
