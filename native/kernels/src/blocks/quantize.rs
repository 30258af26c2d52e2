//! From finite values to the simple block types, rounded as llama.cpp's reference quantisers round. Sums and products in f32, one after another.

use crate::half::to_f16;
use crate::lanes::to_bf16;

pub fn f32s(x: &[f32], out: &mut [u8]) {
    for (value, to) in x.iter().zip(out.chunks_exact_mut(4)) {
        to.copy_from_slice(&value.to_le_bytes());
    }
}

pub fn f16s(x: &[f32], out: &mut [u8]) {
    for (value, to) in x.iter().zip(out.chunks_exact_mut(2)) {
        to.copy_from_slice(&to_f16(*value).to_le_bytes());
    }
}

pub fn bf16s(x: &[f32], out: &mut [u8]) {
    for (value, to) in x.iter().zip(out.chunks_exact_mut(2)) {
        to.copy_from_slice(&to_bf16(*value).to_le_bytes());
    }
}

/// The value farthest from zero: the first of those.
fn farthest(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |most: f32, value| if value.abs() > most.abs() { *value } else { most })
}

fn inverse(d: f32) -> f32 {
    let one = 1.0 / d;
    if one.is_finite() {
        one
    } else {
        0.0
    }
}

fn ends(x: &[f32]) -> (f32, f32) {
    x.iter().fold((f32::MAX, f32::MIN), |(least, most), value| {
        (if *value < least { *value } else { least }, if *value > most { *value } else { most })
    })
}

/// Integers 0 … `limit` from values that are not below -0.5 but for rounding.
fn up(value: f32, limit: u8) -> u8 {
    (value as i32).clamp(0, i32::from(limit)) as u8
}

fn put_nibbles(q: &[u8; 32], to: &mut [u8]) {
    for (j, o) in to.iter_mut().enumerate().take(16) {
        *o = (q[j] & 15) | ((q[16 + j] & 15) << 4);
    }
}

fn put_fifth(q: &[u8; 32], to: &mut [u8]) {
    let high = q.iter().enumerate().fold(0u32, |bits, (j, value)| bits | u32::from(value >> 4) << j);
    to.copy_from_slice(&high.to_le_bytes());
}

fn symmetric(x: &[f32], half: f32, to: &mut [u8]) -> [u8; 32] {
    let d = farthest(x) / -half;
    let id = inverse(d);
    to.copy_from_slice(&to_f16(d).to_le_bytes());
    std::array::from_fn(|j| up(x[j] * id + (half + 0.5), (2.0 * half) as u8 - 1))
}

fn affine(x: &[f32], levels: u8, to: &mut [u8]) -> [u8; 32] {
    let (least, most) = ends(x);
    let d = (most - least) / f32::from(levels);
    let id = inverse(d);
    to[..2].copy_from_slice(&to_f16(d).to_le_bytes());
    to[2..].copy_from_slice(&to_f16(least).to_le_bytes());
    std::array::from_fn(|j| up((x[j] - least) * id + 0.5, levels))
}

pub fn q4_0(x: &[f32], out: &mut [u8]) {
    for (block, to) in x.chunks_exact(32).zip(out.chunks_exact_mut(18)) {
        let q = symmetric(block, 8.0, &mut to[..2]);
        put_nibbles(&q, &mut to[2..]);
    }
}

pub fn q4_1(x: &[f32], out: &mut [u8]) {
    for (block, to) in x.chunks_exact(32).zip(out.chunks_exact_mut(20)) {
        let q = affine(block, 15, &mut to[..4]);
        put_nibbles(&q, &mut to[4..]);
    }
}

pub fn q5_0(x: &[f32], out: &mut [u8]) {
    for (block, to) in x.chunks_exact(32).zip(out.chunks_exact_mut(22)) {
        let q = symmetric(block, 16.0, &mut to[..2]);
        put_fifth(&q, &mut to[2..6]);
        put_nibbles(&q, &mut to[6..]);
    }
}

pub fn q5_1(x: &[f32], out: &mut [u8]) {
    for (block, to) in x.chunks_exact(32).zip(out.chunks_exact_mut(24)) {
        let q = affine(block, 31, &mut to[..4]);
        put_fifth(&q, &mut to[4..8]);
        put_nibbles(&q, &mut to[8..]);
    }
}

pub fn q8_0(x: &[f32], out: &mut [u8]) {
    for (block, to) in x.chunks_exact(32).zip(out.chunks_exact_mut(34)) {
        let d = farthest(block).abs() / 127.0;
        let id = inverse(d);
        to[..2].copy_from_slice(&to_f16(d).to_le_bytes());
        for (o, value) in to[2..].iter_mut().zip(block) {
            *o = away(value * id) as u8;
        }
    }
}

/// To the nearest integer of int8, half away from zero.
fn away(value: f32) -> i8 {
    let whole = value.trunc();
    let more = if (value - whole).abs() >= 0.5 { 1.0f32.copysign(value) } else { 0.0 };
    (whole + more) as i8
}
