//! int8 products: a panel holds 16 outputs, one lane each, four inputs a word; activations are broadcast four at a time.
//! Every output takes its blocks in one order, so the bits do not depend on how many rows or panels a call has.

use super::dense::q5_words;
use super::layout::{scale_bytes, Format, BLOCK, Q4_BLOCK_BYTES, Q5_BLOCK_BYTES, Q8_BLOCK_BYTES};
use super::words::Words;
use crate::vector::Vector;

/// How far ahead a decode step asks for weights.
const AHEAD: usize = 2560;

type V<W> = <<W as Words>::L as Vector>::V;

/// Rows of int8 activations: `stride` bytes apart, with (d, d · sum q) for each block; `offsets` (q5 and q8) holds -16 or -128 · sum q of each block.
#[derive(Clone, Copy)]
pub struct Rows {
    pub q: *const i8,
    pub stride: usize,
    pub scales: *const f32,
    pub offsets: *const i32,
    pub blocks: usize,
}

impl Rows {
    /// The rows from `first` on.
    ///
    /// # Safety
    /// There are so many.
    pub unsafe fn from(&self, first: usize) -> Rows {
        // SAFETY: as promised.
        unsafe {
            Rows {
                q: self.q.add(first * self.stride),
                scales: self.scales.add(first * self.blocks * 2),
                offsets: self.offsets.wrapping_add(first * self.blocks),
                ..*self
            }
        }
    }
}

#[inline(always)]
unsafe fn dot<W: Words, const BYTES: bool>(sum: W::I, w: W::I, x: *const i8) -> W::I {
    if BYTES {
        W::dot_bytes(sum, w, x)
    } else {
        W::dot_nibbles(sum, w, x)
    }
}

// Exact, so the order is free: two chains where one row would wait for each product, one where other rows fill the time.
#[inline(always)]
unsafe fn dots<W: Words, const R: usize, const BYTES: bool>(begin: W::I, w: &[W::I; 8], x: *const i8) -> W::I {
    let mut sum = begin;
    if R > 1 {
        for (j, word) in w.iter().enumerate() {
            sum = dot::<W, BYTES>(sum, *word, x.add(4 * j));
        }
        return sum;
    }
    let mut odd = W::splat(0);
    for j in 0..4 {
        sum = dot::<W, BYTES>(sum, w[2 * j], x.add(8 * j));
        odd = dot::<W, BYTES>(odd, w[2 * j + 1], x.add(8 * j + 4));
    }
    W::add(sum, odd)
}

/// One q4 panel times R rows.
///
/// # Safety
/// The tier's features; the rows and the panel hold `blocks` blocks.
#[inline(always)]
pub unsafe fn q4_panel<W: Words, const R: usize>(rows: Rows, panel: *const u8) -> [V<W>; R] {
    // SAFETY: all offsets stay inside what the caller promised.
    unsafe {
        let mut sums = [W::L::splat(0.0); R];
        for b in 0..rows.blocks {
            let block = panel.add(b * Q4_BLOCK_BYTES);
            for line in 0..5 {
                W::L::prefetch(block.wrapping_add(AHEAD + 64 * line));
            }
            let (d, m) = (W::halves(block), W::halves(block.add(32)));
            let mut w = [W::splat(0); 8];
            for j in 0..4 {
                let packed = W::load(block.add(64 + 64 * j));
                (w[j], w[4 + j]) = (W::low(packed), W::high(packed));
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let product = dots::<W, R, false>(W::splat(0), &w, rows.q.add(r * rows.stride + b * BLOCK));
                let scale = rows.scales.add((r * rows.blocks + b) * 2);
                *sum = W::L::fma(W::L::mul(d, W::L::splat(*scale)), W::float(product), *sum);
                *sum = W::L::fma(m, W::L::splat(*scale.add(1)), *sum);
            }
        }
        sums
    }
}

/// Whether the scales in front of a panel are the same for all its blocks: one scale an output.
///
/// # Safety
/// The panel holds `blocks` blocks, their scales in front.
pub unsafe fn one_scale(panel: *const u8, blocks: usize) -> bool {
    // SAFETY: as promised.
    let scales = unsafe { std::slice::from_raw_parts(panel as *const [u8; 32], blocks) };
    scales.windows(2).all(|two| two[0] == two[1])
}

