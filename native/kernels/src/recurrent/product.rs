//! Products of a few rows with a packed matrix: what recurrent layers multiply by in every step.
//! Every result is one sum over k, ascending, in one accumulator: how many rows or panels are held at once changes no bit.

use crate::vector::{Vector, LANES};

/// How many results a tier holds in registers.
pub trait Held: Vector {
    /// Thirty-two wide registers: eight rows of two panels; else four rows of one.
    const WIDE: bool;
}

impl Held for crate::vector::portable::Portable {
    const WIDE: bool = false;
}
#[cfg(target_arch = "x86_64")]
impl Held for crate::vector::avx2::Avx2 {
    const WIDE: bool = false;
}
#[cfg(target_arch = "x86_64")]
impl Held for crate::vector::avx512::Avx512 {
    const WIDE: bool = true;
}

/// sums[r][16 p …] += x[r][k] · w[p][k] for k in 0..count.
#[derive(Clone, Copy)]
pub struct Product {
    pub x: *const f32,
    /// Floats from a row of x to the next, and from a k to the next.
    pub x_row: usize,
    pub x_step: usize,
    pub w: *const f32,
    /// Floats from a panel of w to the next, and from a k to the next.
    pub w_panel: usize,
    pub w_step: usize,
    pub count: usize,
    pub sums: *mut f32,
    /// Floats from a row of sums to the next; panels are side by side.
    pub sums_row: usize,
}

#[inline(always)]
unsafe fn block<L: Vector, const R: usize, const W: usize>(m: Product) {
    // SAFETY: as promised to `multiply`.
    unsafe {
        let mut held = [[L::splat(0.0); W]; R];
        for r in 0..R {
            for p in 0..W {
                held[r][p] = L::load(m.sums.add(r * m.sums_row + p * LANES));
            }
        }
        let (mut x, mut w) = (m.x, m.w);
        for _ in 0..m.count {
            let mut lanes = [L::splat(0.0); W];
            for p in 0..W {
                lanes[p] = L::load(w.add(p * m.w_panel));
            }
            for r in 0..R {
                let value = L::splat(*x.add(r * m.x_row));
                for p in 0..W {
                    held[r][p] = L::fma(lanes[p], value, held[r][p]);
                }
            }
            x = x.wrapping_add(m.x_step);
            w = w.wrapping_add(m.w_step);
        }
        for r in 0..R {
            for p in 0..W {
                L::store(m.sums.add(r * m.sums_row + p * LANES), held[r][p]);
            }
        }
    }
}

#[inline(always)]
unsafe fn panels_of<L: Held, const W: usize>(m: Product, rows: usize) {
    // SAFETY: as promised to `multiply`.
    unsafe {
        let mut r = 0;
        while r < rows {
            let here = Product { x: m.x.add(r * m.x_row), sums: m.sums.add(r * m.sums_row), ..m };
            let left = rows - r;
            if L::WIDE && left >= 8 {
                block::<L, 8, W>(here);
                r += 8;
            } else if left >= 4 {
                block::<L, 4, W>(here);
                r += 4;
            } else {
                block::<L, 1, W>(here);
                r += 1;
            }
        }
    }
}

/// The product for `rows` rows and `panels` panels.
///
/// # Safety
/// The tier's features; x, w and sums hold what the product says.
#[inline(always)]
pub unsafe fn multiply<L: Held>(m: Product, rows: usize, panels: usize) {
    // SAFETY: as promised.
    unsafe {
        let mut p = 0;
        while p < panels {
            let here = Product { w: m.w.add(p * m.w_panel), sums: m.sums.add(p * LANES), ..m };
            if L::WIDE && p + 2 <= panels {
                panels_of::<L, 2>(here, rows);
                p += 2;
            } else {
                panels_of::<L, 1>(here, rows);
                p += 1;
            }
        }
    }
}

/// Packs a recurrent matrix [units, gates · units] for h · U: panels of 16 columns, each gate filled up to whole panels with zeros.
pub fn pack(matrix: &[f32], units: usize, gates: usize, out: &mut [f32]) {
    for (panel, out) in out.chunks_exact_mut(units * LANES).enumerate() {
        let a_gate = units.div_ceil(LANES);
        let (gate, first) = (panel / a_gate, panel % a_gate * LANES);
        let count = LANES.min(units - first);
        for (k, out) in out.chunks_exact_mut(LANES).enumerate() {
            let at = k * gates * units + gate * units + first;
            out[..count].copy_from_slice(&matrix[at..at + count]);
            out[count..].fill(0.0);
        }
    }
}

/// Packs it for d · Uᵀ: panels of 16 of its rows, k over its columns.
pub fn pack_transposed(matrix: &[f32], units: usize, gates: usize, out: &mut [f32]) {
    let columns = gates * units;
    for (panel, out) in out.chunks_exact_mut(columns * LANES).enumerate() {
        let first = panel * LANES;
        let count = LANES.min(units - first);
        if count < LANES {
            out.fill(0.0);
        }
        for lane in 0..count {
            let row = &matrix[(first + lane) * columns..(first + lane + 1) * columns];
            for (out, value) in out[lane..].iter_mut().step_by(LANES).zip(row) {
                *out = *value;
            }
        }
    }
}
