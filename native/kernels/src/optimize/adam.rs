//! Adam, AdamW and Nadam: gradient, both moments and parameter read once and written once.

use super::norm::keep_squares;
use super::{elements, part, Seen};
use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;

#[derive(Clone, Copy)]
struct Numbers {
    seen: Seen,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    epsilon: f32,
    /// The learning rate with the first moment's correction; the second's, for its root.
    rate: f32,
    root: f32,
    /// What of the gradient itself enters the step beside the first moment, with the learning rate: Nadam's look ahead. Else 0.
    ahead: f32,
    /// Added to the gradient for each unit of the parameter; and what of the parameter a decoupled decay leaves.
    decay: f32,
    kept: f32,
}

#[inline(always)]
fn plain_body<const FUSED: bool>(s: Numbers, g: &[f32], p: &mut [f32], m: &mut [f32], v: &mut [f32]) {
    let n = g.len();
    let (p, m, v) = (&mut p[..n], &mut m[..n], &mut v[..n]);
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let first = s.beta1 * m[i] + s.rest1 * d;
        let second = s.beta2 * v[i] + s.rest2 * (d * d);
        m[i] = first;
        v[i] = second;
        p[i] = s.kept * p[i] - (s.rate * first + s.ahead * d) / (second.sqrt() * s.root + s.epsilon);
    }
}

#[inline(always)]
fn largest_body<const FUSED: bool>(s: Numbers, g: &[f32], p: &mut [f32], m: &mut [f32], v: &mut [f32], largest: &mut [f32]) {
    let n = g.len();
    let (p, m, v, largest) = (&mut p[..n], &mut m[..n], &mut v[..n], &mut largest[..n]);
    for i in 0..n {
        let d = s.seen.of(g[i]) + s.decay * p[i];
        let first = s.beta1 * m[i] + s.rest1 * d;
        let second = s.beta2 * v[i] + s.rest2 * (d * d);
        let most = if second > largest[i] { second } else { largest[i] };
        m[i] = first;
        v[i] = second;
        largest[i] = most;
        p[i] = s.kept * p[i] - s.rate * first / (most.sqrt() * s.root + s.epsilon);
    }
}

pub fn update(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, rate, beta1, beta2, epsilon, decay, correction1, correction2, ahead, delta, has_largest, has_partials, decoupled] =
        std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 2, tile, g);
    }
    let decoupled = decoupled != 0.0;
    let s = Numbers {
        seen: Seen::new(call.f32s(1), delta),
        beta1: beta1 as f32,
        rest1: (1.0 - beta1) as f32,
        beta2: beta2 as f32,
        rest2: (1.0 - beta2) as f32,
        epsilon: epsilon as f32,
        rate: (rate * correction1) as f32,
        root: correction2 as f32,
        ahead: (rate * ahead) as f32,
        decay: if decoupled { 0.0 } else { decay as f32 },
        kept: (if decoupled { 1.0 - rate * decay } else { 1.0 }) as f32,
    };
    let (p, m, v) = (part(call, 3, &range), part(call, 4, &range), part(call, 5, &range));
    if has_largest == 0.0 {
        for_tiers!(call.tier, plain_body, (s: Numbers, g: &[f32], p: &mut [f32], m: &mut [f32], v: &mut [f32]) -> ())
    } else {
        let largest = part(call, 6, &range);
        for_tiers!(call.tier, largest_body, (s: Numbers, g: &[f32], p: &mut [f32], m: &mut [f32], v: &mut [f32], largest: &mut [f32]) -> ())
    }
    Ok(())
}