/// One q8 panel times R rows; with `FIVE` one of q5. `ONE`: each output has one scale, which multiplies the sum of its blocks.
///
/// # Safety
/// As `q4_panel`.
#[inline(always)]
pub unsafe fn q8_panel<W: Words, const R: usize, const FIVE: bool, const ONE: bool>(rows: Rows, panel: *const u8) -> [V<W>; R] {
    // SAFETY: all offsets stay inside what the caller promised.
    unsafe {
        let mut sums = [W::L::splat(0.0); R];
        let chunks = panel.add(scale_bytes(rows.blocks * BLOCK));
        let bytes = if FIVE { Q5_BLOCK_BYTES } else { Q8_BLOCK_BYTES };
        for b in 0..rows.blocks {
            let block = chunks.add(b * bytes);
            // Of many rows, all but the first find the panel in the cache.
            if R < 4 {
                for line in 0..bytes / 64 {
                    W::L::prefetch(block.wrapping_add(if FIVE { AHEAD } else { AHEAD + 1536 } + 64 * line));
                }
            }
            let d = W::halves(panel.add(b * 32));
            let mut w = [W::splat(0); 8];
            if FIVE {
                w = q5_words::<W>(block);
            } else {
                for (j, word) in w.iter_mut().enumerate() {
                    *word = W::load(block.add(64 * j));
                }
            }
            for (r, sum) in sums.iter_mut().enumerate() {
                let begin = W::splat(*rows.offsets.add(r * rows.blocks + b));
                let x = rows.q.add(r * rows.stride + b * BLOCK);
                let product = if FIVE { dots::<W, R, false>(begin, &w, x) } else { dots::<W, R, true>(begin, &w, x) };
                let scale = W::L::splat(*rows.scales.add((r * rows.blocks + b) * 2));
                *sum = W::L::fma(if ONE { scale } else { W::L::mul(d, scale) }, W::float(product), *sum);
            }
        }
        if ONE {
            for sum in &mut sums {
                *sum = W::L::mul(W::halves(panel), *sum);
            }
        }
        sums
    }
}

/// Word j of a block: inputs 4j to 4j + 3, as bytes.
#[inline(always)]
unsafe fn word<W: Words, const BITS: usize>(block: *const u8, j: usize) -> W::I {
    if BITS == 8 {
        return W::load(block.add(64 * j));
    }
    let packed = W::load(block.add(64 + 64 * (j % 4)));
    let four = if j < 4 { W::low(packed) } else { W::high(packed) };
    if BITS == 5 {
        W::with_fifth(four, W::load(block), j as i32)
    } else {
        four
    }
}

/// Several panels, `stride` bytes apart, times several rows: a word of weights is used for all rows, four inputs of a row for all panels. `ONE` as for `q8_panel`.
///
/// # Safety
/// As `q4_panel`.
#[inline(always)]
pub unsafe fn panels<W: Words, const BITS: usize, const R: usize, const P: usize, const ONE: bool>(
    rows: Rows,
    panel: *const u8,
    stride: usize,
) -> [[V<W>; P]; R] {
    let (format, bytes) = match BITS {
        4 => (Format::Q4, Q4_BLOCK_BYTES),
        5 => (Format::Q5, Q5_BLOCK_BYTES),
        _ => (Format::Q8, Q8_BLOCK_BYTES),
    };
    let apart = if format == Format::Q4 { 0 } else { scale_bytes(rows.blocks * BLOCK) };
    // SAFETY: all offsets stay inside what the caller promised.
    unsafe {
        let mut sums = [[W::L::splat(0.0); P]; R];
        for b in 0..rows.blocks {
            let block = panel.add(apart + b * bytes);
            let mut products = [[W::splat(0); P]; R];
            if BITS != 4 {
                for r in 0..R {
                    products[r] = [W::splat(*rows.offsets.add(r * rows.blocks + b)); P];
                }
            }
            for j in 0..8 {
                let mut words = [W::splat(0); P];
                for p in 0..P {
                    words[p] = word::<W, BITS>(block.add(p * stride), j);
                }
                for r in 0..R {
                    let x = rows.q.add(r * rows.stride + b * BLOCK + 4 * j);
                    for p in 0..P {
                        products[r][p] =
                            if BITS == 8 { W::dot_bytes(products[r][p], words[p], x) } else { W::dot_nibbles(products[r][p], words[p], x) };
                    }
                }
            }
            for p in 0..P {
                let scales = if BITS == 4 { block.add(p * stride) } else { panel.add(p * stride + b * 32) };
                let d = W::halves(scales);
                for r in 0..R {
                    let scale = rows.scales.add((r * rows.blocks + b) * 2);
                    let factor = if ONE { W::L::splat(*scale) } else { W::L::mul(d, W::L::splat(*scale)) };
                    sums[r][p] = W::L::fma(factor, W::float(products[r][p]), sums[r][p]);
                    if BITS == 4 {
                        sums[r][p] = W::L::fma(W::halves(scales.add(32)), W::L::splat(*scale.add(1)), sums[r][p]);
                    }
                }
            }
        }
        if ONE {
            for p in 0..P {
                let d = W::halves(panel.add(p * stride));
                for r in 0..R {
                    sums[r][p] = W::L::mul(d, sums[r][p]);
                }
            }
        }
        sums
    }
}
