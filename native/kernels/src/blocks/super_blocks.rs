//! From finite values to the K types: super-blocks of 256, whose scales are quantised as well. The search is that of llama.cpp's reference
//! quantisers without an importance matrix: a few steps are tried, and least squares give the scale (and minimum) that fit the integers of each.
//! Everything in f32, one sum after another, so that the twin has the same bits.

use super::types::{half, six_bits};
use super::SUPER;
use crate::half::to_f16;

/// Below this all is zero.
const NOTHING: f32 = 1e-15;

/// To the nearest integer, ties to even, within [least, most].
fn nearest(value: f32, least: i32, most: i32) -> i32 {
    const SHIFT: f32 = 12_582_912.0;
    (((value + SHIFT) - SHIFT) as i32).clamp(least, most)
}

/// How a sub-block is searched: integers 0 … most; steps tried from (most + first) on.
struct Search {
    most: i32,
    first: f32,
    steps: i32,
}

const FOUR: Search = Search { most: 15, first: -1.0, steps: 20 };
const FIVE: Search = Search { most: 31, first: -0.5, steps: 15 };

/// Scale and minus the minimum of 32 values that become integers 0 … most, weighted by how large they are.
fn affine(x: &[f32], search: &Search) -> (f32, f32) {
    let squares = x.iter().fold(0.0f32, |sum, value| sum + value * value);
    let average = (squares / 32.0).sqrt();
    let mut w = [0.0f32; 32];
    for (weight, value) in w.iter_mut().zip(x) {
        *weight = average + value.abs();
    }
    let (mut least, mut greatest) = (x[0], x[0]);
    let (mut sum_w, mut sum_x) = (w[0], w[0] * x[0]);
    for i in 1..32 {
        if x[i] < least {
            least = x[i];
        }
        if x[i] > greatest {
            greatest = x[i];
        }
        sum_w += w[i];
        sum_x += w[i] * x[i];
    }
    if least > 0.0 {
        least = 0.0;
    }
    if greatest == least {
        return (0.0, -least);
    }
    let (range, lowest, most) = (greatest - least, least, search.most as f32);
    let integers = |step: f32| -> [f32; 32] { std::array::from_fn(|i| nearest(step * (x[i] - lowest), 0, search.most) as f32) };
    let error = |q: &[f32; 32], scale: f32, minimum: f32| {
        let mut sum = 0.0f32;
        for i in 0..32 {
            let off = scale * q[i] + minimum - x[i];
            sum += w[i] * (off * off);
        }
        sum
    };
    let step = most / range;
    let mut scale = 1.0 / step;
    let mut best = error(&integers(step), scale, least);
    for try_ in 0..=search.steps {
        let q = integers((search.first + 0.1 * try_ as f32 + most) / range);
        let (mut sum_q, mut sum_q2, mut sum_xq) = (0.0f32, 0.0f32, 0.0f32);
        for i in 0..32 {
            sum_q += w[i] * q[i];
            sum_q2 += w[i] * q[i] * q[i];
            sum_xq += w[i] * q[i] * x[i];
        }
        let determinant = sum_w * sum_q2 - sum_q * sum_q;
        if determinant <= 0.0 || determinant.is_nan() {
            continue;
        }
        let mut new_scale = (sum_w * sum_xq - sum_x * sum_q) / determinant;
        let mut new_least = (sum_q2 * sum_x - sum_q * sum_xq) / determinant;
        if new_least > 0.0 {
            new_least = 0.0;
            new_scale = sum_xq / sum_q2;
        }
        let off = error(&q, new_scale, new_least);
        if off < best {
            (best, scale, least) = (off, new_scale, new_least);
        }
    }
    (scale, -least)
}

/// d, dmin and twelve bytes of scales and minimums; integers of all values into `q`.
fn eight_affine(x: &[f32], search: &Search, head: &mut [u8], q: &mut [u8; SUPER]) {
    let found: [(f32, f32); 8] = std::array::from_fn(|sub| affine(&x[32 * sub..][..32], search));
    let most_scale = found.iter().fold(0.0f32, |most, (scale, _)| if *scale > most { *scale } else { most });
    let most_least = found.iter().fold(0.0f32, |most, (_, least)| if *least > most { *least } else { most });
    let inverse_scale = if most_scale > 0.0 { 63.0 / most_scale } else { 0.0 };
    let inverse_least = if most_least > 0.0 { 63.0 / most_least } else { 0.0 };
    head[..2].copy_from_slice(&to_f16(most_scale / 63.0).to_le_bytes());
    head[2..4].copy_from_slice(&to_f16(most_least / 63.0).to_le_bytes());
    let (d, dmin) = (half(head, 0), half(head, 2));
    let bits = &mut head[4..16];
    for (sub, (scale, least)) in found.iter().enumerate() {
        let scale = nearest(inverse_scale * scale, 0, 63) as u8;
        let least = nearest(inverse_least * least, 0, 63) as u8;
        if sub < 4 {
            bits[sub] = scale;
            bits[sub + 4] = least;
        } else {
            bits[sub + 4] = (scale & 15) | ((least & 15) << 4);
            bits[sub - 4] |= (scale >> 4) << 6;
            bits[sub] |= (least >> 4) << 6;
        }
    }
    for sub in 0..8 {
        let (scale, least) = six_bits(bits, sub);
        let (step, low) = (d * scale as f32, dmin * least as f32);
        for (o, value) in q[32 * sub..][..32].iter_mut().zip(&x[32 * sub..]) {
            *o = if step == 0.0 { 0 } else { nearest((value + low) / step, 0, search.most) as u8 };
        }
    }
}

