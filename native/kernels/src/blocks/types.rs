//! From the bytes of whole blocks to their values, each rounded once. Source: the block structures of ggml-common.h.

use super::SUPER;
use crate::half::from_f16;

/// The half at byte `at`.
pub fn half(bytes: &[u8], at: usize) -> f32 {
    from_f16(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

pub fn f32s(bytes: &[u8], out: &mut [f32]) {
    for (value, four) in out.iter_mut().zip(bytes.chunks_exact(4)) {
        *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
}

pub fn f16s(bytes: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = half(two, 0);
    }
}

pub fn bf16s(bytes: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = f32::from_bits(u32::from(u16::from_le_bytes([two[0], two[1]])) << 16);
    }
}

pub fn q4_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (j, q) in block[2..].iter().enumerate() {
            values[j] = d * ((q & 15) as f32 - 8.0);
            values[16 + j] = d * ((q >> 4) as f32 - 8.0);
        }
    }
}

pub fn q4_1(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(20).zip(out.chunks_exact_mut(32)) {
        let (d, m) = (half(block, 0), half(block, 2));
        for (j, q) in block[4..].iter().enumerate() {
            values[j] = d * (q & 15) as f32 + m;
            values[16 + j] = d * (q >> 4) as f32 + m;
        }
    }
}

/// Five bits: four in a nibble, the fifth in a word beside them.
pub fn five_bits(nibbles: &[u8], high: u32) -> [u8; 32] {
    let mut q = [0u8; 32];
    for (j, byte) in nibbles[..16].iter().enumerate() {
        q[j] = (byte & 15) | (((high >> j) & 1) << 4) as u8;
        q[16 + j] = (byte >> 4) | (((high >> (16 + j)) & 1) << 4) as u8;
    }
    q
}

/// The word at byte `at`.
pub fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

pub fn q5_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(22).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (value, q) in values.iter_mut().zip(five_bits(&block[6..], word(block, 2))) {
            *value = d * (q as f32 - 16.0);
        }
    }
}

pub fn q5_1(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(24).zip(out.chunks_exact_mut(32)) {
        let (d, m) = (half(block, 0), half(block, 2));
        for (value, q) in values.iter_mut().zip(five_bits(&block[8..], word(block, 4))) {
            *value = d * q as f32 + m;
        }
    }
}

pub fn q8_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(34).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (value, q) in values.iter_mut().zip(&block[2..]) {
            *value = d * *q as i8 as f32;
        }
    }
}

pub fn q2_k(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(84).zip(out.chunks_exact_mut(SUPER)) {
        let (d, least) = (half(block, 80), half(block, 82));
        for (sub, run) in values.chunks_exact_mut(16).enumerate() {
            let (step, low) = (d * (block[sub] & 15) as f32, least * (block[sub] >> 4) as f32);
            let from = 16 + 32 * (sub >> 3) + 16 * (sub & 1);
            let shift = 2 * ((sub & 7) >> 1);
            for (value, q) in run.iter_mut().zip(&block[from..]) {
                *value = step * ((q >> shift) & 3) as f32 - low;
            }
        }
    }
}

pub fn q3_k(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(110).zip(out.chunks_exact_mut(SUPER)) {
        let d = half(block, 108);
        for (sub, run) in values.chunks_exact_mut(16).enumerate() {
            let low = if sub < 8 { block[96 + sub] & 15 } else { block[96 + sub - 8] >> 4 };
            let high = (block[104 + (sub & 3)] >> (2 * (sub >> 2))) & 3;
            let step = d * ((low | (high << 4)) as f32 - 32.0);
            let from = 32 * (sub >> 3) + 16 * (sub & 1);
            let (shift, mask) = (2 * ((sub & 7) >> 1), 1u8 << (sub >> 1));
            for (l, value) in run.iter_mut().enumerate() {
                let q = ((block[32 + from + l] >> shift) & 3) as i32;
                let less = if block[16 * (sub & 1) + l] & mask != 0 { 0 } else { 4 };
                *value = step * (q - less) as f32;
            }
        }
    }
}

/// Scale and minimum, six bits each, of a sub-block, out of eight in twelve bytes.
pub fn six_bits(bytes: &[u8], sub: usize) -> (u8, u8) {
    if sub < 4 {
        return (bytes[sub] & 63, bytes[sub + 4] & 63);
    }
    ((bytes[sub + 4] & 15) | ((bytes[sub - 4] >> 6) << 4), (bytes[sub + 4] >> 4) | ((bytes[sub] >> 6) << 4))
}

pub fn q4_k(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(144).zip(out.chunks_exact_mut(SUPER)) {
        let (d, least) = (half(block, 0), half(block, 2));
        for (sub, run) in values.chunks_exact_mut(32).enumerate() {
            let (scale, minimum) = six_bits(&block[4..16], sub);
            let (step, low, shift) = (d * scale as f32, least * minimum as f32, 4 * (sub & 1));
            for (value, q) in run.iter_mut().zip(&block[16 + 32 * (sub >> 1)..]) {
                *value = step * ((q >> shift) & 15) as f32 - low;
            }
        }
    }
}

pub fn q5_k(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(176).zip(out.chunks_exact_mut(SUPER)) {
        let (d, least) = (half(block, 0), half(block, 2));
        for (sub, run) in values.chunks_exact_mut(32).enumerate() {
            let (scale, minimum) = six_bits(&block[4..16], sub);
            let (step, low, shift) = (d * scale as f32, least * minimum as f32, 4 * (sub & 1));
            for (l, value) in run.iter_mut().enumerate() {
                let q = ((block[48 + 32 * (sub >> 1) + l] >> shift) & 15) | (((block[16 + l] >> sub) & 1) << 4);
                *value = step * q as f32 - low;
            }
        }
    }
}

pub fn q6_k(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(210).zip(out.chunks_exact_mut(SUPER)) {
        let d = half(block, 208);
        for (sub, run) in values.chunks_exact_mut(16).enumerate() {
            let (part, quarter, side) = (sub >> 3, (sub & 7) >> 1, 16 * (sub & 1));
            let (low, high) = (64 * part + 32 * (quarter & 1) + side, 128 + 32 * part + side);
            let step = d * block[192 + sub] as i8 as f32;
            for (l, value) in run.iter_mut().enumerate() {
                let q = ((block[low + l] >> (4 * (quarter >> 1))) & 15) | (((block[high + l] >> (2 * quarter)) & 3) << 4);
                *value = step * (q as f32 - 32.0);
            }
        }
    }
}

/// The sixteen levels of IQ4_NL.
pub const LEVELS: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

pub fn iq4_nl(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (j, q) in block[2..].iter().enumerate() {
            values[j] = d * LEVELS[(q & 15) as usize] as f32;
            values[16 + j] = d * LEVELS[(q >> 4) as usize] as f32;
        }
    }
}
