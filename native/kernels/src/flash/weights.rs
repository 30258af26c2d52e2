//! The weights of one query and head, for looking inside. Plain: nobody waits for it.

use super::problem::Problem;
use crate::lanes::{exp, fma};

/// The softmax over the keys that query i sees; zeros where it sees none.
#[inline(always)]
pub fn weigh<const FUSED: bool>(p: &Problem, b: usize, head: usize, i: usize, q: &[f32], k: &[f32], weights: &mut [f32]) {
    let query = &q[p.query(b, i, head) * p.width..][..p.width];
    let own = p.query_segment(b, i);
    let mut most = f32::NEG_INFINITY;
    for (j, weight) in weights.iter_mut().enumerate() {
        let seen = p.key_segment(b, j) == Some(own) && !(p.causal && j > i);
        *weight = f32::NEG_INFINITY;
        if seen {
            let key = &k[p.key(b, j, head / (p.heads / p.shared)) * p.width..][..p.width];
            let mut sum = 0.0;
            for d in 0..p.width {
                sum = fma::<FUSED>(query[d], key[d], sum);
            }
            *weight = sum * p.scale;
            most = if *weight > most { *weight } else { most };
        }
    }
    let mut total = 0.0;
    for weight in weights.iter_mut() {
        *weight = if *weight == f32::NEG_INFINITY { 0.0 } else { exp::<FUSED>(*weight - most) };
        total += *weight;
    }
    for weight in weights.iter_mut() {
        *weight = if total == 0.0 { 0.0 } else { *weight / total };
    }
}