pub fn q4_k(x: &[f32], out: &mut [u8]) {
    let mut q = [0u8; SUPER];
    for (block, to) in x.chunks_exact(SUPER).zip(out.chunks_exact_mut(144)) {
        let (head, nibbles) = to.split_at_mut(16);
        eight_affine(block, &FOUR, head, &mut q);
        for (pair, bytes) in q.chunks_exact(64).zip(nibbles.chunks_exact_mut(32)) {
            for (l, byte) in bytes.iter_mut().enumerate() {
                *byte = pair[l] | (pair[32 + l] << 4);
            }
        }
    }
}

pub fn q5_k(x: &[f32], out: &mut [u8]) {
    let mut q = [0u8; SUPER];
    for (block, to) in x.chunks_exact(SUPER).zip(out.chunks_exact_mut(176)) {
        let (head, rest) = to.split_at_mut(16);
        eight_affine(block, &FIVE, head, &mut q);
        let (high, nibbles) = rest.split_at_mut(32);
        for (l, byte) in high.iter_mut().enumerate() {
            *byte = (0..8).fold(0, |bits, sub| bits | ((q[32 * sub + l] >> 4) << sub));
        }
        for (pair, bytes) in q.chunks_exact(64).zip(nibbles.chunks_exact_mut(32)) {
            for (l, byte) in bytes.iter_mut().enumerate() {
                *byte = (pair[l] & 15) | ((pair[32 + l] & 15) << 4);
            }
        }
    }
}

/// The scale of sixteen values that become integers -32 … 31.
fn symmetric(x: &[f32]) -> f32 {
    let far = x.iter().fold(0.0, |most: f32, value| if value.abs() > most.abs() { *value } else { most });
    if far.abs() < NOTHING {
        return 0.0;
    }
    let fit = |step: f32| {
        let (mut sum_xq, mut sum_q2) = (0.0f32, 0.0f32);
        for value in x {
            let q = nearest(step * value, -32, 31) as f32;
            let w = value * value;
            sum_xq += w * value * q;
            sum_q2 += w * q * q;
        }
        (sum_xq, sum_q2)
    };
    let (sum_xq, sum_q2) = fit(-32.0 / far);
    let mut scale = if sum_q2 == 0.0 { 0.0 } else { sum_xq / sum_q2 };
    let mut best = scale * sum_xq;
    for try_ in (-9..=9).filter(|try_| *try_ != 0) {
        let (sum_xq, sum_q2) = fit(-(32.0 + 0.1 * try_ as f32) / far);
        if sum_q2 > 0.0 && sum_xq * sum_xq > best * sum_q2 {
            scale = sum_xq / sum_q2;
            best = scale * sum_xq;
        }
    }
    scale
}

pub fn q6_k(x: &[f32], out: &mut [u8]) {
    let mut q = [0u8; SUPER];
    for (block, to) in x.chunks_exact(SUPER).zip(out.chunks_exact_mut(210)) {
        let scales: [f32; 16] = std::array::from_fn(|sub| symmetric(&block[16 * sub..][..16]));
        let far = scales.iter().fold(0.0, |most: f32, scale| if scale.abs() > most.abs() { *scale } else { most });
        if far.abs() < NOTHING {
            to.fill(0);
            continue;
        }
        let inverse = -128.0 / far;
        to[208..].copy_from_slice(&to_f16(1.0 / inverse).to_le_bytes());
        let d = half(to, 208);
        for (sub, scale) in scales.iter().enumerate() {
            let whole = nearest(inverse * scale, -128, 127);
            to[192 + sub] = whole as i8 as u8;
            let step = d * whole as f32;
            for (o, value) in q[16 * sub..][..16].iter_mut().zip(&block[16 * sub..]) {
                *o = if step == 0.0 { 32 } else { (nearest(value / step, -32, 31) + 32) as u8 };
            }
        }
        for (part, values) in q.chunks_exact(128).enumerate() {
            for l in 0..32 {
                to[64 * part + l] = (values[l] & 15) | ((values[64 + l] & 15) << 4);
                to[64 * part + 32 + l] = (values[32 + l] & 15) | ((values[96 + l] & 15) << 4);
                to[128 + 32 * part + l] = (0..4).fold(0, |bits, quarter| bits | ((values[32 * quarter + l] >> 4) << (2 * quarter)));
            }
        }
    }
}
