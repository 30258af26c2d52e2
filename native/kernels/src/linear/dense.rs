//! f32 products: weights are de-quantised 16 outputs at a time, k ascends, one accumulator an output.

use super::layout::{scale_bytes, Format, BLOCK, PANEL_ROWS, Q4_BLOCK_BYTES, Q5_BLOCK_BYTES, Q8_BLOCK_BYTES};
use super::words::Words;
use crate::matmul::micro::{Arithmetic, Floats};
use crate::vector::Vector;
use std::marker::PhantomData;

type V<W> = <<W as Words>::L as Vector>::V;

// No closures in these loops: a closure does not have the features of the function around it, and what is not inlined becomes a call for each instruction.

#[inline(always)]
unsafe fn put<W: Words>(out: *mut f32, i: usize, v: V<W>, round: bool) {
    W::L::store(out.add(i * PANEL_ROWS), if round { W::round_bf16(v) } else { v })
}

/// De-quantises `count` inputs of one panel from input `k` on: out[i·16 + lane]. Block formats: k and count are whole blocks.
///
/// # Safety
/// The tier's features; the panel holds these inputs; out holds count·16 floats.
#[inline(always)]
pub unsafe fn dequantize<W: Words>(format: Format, panel: *const u8, inputs: usize, k: usize, count: usize, round: bool, out: *mut f32) {
    // SAFETY: offsets stay inside the panel and `out`, as promised by the caller.
    unsafe {
        match format {
            Format::Q4 => {
                for at in (0..count).step_by(BLOCK) {
                    q4_block::<W>(panel.add((k + at) / BLOCK * Q4_BLOCK_BYTES), out.add(at * PANEL_ROWS), round);
                }
            }
            Format::Q8 => {
                for at in (0..count).step_by(BLOCK) {
                    let b = (k + at) / BLOCK;
                    q8_block::<W>(panel.add(b * 32), panel.add(scale_bytes(inputs) + b * Q8_BLOCK_BYTES), out.add(at * PANEL_ROWS), round);
                }
            }
            Format::Q5 => {
                for at in (0..count).step_by(BLOCK) {
                    let b = (k + at) / BLOCK;
                    let block = panel.add(scale_bytes(inputs) + b * Q5_BLOCK_BYTES);
                    q5_block::<W>(panel.add(b * 32), block, out.add(at * PANEL_ROWS), round);
                }
            }
            Format::F32 => {
                for i in 0..count {
                    put::<W>(out, i, W::L::load((panel as *const f32).add((k + i) * PANEL_ROWS)), round);
                }
            }
            Format::F16 => {
                for i in 0..count {
                    put::<W>(out, i, W::halves(panel.add((k + i) * PANEL_ROWS * 2)), round);
                }
            }
            Format::Bf16 => {
                for i in 0..count {
                    put::<W>(out, i, W::L::load_bf16((panel as *const u16).add((k + i) * PANEL_ROWS)), round);
                }
            }
        }
    }
}

// d · q is exact (11 and 4 bits), so d · q + m is rounded once, on every tier.
#[inline(always)]
unsafe fn q4_block<W: Words>(block: *const u8, out: *mut f32, round: bool) {
    let (d, m) = (W::halves(block), W::halves(block.add(32)));
    for j in 0..4 {
        let packed = W::load(block.add(64 + 64 * j));
        let (low, high) = (W::low(packed), W::high(packed));
        for i in 0..4 {
            put::<W>(out, 4 * j + i, W::L::add(W::L::mul(d, W::float(W::byte(low, i as i32))), m), round);
            put::<W>(out, 16 + 4 * j + i, W::L::add(W::L::mul(d, W::float(W::byte(high, i as i32))), m), round);
        }
    }
}

#[inline(always)]
unsafe fn q8_block<W: Words>(scales: *const u8, block: *const u8, out: *mut f32, round: bool) {
    let d = W::halves(scales);
    for j in 0..8 {
        let chunk = W::load(block.add(64 * j));
        for i in 0..4 {
            let q = W::add(W::byte(chunk, i as i32), W::splat(-128));
            put::<W>(out, 4 * j + i, W::L::mul(d, W::float(q)), round);
        }
    }
}

/// The eight words of a block of five bits: word j holds inputs 4j to 4j + 3, as bytes of 0 … 31.
///
/// # Safety
/// The tier's features; the block is whole.
#[inline(always)]
pub unsafe fn q5_words<W: Words>(block: *const u8) -> [W::I; 8] {
    // SAFETY: inside the block.
    unsafe {
        let fifth = W::load(block);
        let mut words = [W::splat(0); 8];
        for j in 0..4 {
            let packed = W::load(block.add(64 + 64 * j));
            words[j] = W::with_fifth(W::low(packed), fifth, j as i32);
            words[4 + j] = W::with_fifth(W::high(packed), fifth, 4 + j as i32);
        }
        words
    }
}

#[inline(always)]
unsafe fn q5_block<W: Words>(scales: *const u8, block: *const u8, out: *mut f32, round: bool) {
    let d = W::halves(scales);
    let words = q5_words::<W>(block);
    for j in 0..8 {
        for i in 0..4 {
            let q = W::add(W::byte(words[j], i as i32), W::splat(-16));
            put::<W>(out, 4 * j + i, W::L::mul(d, W::float(q)), round);
        }
    }
}

/// What the weights of a product become before they meet its rows.
pub trait Prepared {
    type W: Words;
    type M: Arithmetic<L = <Self::W as Words>::L>;
    /// Inputs in a word.
    const EACH: usize;
    /// `count` inputs of one panel from input `k` on, a whole number of blocks but at the end: out[word · 16 + lane].
    ///
    /// # Safety
    /// As `dequantize`.
    unsafe fn prepare(format: Format, panel: *const u8, inputs: usize, k: usize, count: usize, round: bool, out: *mut f32);
}

/// De-quantised, an input a word.
pub struct Plain<W>(PhantomData<W>);

impl<W: Words> Prepared for Plain<W> {
    type W = W;
    type M = Floats<W::L>;
    const EACH: usize = 1;
    #[inline(always)]
    unsafe fn prepare(format: Format, panel: *const u8, inputs: usize, k: usize, count: usize, round: bool, out: *mut f32) {
        // SAFETY: as promised by the caller.
        unsafe { dequantize::<W>(format, panel, inputs, k, count, round, out) }
    }
}

/// sums[r·stride + p·16 …] += x[r][k] · w[p][k] for R rows and P panels, words k in 0..count, in order.
///
/// # Safety
/// The tier's features; x holds R rows `inputs` words apart; w holds P panels of `panel` words; sums R rows of P · 16.
#[inline(always)]
pub unsafe fn multiply<M: Arithmetic, const R: usize, const P: usize>(
    x: *const f32,
    inputs: usize,
    w: *const f32,
    panel: usize,
    count: usize,
    sums: *mut f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut held = [[M::L::splat(0.0); P]; R];
        for r in 0..R {
            for p in 0..P {
                held[r][p] = M::L::load(sums.add((r * P + p) * PANEL_ROWS));
            }
        }
        for k in 0..count {
            let mut lanes = [M::L::splat(0.0); P];
            for p in 0..P {
                lanes[p] = M::L::load(w.add(p * panel + k * PANEL_ROWS));
            }
            for r in 0..R {
                let value = M::L::splat(*x.add(r * inputs + k));
                for p in 0..P {
                    held[r][p] = M::step(value, lanes[p], held[r][p]);
                }
            }
        }
        for r in 0..R {
            for p in 0..P {
                M::L::store(sums.add((r * P + p) * PANEL_ROWS), held[r][p]);
            }
        }
    }
}
