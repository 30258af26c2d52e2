//! Stochastic gradient descent with momentum.

use super::norm::keep_squares;
use super::{elements, part, Seen};
use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;

#[derive(Clone, Copy)]
struct Numbers {
    seen: Seen,
    rate: f32,
    momentum: f32,
    /// What of the gradient enters the buffer, and of the buffer the step.
    enters: f32,
    leaves: f32,
    /// What of the gradient a Nesterov step takes beside the buffer.
    ahead: f32,
    nesterov: bool,
    /// Added to the gradient for each unit of the parameter; and what of the parameter a decoupled decay leaves.
    decay: f32,
    kept: f32,
}

#[inline(always)]
fn plain_body<const FUSED: bool>(s: Numbers, g: &[f32], p: &mut [f32]) {
    let n = g.len();
    let p = &mut p[..n];
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        p[i] = s.kept * p[i] - s.rate * d;
    }
}

#[inline(always)]
fn momentum_body<const FUSED: bool>(s: Numbers, g: &[f32], p: &mut [f32], buffer: &mut [f32]) {
    let n = g.len();
    let (p, buffer) = (&mut p[..n], &mut buffer[..n]);
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let b = s.momentum * buffer[i] + s.enters * d;
        let step = if s.nesterov { s.ahead * d + s.momentum * b } else { b };
        buffer[i] = b;
        p[i] = s.kept * p[i] - s.leaves * step;
    }
}

pub fn update(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, rate, momentum, dampening, decay, delta, has_momentum, has_partials, nesterov, decoupled, inside] =
        std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 2, tile, g);
    }
    let (decoupled, inside) = (decoupled != 0.0, inside != 0.0);
    let s = Numbers {
        seen: Seen::new(call.f32s(1), delta),
        rate: rate as f32,
        momentum: momentum as f32,
        enters: (if inside { rate } else { 1.0 - dampening }) as f32,
        leaves: if inside { 1.0 } else { rate as f32 },
        ahead: if inside { rate as f32 } else { 1.0 },
        nesterov: nesterov != 0.0,
        decay: if decoupled { 0.0 } else { decay as f32 },
        kept: (if decoupled { 1.0 - rate * decay } else { 1.0 }) as f32,
    };
    let p: &mut [f32] = part(call, 3, &range);
    if has_momentum == 0.0 {
        for_tiers!(call.tier, plain_body, (s: Numbers, g: &[f32], p: &mut [f32]) -> ())
    } else {
        let buffer = part(call, 4, &range);
        for_tiers!(call.tier, momentum_body, (s: Numbers, g: &[f32], p: &mut [f32], buffer: &mut [f32]) -> ())
    }
    Ok(())
}
