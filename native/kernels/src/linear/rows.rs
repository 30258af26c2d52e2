//! A run of panels times a run of rows, by tier: how many rows and panels go through the registers at once.

use super::layout::{Format, BLOCK, PANEL_ROWS};
use super::plain;
use crate::call::Call;
use crate::for_tiers;
use crate::lanes::{from_bf16, to_bf16, Lanes};
use crate::tier::Tier;
use std::ops::Range;

/// Where one panel's results go: masked to the outputs that exist, added to what is there with `accumulate`.
struct Target {
    y: *mut f32,
    outputs: usize,
    accumulate: bool,
}

impl Target {
    fn put(&self, row: usize, panel: usize, lanes: &Lanes) {
        let first = panel * PANEL_ROWS;
        for (i, value) in lanes.iter().enumerate().take(self.outputs - first.min(self.outputs)) {
            // SAFETY: inside y by the extents; each element belongs to one tile.
            unsafe {
                let y = self.y.add(row * self.outputs + first + i);
                *y = if self.accumulate { *y + value } else { *value };
            }
        }
    }
}

fn target(call: &Call, y: usize, accumulate: bool) -> Target {
    Target { y: call.out(y), outputs: call.size(1), accumulate }
}

fn floats(scratch: &mut [u8]) -> &mut [f32] {
    // SAFETY: scratch is 64-byte aligned.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, scratch.len() / 4) }
}

/// Four de-quantised panels of one block, and the rows rounded to bf16.
pub fn linear_scratch(call: &Call) -> usize {
    4 * BLOCK * PANEL_ROWS * 4 + if call.flag(5) { super::TILE_ROWS * call.size(2) * 4 } else { 0 }
}

/// Offsets of the rows of a tile: -128 · sum q of each block.
pub fn int8_scratch(call: &Call) -> usize {
    super::TILE_ROWS * (call.size(2) / BLOCK) * 4
}

/// f32 products.
pub fn linear(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, scratch: &mut [u8]) {
    let inputs = call.size(2);
    let (weights, rounded) = floats(scratch).split_at_mut(4 * BLOCK * PANEL_ROWS);
    let mut x = &call.f32s(0)[rows.start * inputs..rows.end * inputs];
    if call.flag(5) {
        for (out, value) in rounded.iter_mut().zip(x) {
            *out = from_bf16(to_bf16(*value));
        }
        x = &rounded[..x.len()];
    }
    let to = target(call, 2, call.flag(4));
    #[cfg(target_arch = "x86_64")]
    if call.tier >= Tier::Avx512 {
        // SAFETY: the tier was chosen from what the CPU declares.
        unsafe { wide::linear(call, format, panels, rows, x, weights, &to) };
        return;
    }
    let (panel_bytes, round) = (format.panel_bytes(inputs), call.flag(5));
    for panel in panels {
        let bytes = &call.bytes(1)[panel * panel_bytes..][..panel_bytes];
        for (i, row) in x.chunks_exact(inputs).enumerate() {
            let mut sums: Lanes = [0.0; 16];
            let lanes = &mut sums;
            for_tiers!(call.tier, plain_row, (format: Format, bytes: &[u8], row: &[f32], round: bool, lanes: &mut Lanes) -> ());
            to.put(rows.start + i, panel, &sums);
        }
    }
}

#[inline(always)]
unsafe fn plain_row<const FUSED: bool>(format: Format, panel: &[u8], row: &[f32], round: bool, sums: &mut Lanes) {
    let mut values = [[0.0f32; 16]; BLOCK];
    for (b, x) in row.chunks(BLOCK).enumerate() {
        plain::dequantize(format, panel, row.len(), b * BLOCK, x.len(), round, &mut values);
        plain::multiply::<FUSED>(x, &values, sums);
    }
}

