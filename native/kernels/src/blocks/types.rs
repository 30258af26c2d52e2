//! Block types of GGUF files, one record each: how values lie in bytes, what they are packed into, how they are read, how they are made.
//! A new one is its record here and the functions beside it. From the bytes of whole blocks to their values each is rounded once.
//! Source: the block structures of ggml-common.h. Twins: src/native/reference/blocks/types.ts, src/native/layout.ts. Knows no files.

use super::{quantize, super_blocks, SUPER};
use crate::half::{from_f16, to_f16};
use crate::linear::layout::{Format, BLOCK};

/// What blocks are to the packer.
#[derive(Clone, Copy)]
pub enum Layout {
    /// Values one after another, as they are packed.
    Plain,
    /// Blocks that are packed as they are, by the type that lies so.
    Q4_0,
    Q4_1,
    Q5_0,
    Q8_0,
    /// Others: turned first, or taken apart into values.
    Other,
}

/// `block` values lie together in `bytes` bytes.
pub struct BlockType {
    /// Its number in a GGUF file.
    pub id: u32,
    pub block: usize,
    pub bytes: usize,
    /// What its rows can be packed into: first what keeps every value.
    pub formats: &'static [Format],
    pub layout: Layout,
    /// Its blocks with the same integers as blocks of Q4_1 where they are packed as q4, of Q8_0 where as q8. None: q8 by the size of values.
    pub turn: Option<fn(&[u8], &mut [u8])>,
    /// Values of whole blocks.
    pub unpack: fn(&[u8], &mut [f32]),
    /// Blocks of finite values; none where the type is only read.
    pub quantize: Option<fn(&[f32], &mut [u8])>,
}

impl BlockType {
    // Blocks whose values alone are of use. What a record says beyond that stands in it.
    const fn of(id: u32, block: usize, bytes: usize, unpack: fn(&[u8], &mut [f32])) -> BlockType {
        let formats = &[Format::F32, Format::Bf16, Format::Q8];
        BlockType { id, block, bytes, formats, layout: Layout::Other, turn: None, unpack, quantize: None }
    }
}

#[rustfmt::skip]
static TYPES: &[BlockType] = &[
    BlockType { layout: Layout::Plain, formats: &[Format::F32], quantize: Some(quantize::f32s), ..BlockType::of(0, 1, 4, f32s) },
    BlockType { layout: Layout::Plain, formats: &[Format::F16], quantize: Some(quantize::f16s), ..BlockType::of(1, 1, 2, f16s) },
    BlockType { layout: Layout::Q4_0, formats: &[Format::Q4], quantize: Some(quantize::q4_0), ..BlockType::of(2, BLOCK, 18, q4_0) },
    BlockType { layout: Layout::Q4_1, formats: &[Format::Q4], quantize: Some(quantize::q4_1), ..BlockType::of(3, BLOCK, 20, q4_1) },
    BlockType { layout: Layout::Q5_0, formats: &[Format::Q5], quantize: Some(quantize::q5_0), ..BlockType::of(6, BLOCK, 22, q5_0) },
    BlockType { quantize: Some(quantize::q5_1), ..BlockType::of(7, BLOCK, 24, q5_1) },
    BlockType { layout: Layout::Q8_0, formats: &[Format::Q8], quantize: Some(quantize::q8_0), ..BlockType::of(8, BLOCK, 34, q8_0) },
    BlockType::of(10, SUPER, 84, q2_k),
    BlockType::of(11, SUPER, 110, q3_k),
    BlockType {
        formats: &[Format::F32, Format::Bf16, Format::Q4],
        turn: Some(q4_k_as_q4_1),
        quantize: Some(super_blocks::q4_k),
        ..BlockType::of(12, SUPER, 144, q4_k)
    },
    BlockType { quantize: Some(super_blocks::q5_k), ..BlockType::of(13, SUPER, 176, q5_k) },
    BlockType { quantize: Some(super_blocks::q6_k), ..BlockType::of(14, SUPER, 210, q6_k) },
    BlockType { formats: &[Format::Q8], turn: Some(iq4_nl_as_q8_0), ..BlockType::of(20, BLOCK, 18, iq4_nl) },
    BlockType { layout: Layout::Plain, formats: &[Format::Bf16], quantize: Some(quantize::bf16s), ..BlockType::of(30, 1, 2, bf16s) },
];

/// The type with this number.
pub fn block_type(id: f64) -> Option<&'static BlockType> {
    TYPES.iter().find(|one| f64::from(one.id) == id)
}

/// The half at byte `at`.
pub fn half(bytes: &[u8], at: usize) -> f32 {
    from_f16(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn f32s(bytes: &[u8], out: &mut [f32]) {
    for (value, four) in out.iter_mut().zip(bytes.chunks_exact(4)) {
        *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    }
}

fn f16s(bytes: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = half(two, 0);
    }
}

fn bf16s(bytes: &[u8], out: &mut [f32]) {
    for (value, two) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = f32::from_bits(u32::from(u16::from_le_bytes([two[0], two[1]])) << 16);
    }
}

fn q4_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (j, q) in block[2..].iter().enumerate() {
            values[j] = d * ((q & 15) as f32 - 8.0);
            values[16 + j] = d * ((q >> 4) as f32 - 8.0);
        }
    }
}

fn q4_1(bytes: &[u8], out: &mut [f32]) {
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

fn q5_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(22).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (value, q) in values.iter_mut().zip(five_bits(&block[6..], word(block, 2))) {
            *value = d * (q as f32 - 16.0);
        }
    }
}

fn q5_1(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(24).zip(out.chunks_exact_mut(32)) {
        let (d, m) = (half(block, 0), half(block, 2));
        for (value, q) in values.iter_mut().zip(five_bits(&block[8..], word(block, 4))) {
            *value = d * q as f32 + m;
        }
    }
}

fn q8_0(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(34).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (value, q) in values.iter_mut().zip(&block[2..]) {
            *value = d * *q as i8 as f32;
        }
    }
}

fn q2_k(bytes: &[u8], out: &mut [f32]) {
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

fn q3_k(bytes: &[u8], out: &mut [f32]) {
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

fn q4_k(bytes: &[u8], out: &mut [f32]) {
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

/// Q4_K as eight blocks of Q4_1 each: the same integers, scale and minimum rounded to f16.
fn q4_k_as_q4_1(bytes: &[u8], out: &mut [u8]) {
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

fn q5_k(bytes: &[u8], out: &mut [f32]) {
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

fn q6_k(bytes: &[u8], out: &mut [f32]) {
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
const LEVELS: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

fn iq4_nl(bytes: &[u8], out: &mut [f32]) {
    for (block, values) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(32)) {
        let d = half(block, 0);
        for (j, q) in block[2..].iter().enumerate() {
            values[j] = d * LEVELS[(q & 15) as usize] as f32;
            values[16 + j] = d * LEVELS[(q >> 4) as usize] as f32;
        }
    }
}

/// IQ4_NL as blocks of Q8_0: the same scale, its levels.
fn iq4_nl_as_q8_0(bytes: &[u8], out: &mut [u8]) {
    for (block, to) in bytes.chunks_exact(18).zip(out.chunks_exact_mut(34)) {
        to[..2].copy_from_slice(&block[..2]);
        for (j, q) in block[2..].iter().enumerate() {
            to[2 + j] = LEVELS[(q & 15) as usize] as u8;
            to[18 + j] = LEVELS[(q >> 4) as usize] as u8;
        }
    }
}
