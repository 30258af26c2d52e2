//! From the rows of a file to 16-row panels.

use super::layout::{scale_bytes, Format, PANEL_ROWS, Q4_BLOCK_BYTES, Q5_BLOCK_BYTES, Q8_BLOCK_BYTES};
use crate::blocks::{turn, BlockType, Layout, SUPER};
use crate::half::minus_eight_times;
use crate::lanes::to_bf16;

/// Most bytes of a super-block turned into blocks that are packed as they are: f32.
const TURNED: usize = SUPER * 4;

/// Packs the rows of a panel, at most 16.
pub fn pack_panel(source: &[u8], panel: &mut [u8], inputs: usize, kind: &BlockType, format: Format) {
    let row_bytes = inputs / kind.block * kind.bytes;
    let pack = packer(kind, format);
    for (i, row) in source.chunks_exact(row_bytes.max(1)).enumerate() {
        pack(row, panel, i, inputs, kind);
    }
}

type Pack = fn(&[u8], &mut [u8], usize, usize, &BlockType);

fn packer(kind: &BlockType, format: Format) -> Pack {
    match (kind.layout, format) {
        (Layout::Plain, Format::F32) => |row, panel, lane, _, _| plain::<4>(row, panel, lane, 0),
        (Layout::Plain, _) => |row, panel, lane, _, _| plain::<2>(row, panel, lane, 0),
        (Layout::Q4_0, _) => |row, panel, lane, _, _| q4::<18>(row, panel, lane),
        (Layout::Q4_1, _) => |row, panel, lane, _, _| q4::<20>(row, panel, lane),
        (Layout::Q5_0, _) => |row, panel, lane, inputs, _| q5(row, panel, lane, inputs),
        (Layout::Q8_0, _) => |row, panel, lane, inputs, _| q8(row, panel, lane, inputs, 0),
        (Layout::Other, Format::Q4) => |row, panel, lane, _, kind| {
            let Some(turn) = kind.turn else { return };
            let (mut turned, blocks) = ([0u8; SUPER / 32 * 20], kind.block / 32);
            for (block, out) in row.chunks_exact(kind.bytes).zip(panel.chunks_exact_mut(blocks * Q4_BLOCK_BYTES)) {
                turn(block, &mut turned[..blocks * 20]);
                q4::<20>(&turned[..blocks * 20], out, lane);
            }
        },
        (Layout::Other, Format::Q8) => |row, panel, lane, inputs, kind| {
            let (mut turned, blocks) = ([0u8; SUPER / 32 * 34], kind.block / 32);
            let out = &mut turned[..blocks * 34];
            for (at, block) in row.chunks_exact(kind.bytes).enumerate() {
                match kind.turn {
                    Some(turn) => turn(block, out),
                    None => turn::by_size(kind, block, out),
                }
                q8(out, panel, lane, inputs, at * blocks);
            }
        },
        (Layout::Other, Format::Bf16) => |row, panel, lane, _, kind| {
            values(row, panel, lane, kind, |value| to_bf16(value).to_le_bytes());
        },
        _ => |row, panel, lane, _, kind| values(row, panel, lane, kind, f32::to_le_bytes),
    }
}

/// Values one after another from input `first` on.
fn plain<const N: usize>(row: &[u8], panel: &mut [u8], lane: usize, first: usize) {
    for (k, value) in row.chunks_exact(N).enumerate() {
        panel[((first + k) * PANEL_ROWS + lane) * N..][..N].copy_from_slice(value);
    }
}

fn values<const N: usize>(row: &[u8], panel: &mut [u8], lane: usize, kind: &BlockType, bytes: fn(f32) -> [u8; N]) {
    let mut found = [0.0f32; SUPER];
    let mut stored = [0u8; TURNED];
    for (at, block) in row.chunks_exact(kind.bytes).enumerate() {
        (kind.unpack)(block, &mut found[..kind.block]);
        for (value, to) in found[..kind.block].iter().zip(stored.chunks_exact_mut(N)) {
            to.copy_from_slice(&bytes(*value));
        }
        plain::<N>(&stored[..kind.block * N], panel, lane, at * kind.block);
    }
}

fn q4<const BYTES: usize>(row: &[u8], panel: &mut [u8], lane: usize) {
    for (block, out) in row.chunks_exact(BYTES).zip(panel.chunks_exact_mut(Q4_BLOCK_BYTES)) {
        out[lane * 2..][..2].copy_from_slice(&block[..2]);
        let m = if BYTES == 18 { minus_eight_times(u16::from_le_bytes([block[0], block[1]])).to_le_bytes() } else { [block[2], block[3]] };
        out[32 + lane * 2..][..2].copy_from_slice(&m);
        for (j, four) in block[BYTES - 16..].chunks_exact(4).enumerate() {
            out[64 + j * 64 + lane * 4..][..4].copy_from_slice(four);
        }
    }
}

/// Blocks of Q5_0: d, the fifth bits of all inputs, then nibbles.
fn q5(row: &[u8], panel: &mut [u8], lane: usize, inputs: usize) {
    let (scales, blocks) = panel.split_at_mut(scale_bytes(inputs));
    for (at, (block, out)) in row.chunks_exact(22).zip(blocks.chunks_exact_mut(Q5_BLOCK_BYTES)).enumerate() {
        scales[at * 32 + lane * 2..][..2].copy_from_slice(&block[..2]);
        let fifth = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
        for i in 0..4 {
            out[lane * 4 + i] = (0..8).map(|j| ((fifth >> (4 * j + i)) as u8 & 1) << j).sum();
        }
        for (j, four) in block[6..].chunks_exact(4).enumerate() {
            out[64 + j * 64 + lane * 4..][..4].copy_from_slice(four);
        }
    }
}

/// Blocks of int8 from block `first` on.
fn q8(row: &[u8], panel: &mut [u8], lane: usize, inputs: usize, first: usize) {
    let (scales, chunks) = panel.split_at_mut(scale_bytes(inputs));
    for (b, block) in row.chunks_exact(34).enumerate() {
        let at = first + b;
        scales[at * 32 + lane * 2..][..2].copy_from_slice(&block[..2]);
        for (j, four) in block[2..].chunks_exact(4).enumerate() {
            let out = &mut chunks[at * Q8_BLOCK_BYTES + j * 64 + lane * 4..][..4];
            for (o, q) in out.iter_mut().zip(four) {
                *o = q ^ 0x80;
            }
        }
    }
}