/// int8 products.
pub fn int8(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, scratch: &mut [u8]) {
    let inputs = call.size(2);
    let blocks = inputs / BLOCK;
    // SAFETY: bytes of the operand read as signed.
    let q = unsafe { std::slice::from_raw_parts(call.bytes(0).as_ptr() as *const i8, call.bytes(0).len()) };
    let q = &q[rows.start * inputs..rows.end * inputs];
    let scales = &call.f32s(1)[rows.start * blocks * 2..rows.end * blocks * 2];
    let to = target(call, 3, call.flag(4));
    #[cfg(target_arch = "x86_64")]
    if call.tier >= Tier::Avx512Vnni {
        // SAFETY: scratch is aligned and holds an offset for each block of the tile's rows.
        let offsets = unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut i32, rows.len() * blocks) };
        if format == Format::Q8 {
            for (offset, block) in offsets.iter_mut().zip(q.chunks_exact(BLOCK)) {
                *offset = -128 * block.iter().map(|v| *v as i32).sum::<i32>();
            }
        }
        // SAFETY: the tier was chosen from what the CPU declares.
        unsafe { wide::int8(call, format, panels, rows, q, scales, offsets, &to) };
        return;
    }
    let panel_bytes = format.panel_bytes(inputs);
    for panel in panels {
        let bytes = &call.bytes(2)[panel * panel_bytes..][..panel_bytes];
        for (i, (row, scale)) in q.chunks_exact(inputs).zip(scales.chunks_exact(blocks * 2)).enumerate() {
            let mut sums: Lanes = [0.0; 16];
            let lanes = &mut sums;
            use plain::int8_row;
            for_tiers!(call.tier, int8_row, (format: Format, row: &[i8], scale: &[f32], bytes: &[u8], lanes: &mut Lanes) -> ());
            to.put(rows.start + i, panel, &sums);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::super::avx512vnni::{q4_panel, q8_panel, ROWS};
    use super::super::{avx512, layout::BLOCK};
    use super::{Call, Format, Lanes, Range, Target};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    unsafe fn put<const R: usize>(to: &Target, row: usize, panel: usize, sums: [__m512; R]) {
        for (r, lanes) in sums.into_iter().enumerate() {
            let mut out: Lanes = [0.0; 16];
            // SAFETY: sixteen floats.
            unsafe { _mm512_storeu_ps(out.as_mut_ptr(), lanes) };
            to.put(row + r, panel, &out);
        }
    }

    macro_rules! by_rows {
        ($count:expr, $run:ident) => {
            match $count {
                1 => $run!(1),
                2 => $run!(2),
                3 => $run!(3),
                4 => $run!(4),
                5 => $run!(5),
                6 => $run!(6),
                7 => $run!(7),
                8 => $run!(8),
                9 => $run!(9),
                10 => $run!(10),
                11 => $run!(11),
                _ => $run!(12),
            }
        };
    }

    #[allow(clippy::too_many_arguments)]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    pub unsafe fn int8(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, q: &[i8], scales: &[f32], offsets: &[i32], to: &Target) {
        let inputs = call.size(2);
        let (blocks, panel_bytes) = (inputs / BLOCK, format.panel_bytes(inputs));
        for panel in panels {
            let bytes = call.bytes(2)[panel * panel_bytes..][..panel_bytes].as_ptr();
            for first in (0..rows.len()).step_by(ROWS) {
                let count = ROWS.min(rows.len() - first);
                let (x, s, o) = (q[first * inputs..].as_ptr(), scales[first * blocks * 2..].as_ptr(), offsets[first * blocks..].as_ptr());
                macro_rules! run {
                    ($r:literal) => {
                        // SAFETY: `count` rows remain.
                        unsafe {
                            let sums = if format == Format::Q4 { q4_panel::<$r>(x, inputs, s, bytes, blocks) } else { q8_panel::<$r>(x, inputs, s, o, bytes, blocks) };
                            put(to, rows.start + first, panel, sums)
                        }
                    };
                }
                by_rows!(count, run);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    unsafe fn pass<const R: usize, const P: usize>(
        format: Format,
        bytes: [*const u8; P],
        x: &[f32],
        inputs: usize,
        round: bool,
        weights: &mut [f32],
    ) -> [[__m512; P]; R] {
        let mut sums = [[_mm512_setzero_ps(); P]; R];
        for k in (0..inputs).step_by(BLOCK) {
            let count = BLOCK.min(inputs - k);
            // SAFETY: P panels of scratch; R rows of x.
            unsafe {
                for (p, panel) in bytes.iter().enumerate() {
                    avx512::dequantize(format, *panel, inputs, k, count, round, weights.as_mut_ptr().add(p * BLOCK * 16));
                }
                avx512::multiply::<R, P>(x.as_ptr().add(k), inputs, weights.as_ptr(), count, &mut sums);
            }
        }
        sums
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
    pub unsafe fn linear(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, x: &[f32], weights: &mut [f32], to: &Target) {
        let inputs = call.size(2);
        let panel_bytes = format.panel_bytes(inputs);
        let at = |panel: usize| call.bytes(1)[panel * panel_bytes..][..panel_bytes].as_ptr();
        let mut panel = panels.start;
        while panel < panels.end {
            let step = if panels.end - panel >= 4 { 4 } else { 1 };
            let mut first = 0;
            while first < rows.len() {
                let left = rows.len() - first;
                macro_rules! run {
                    ($r:literal, $p:literal) => {{
                        let bytes: [*const u8; $p] = std::array::from_fn(|p| at(panel + p));
                        // SAFETY: $r rows remain.
                        let sums = unsafe { pass::<$r, $p>(format, bytes, &x[first * inputs..], inputs, call.flag(5), weights) };
                        for (r, row) in sums.into_iter().enumerate() {
                            for (p, lanes) in row.into_iter().enumerate() {
                                // SAFETY: AVX-512 is on.
                                unsafe { put(to, rows.start + first + r, panel + p, [lanes]) };
                            }
                        }
                        first += $r;
                    }};
                }
                match (step, left) {
                    (4, 6..) => run!(6, 4),
                    (4, 3..) => run!(3, 4),
                    (4, _) => run!(1, 4),
                    (_, 6..) => run!(6, 1),
                    (_, 3..) => run!(3, 1),
                    _ => run!(1, 1),
                }
            }
            panel += step;
        }
    }
}
