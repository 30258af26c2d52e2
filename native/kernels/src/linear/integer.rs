//! int8 products: a panel holds 16 outputs, one lane each, four inputs a word; activations are broadcast four at a time.
//! Every output takes its blocks in one order, so the bits do not depend on how many rows or panels a call has.

use super::dense::q5_words;
use super::layout::{scale_bytes, BLOCK, Q4_BLOCK_BYTES, Q5_BLOCK_BYTES, Q8_BLOCK_BYTES};
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

/// One q8 panel times R rows; with `FIVE` one of q5.
///
/// # Safety
/// As `q4_panel`.
#[inline(always)]
pub unsafe fn q8_panel<W: Words, const R: usize, const FIVE: bool>(rows: Rows, panel: *const u8) -> [V<W>; R] {
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
                *sum = W::L::fma(W::L::mul(d, scale), W::float(product), *sum);
            }
        }
        sums
    }
}
