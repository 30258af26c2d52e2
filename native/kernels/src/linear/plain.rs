//! The same products written plainly; compiled for the portable and AVX2 tiers, and the oracle of this family's tests.

use super::layout::{q8_scale_bytes, Format, BLOCK, Q4_BLOCK_BYTES, Q8_BLOCK_BYTES};
use crate::half::from_f16;
use crate::lanes::{fma, from_bf16, to_bf16, Lanes};

fn half_at(bytes: &[u8], lane: usize) -> f32 {
    from_f16(u16::from_le_bytes([bytes[lane * 2], bytes[lane * 2 + 1]]))
}

fn halves(bytes: &[u8]) -> Lanes {
    let mut lanes: Lanes = [0.0; 16];
    for (i, lane) in lanes.iter_mut().enumerate() {
        *lane = half_at(bytes, i);
    }
    lanes
}

/// De-quantises `count` inputs of a panel from `k` on, as 16 lanes each.
#[inline(always)]
pub fn dequantize(format: Format, panel: &[u8], inputs: usize, k: usize, count: usize, round: bool, out: &mut [Lanes]) {
    match format {
        Format::Q4 => {
            let block = &panel[k / BLOCK * Q4_BLOCK_BYTES..][..Q4_BLOCK_BYTES];
            let (d, m) = (halves(block), halves(&block[32..]));
            for j in 0..4 {
                let chunk = &block[64 + 64 * j..][..64];
                for i in 0..4 {
                    for lane in 0..16 {
                        let byte = chunk[lane * 4 + i];
                        out[4 * j + i][lane] = d[lane] * (byte & 15) as f32 + m[lane];
                        out[16 + 4 * j + i][lane] = d[lane] * (byte >> 4) as f32 + m[lane];
                    }
                }
            }
        }
        Format::Q8 => {
            let d = halves(&panel[k / BLOCK * 32..]);
            let block = &panel[q8_scale_bytes(inputs) + k / BLOCK * Q8_BLOCK_BYTES..][..Q8_BLOCK_BYTES];
            for j in 0..8 {
                for i in 0..4 {
                    for lane in 0..16 {
                        out[4 * j + i][lane] = d[lane] * (block[j * 64 + lane * 4 + i] ^ 0x80) as i8 as f32;
                    }
                }
            }
        }
        Format::F32 => {
            for (i, lanes) in out.iter_mut().enumerate().take(count) {
                for lane in 0..16 {
                    let at = ((k + i) * 16 + lane) * 4;
                    lanes[lane] = f32::from_le_bytes([panel[at], panel[at + 1], panel[at + 2], panel[at + 3]]);
                }
            }
        }
        Format::F16 => {
            for (i, lanes) in out.iter_mut().enumerate().take(count) {
                *lanes = halves(&panel[(k + i) * 32..]);
            }
        }
        Format::Bf16 => {
            for (i, lanes) in out.iter_mut().enumerate().take(count) {
                for lane in 0..16 {
                    let at = ((k + i) * 16 + lane) * 2;
                    lanes[lane] = from_bf16(u16::from_le_bytes([panel[at], panel[at + 1]]));
                }
            }
        }
    }
    if round {
        for lane in out.iter_mut().take(count).flatten() {
            *lane = from_bf16(to_bf16(*lane));
        }
    }
}

/// sums += x[k..k+count] · w, in order of k.
#[inline(always)]
pub fn multiply<const FUSED: bool>(x: &[f32], w: &[Lanes], sums: &mut Lanes) {
    for (value, lanes) in x.iter().zip(w) {
        for i in 0..16 {
            sums[i] = fma::<FUSED>(lanes[i], *value, sums[i]);
        }
    }
}

/// One panel times one row of int8 activations.
#[inline(always)]
pub unsafe fn int8_row<const FUSED: bool>(format: Format, q: &[i8], scales: &[f32], panel: &[u8], sums: &mut Lanes) {
    let blocks = q.len() / BLOCK;
    for b in 0..blocks {
        let x = &q[b * BLOCK..][..BLOCK];
        let mut products = [0i32; 16];
        let (dx, sx) = (scales[2 * b], scales[2 * b + 1]);
        if format == Format::Q4 {
            let block = &panel[b * Q4_BLOCK_BYTES..][..Q4_BLOCK_BYTES];
            for j in 0..4 {
                let chunk = &block[64 + 64 * j..][..64];
                for lane in 0..16 {
                    for i in 0..4 {
                        let byte = chunk[lane * 4 + i];
                        products[lane] += (byte & 15) as i32 * x[4 * j + i] as i32 + (byte >> 4) as i32 * x[16 + 4 * j + i] as i32;
                    }
                }
            }
            let (d, m) = (halves(block), halves(&block[32..]));
            for i in 0..16 {
                sums[i] = fma::<FUSED>(d[i] * dx, products[i] as f32, sums[i]);
                sums[i] = fma::<FUSED>(m[i], sx, sums[i]);
            }
        } else {
            let block = &panel[q8_scale_bytes(q.len()) + b * Q8_BLOCK_BYTES..][..Q8_BLOCK_BYTES];
            for j in 0..8 {
                for lane in 0..16 {
                    for i in 0..4 {
                        products[lane] += (block[j * 64 + lane * 4 + i] ^ 0x80) as i8 as i32 * x[4 * j + i] as i32;
                    }
                }
            }
            let d = halves(&panel[b * 32..]);
            for i in 0..16 {
                sums[i] = fma::<FUSED>(d[i] * dx, products[i] as f32, sums[i]);
            }
        }
    }
}
