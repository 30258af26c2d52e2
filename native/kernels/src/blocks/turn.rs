//! From blocks that kernels do not multiply to blocks that they do: the same integers where there are some, int8 by size where not.

use super::unpack::{half, six_bits, LEVELS};
use super::SUPER;
use crate::half::{from_f16, to_f16};

const SAME: usize = 34;

/// IQ4_NL as blocks of Q8_0: the same scale, its levels.
pub fn iq4_nl(bytes: &[u8], out: &mut [u8]) {
    for (block, to) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(SAME)) {
        to[..2].copy_from_slice(&block[..2]);
        for (j, q) in block[2..].iter().enumerate() {
            to[2 + j] = LEVELS[(q & 15) as usize] as u8;
            to[18 + j] = LEVELS[(q >> 4) as usize] as u8;
        }
    }
}

/// Q4_K as eight blocks of Q4_1 each: the same integers, scale and minimum rounded to f16.
pub fn q4_k(bytes: &[u8], out: &mut [u8]) {
    for (block, eight) in bytes.chunks_exact(144).zip(out.chunks_exact_mut(8 * 20)) {
        let (d, least) = (half(block, 0), half(block, 2));
        for (sub, to) in eight.chunks_exact_mut(20).enumerate() {
            let (scale, minimum) = six_bits(&block[4..16], sub);
            to[..2].copy_from_slice(&to_f16(d * scale as f32).to_le_bytes());
            to[2..4].copy_from_slice(&to_f16(-least * minimum as f32).to_le_bytes());
            let (from, shift) = (&block[16 + 32 * (sub >> 1)..][..32], 4 * (sub & 1));
            for j in 0..16 {
                to[4 + j] = ((from[j] >> shift) & 15) | (((from[16 + j] >> shift) & 15) << 4);
            }
        }
    }
}

/// Values as blocks of int8: d = the largest size / 127, rounded to f16 before the integers are found.
pub fn eight_bits(values: &[f32], out: &mut [u8]) {
    for (block, to) in values.chunks_exact(32).zip(out.chunks_exact_mut(SAME)) {
        let most = block.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let d = to_f16(most / 127.0);
        to[..2].copy_from_slice(&d.to_le_bytes());
        let d = from_f16(d);
        let inverse = if d == 0.0 { 0.0 } else { 1.0 / d };
        for (o, value) in to[2..].iter_mut().zip(block) {
            // Half away from zero.
            let scaled = (value * inverse).clamp(-127.0, 127.0);
            *o = (scaled + 0.5f32.copysign(scaled)) as i8 as u8;
        }
    }
}

/// Values to int8 blocks of any type, a super-block at a time.
pub fn any(unpack: fn(&[u8], &mut [f32]), block_bytes: usize, block: usize, bytes: &[u8], out: &mut [u8]) {
    let mut values = [0.0f32; SUPER];
    for (from, to) in bytes.chunks_exact(block_bytes).zip(out.chunks_exact_mut(block / 32 * SAME)) {
        unpack(from, &mut values[..block]);
        eight_bits(&values[..block], to);
    }
}
