//! From blocks whose integers kernels do not multiply to blocks of int8 by size.

use super::{BlockType, SUPER};
use crate::half::{from_f16, to_f16};

const SAME: usize = 34;

/// Values as blocks of int8: d = the largest size / 127, rounded to f16 before the integers are found.
fn eight_bits(values: &[f32], out: &mut [u8]) {
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

/// Whole blocks of any type as int8 blocks.
pub fn by_size(kind: &BlockType, bytes: &[u8], out: &mut [u8]) {
    let mut values = [0.0f32; SUPER];
    let values = &mut values[..kind.block];
    for (from, to) in bytes.chunks_exact(kind.bytes).zip(out.chunks_exact_mut(kind.block / 32 * SAME)) {
        (kind.unpack)(from, values);
        eight_bits(values, to);
    }
}
