//! The register kernel: a few rows times a few panels of sixteen columns, sums held in registers while k ascends. Knows no memory layout but strides.

use crate::vector::Vector;
use std::marker::PhantomData;

/// The left side: element (row, k) lies at `at + row · row_step + k · k_step`.
#[derive(Clone, Copy)]
pub struct Left {
    pub at: *const f32,
    pub row_step: usize,
    pub k_step: usize,
}

/// The right side: sixteen columns from 16 · panel on at one k lie at `at + panel · panel_step + k · k_step`.
/// A row-major matrix has `panel_step` 16 and its width as `k_step`; packed panels have their depth · 16 and 16.
#[derive(Clone, Copy)]
pub struct Right {
    pub at: *const f32,
    pub k_step: usize,
    pub panel_step: usize,
}

/// Where results go, row by row, and what their sums begin with: what is there (`keep`), plus a value for each column (unless null), or zero.
#[derive(Clone, Copy)]
pub struct Out {
    pub at: *mut f32,
    pub row_step: usize,
    pub keep: bool,
    pub bias: *const f32,
}

impl Out {
    /// The same from a row and a column on.
    ///
    /// # Safety
    /// Both lie inside.
    #[inline(always)]
    pub unsafe fn from(self, row: usize, column: usize) -> Out {
        // SAFETY: inside, as promised.
        unsafe {
            let bias = if self.bias.is_null() { self.bias } else { self.bias.add(column) };
            Out { at: self.at.add(row * self.row_step + column), bias, ..self }
        }
    }
}

/// How one step of k enters the sums.
pub trait Arithmetic {
    type L: Vector;
    /// sum + a · b, lane by lane.
    ///
    /// # Safety
    /// The tier's features.
    unsafe fn step(a: <Self::L as Vector>::V, b: <Self::L as Vector>::V, sum: <Self::L as Vector>::V) -> <Self::L as Vector>::V;
}

/// Plain f32.
pub struct Floats<L>(PhantomData<L>);

impl<L: Vector> Arithmetic for Floats<L> {
    type L = L;
    #[inline(always)]
    unsafe fn step(a: L::V, b: L::V, sum: L::V) -> L::V {
        // SAFETY: as promised by the caller.
        unsafe { L::fma(b, a, sum) }
    }
}

/// R rows times P whole panels. `TIGHT`: the left side is packed, R values for each k.
#[inline(always)]
unsafe fn whole<M: Arithmetic, const R: usize, const P: usize, const TIGHT: bool>(depth: usize, left: Left, right: Right, out: Out) {
    // SAFETY: strides as promised by the caller.
    unsafe {
        let (row_step, k_step) = if TIGHT { (1, R) } else { (left.row_step, left.k_step) };
        let mut sums = [[M::L::splat(0.0); P]; R];
        if out.keep {
            for r in 0..R {
                for p in 0..P {
                    sums[r][p] = M::L::load(out.at.add(r * out.row_step + p * 16));
                }
            }
        }
        if !out.bias.is_null() {
            for p in 0..P {
                let bias = M::L::load(out.bias.add(p * 16));
                for r in 0..R {
                    sums[r][p] = M::L::add(sums[r][p], bias);
                }
            }
        }
        let (mut a, mut b) = (left.at, right.at);
        for _ in 0..depth {
            let mut lanes = [M::L::splat(0.0); P];
            for p in 0..P {
                lanes[p] = M::L::load(b.wrapping_add(p * right.panel_step));
            }
            for r in 0..R {
                let value = M::L::splat(*a.wrapping_add(r * row_step));
                for p in 0..P {
                    sums[r][p] = M::step(value, lanes[p], sums[r][p]);
                }
            }
            a = a.wrapping_add(k_step);
            b = b.wrapping_add(right.k_step);
        }
        for r in 0..R {
            for p in 0..P {
                M::L::store(out.at.add(r * out.row_step + p * 16), sums[r][p]);
            }
        }
    }
}

/// R rows times the first `count` columns of one panel.
#[inline(always)]
unsafe fn part<M: Arithmetic, const R: usize, const TIGHT: bool>(count: usize, depth: usize, left: Left, right: Right, out: Out) {
    // SAFETY: strides as promised by the caller.
    unsafe {
        let (row_step, k_step) = if TIGHT { (1, R) } else { (left.row_step, left.k_step) };
        let mut sums = [M::L::splat(0.0); R];
        if out.keep {
            for r in 0..R {
                sums[r] = M::L::load_first(out.at.add(r * out.row_step), count);
            }
        }
        if !out.bias.is_null() {
            let bias = M::L::load_first(out.bias, count);
            for r in 0..R {
                sums[r] = M::L::add(sums[r], bias);
            }
        }
        let (mut a, mut b) = (left.at, right.at);
        for _ in 0..depth {
            let lanes = M::L::load_first(b, count);
            for r in 0..R {
                sums[r] = M::step(M::L::splat(*a.wrapping_add(r * row_step)), lanes, sums[r]);
            }
            a = a.wrapping_add(k_step);
            b = b.wrapping_add(right.k_step);
        }
        for r in 0..R {
            M::L::store_first(out.at.add(r * out.row_step), count, sums[r]);
        }
    }
}

/// R rows times all columns, P panels at a time.
///
/// # Safety
/// The tier's features; strides stay inside what is read and written.
#[inline(always)]
pub unsafe fn strip<M: Arithmetic, const R: usize, const P: usize, const TIGHT: bool>(
    columns: usize,
    depth: usize,
    left: Left,
    right: Right,
    out: Out,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let mut at = 0;
        while at < columns {
            let panel = Right { at: right.at.wrapping_add(at / 16 * right.panel_step), ..right };
            if columns - at >= P * 16 {
                whole::<M, R, P, TIGHT>(depth, left, panel, out.from(0, at));
                at += P * 16;
            } else {
                part::<M, R, TIGHT>((columns - at).min(16), depth, left, panel, out.from(0, at));
                at += 16;
            }
        }
    }
}
