//! Products of bf16 in AMX tiles: 16 rows of 64 bytes each. Two by two tiles of c stay in registers while k ascends.
//! The instructions are written in assembly: Rust's own are not stable yet.

use super::micro::{Out, Right};
use super::pairs::{pack_blocks, pack_panels, pairs_of, HALVES};
use super::plan::Plan;
use super::tile::Job;
use crate::call::Call;
use std::arch::asm;
use std::arch::x86_64::*;

/// Rows and columns that go through the tiles at once.
const SIDE: usize = 32;

/// Palette 1; eight tiles of 16 rows of 64 bytes.
#[repr(C, align(64))]
struct Configuration([u8; 64]);

const CONFIGURATION: Configuration = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut tile = 0;
    while tile < 8 {
        bytes[16 + 2 * tile] = 64;
        bytes[48 + tile] = 16;
        tile += 1;
    }
    Configuration(bytes)
};

/// Bytes of scratch: two blocks of rows, panels, and a piece of c for its edges.
pub fn scratch(plan: &Plan) -> usize {
    let pairs = pairs_of(plan.depth.min(HALVES));
    4 * (SIDE * pairs + plan.tile_columns.div_ceil(SIDE) * SIDE * pairs + SIDE * SIDE)
}

/// Computes a tile.
///
/// # Safety
/// The tier's features, tile state permitted; `scratch` as above.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,f16c")]
pub unsafe fn tile(call: &Call, tile: usize, scratch: *mut f32) {
    let plan = Plan::of(call);
    let part = plan.part(tile);
    // SAFETY: the configuration is one of palette 1; the state is released before anything else runs on this thread.
    unsafe {
        asm!("ldtilecfg [{}]", in(reg) &CONFIGURATION, options(nostack, readonly));
        for matrix in part.first..part.end {
            let mut k = 0;
            loop {
                let count = HALVES.min(plan.depth - k);
                block(&Job::of(call, &plan, &part, matrix).block(k, count), scratch);
                k += count;
                if k >= plan.depth {
                    break;
                }
            }
        }
        asm!("tilerelease", options(nostack, nomem));
    }
}

#[inline(always)]
unsafe fn block(job: &Job, scratch: *mut f32) {
    let pairs = pairs_of(job.depth);
    // SAFETY: the job lies inside its operands; this part of c is this tile's alone; scratch is laid out as `scratch` counts it.
    unsafe {
        let edge = scratch;
        let blocks = edge.add(SIDE * SIDE);
        let panels = blocks.add(SIDE * pairs);
        let right = pack_panels(job, pairs, panels);
        for row in (0..job.rows).step_by(SIDE) {
            let rows = (job.rows - row).min(SIDE);
            for half in 0..rows.div_ceil(16) {
                let mut left = job.a;
                left.at = left.at.add((row + 16 * half) * left.row_step);
                pack_blocks(left, (rows - 16 * half).min(16), job.depth, pairs, blocks.add(half * 16 * pairs));
            }
            for column in (0..job.columns).step_by(SIDE) {
                let columns = (job.columns - column).min(SIDE);
                let from = Right { at: right.at.add(column / 16 * right.panel_step), ..right };
                let out = job.c.from(row, column);
                if rows == SIDE && columns == SIDE && out.bias.is_null() {
                    product(pairs / 16, blocks, from, out.at, out.row_step, out.keep);
                } else {
                    begin(&out, rows, columns, edge);
                    product(pairs / 16, blocks, from, edge, SIDE, true);
                    end(&out, rows, columns, edge);
                }
            }
        }
    }
}

fn masks(columns: usize) -> [__mmask16; 2] {
    let all = (1u64 << columns) - 1;
    [all as u16, (all >> 16) as u16]
}

/// What the sums begin with, into `edge`.
#[inline(always)]
unsafe fn begin(out: &Out, rows: usize, columns: usize, edge: *mut f32) {
    // SAFETY: only the rows and columns that exist are read.
    unsafe {
        for row in 0..rows {
            for (half, mask) in masks(columns).into_iter().enumerate() {
                let mut sum = _mm512_setzero_ps();
                if out.keep {
                    sum = _mm512_maskz_loadu_ps(mask, out.at.wrapping_add(row * out.row_step + 16 * half));
                }
                if !out.bias.is_null() {
                    sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, out.bias.wrapping_add(16 * half)));
                }
                _mm512_store_ps(edge.add(row * SIDE + 16 * half), sum);
            }
        }
    }
}

#[inline(always)]
unsafe fn end(out: &Out, rows: usize, columns: usize, edge: *const f32) {
    // SAFETY: only the rows and columns that exist are written.
    unsafe {
        for row in 0..rows {
            for (half, mask) in masks(columns).into_iter().enumerate() {
                let sum = _mm512_load_ps(edge.add(row * SIDE + 16 * half));
                _mm512_mask_storeu_ps(out.at.wrapping_add(row * out.row_step + 16 * half), mask, sum);
            }
        }
    }
}

/// c (+)= a · b: 32 x 32, `steps` blocks of 32 values of k; rows of c `row_step` floats apart.
#[inline(always)]
unsafe fn product(steps: usize, a: *const f32, b: Right, c: *mut f32, row_step: usize, keep: bool) {
    let (row_bytes, a_step, b_step) = (4 * row_step, 1024 * steps, 4 * b.panel_step);
    let below = c.wrapping_add(16 * row_step);
    // SAFETY: tiles are configured; a holds two rows of blocks, b two panels, c 32 rows of 32.
    unsafe {
        if keep {
            asm!(
                "tileloadd tmm0, [{c} + {s}*1]", "tileloadd tmm1, [{c} + {s}*1 + 64]",
                "tileloadd tmm2, [{d} + {s}*1]", "tileloadd tmm3, [{d} + {s}*1 + 64]",
                c = in(reg) c, d = in(reg) below, s = in(reg) row_bytes, options(nostack, readonly)
            );
        } else {
            asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack, nomem));
        }
        if steps > 0 {
            asm!(
                "2:",
                "tileloadd tmm6, [{b} + {s}*1]",
                "tileloadd tmm4, [{a} + {s}*1]",
                "tileloadd tmm7, [{e} + {s}*1]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm5, [{d} + {s}*1]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {a}, 1024", "add {d}, 1024", "add {b}, 1024", "add {e}, 1024",
                "dec {n}",
                "jnz 2b",
                a = inout(reg) a => _, d = inout(reg) (a as *const u8).wrapping_add(a_step) => _,
                b = inout(reg) b.at => _, e = inout(reg) (b.at as *const u8).wrapping_add(b_step) => _,
                n = inout(reg) steps => _, s = in(reg) 64usize,
                options(nostack, readonly)
            );
        }
        asm!(
            "tilestored [{c} + {s}*1], tmm0", "tilestored [{c} + {s}*1 + 64], tmm1",
            "tilestored [{d} + {s}*1], tmm2", "tilestored [{d} + {s}*1 + 64], tmm3",
            c = in(reg) c, d = in(reg) below, s = in(reg) row_bytes, options(nostack)
        );
    }
}
