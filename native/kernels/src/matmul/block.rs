//! Products of blocks inside one thread: what the tiles of this family are built from.
//!
//! `multiply::<V>(rows, columns, depth, left, right, out)` is c (+)= a · b on any strides, without packing; `pack_left`, `pack_right` and
//! `pack_right_transposed` bring a side into the order that the register kernel likes. Every element is one fused chain over ascending k,
//! so neither packing nor the split of rows, columns or depth (with `keep`) changes a bit.

use super::micro::{strip, Floats};
pub use super::micro::{Left, Out, Right};
#[cfg(target_arch = "x86_64")]
use crate::vector::{avx2::Avx2, avx512::Avx512};
use crate::vector::{portable::Portable, Vector};

/// A tier that blocks are multiplied in.
///
/// # Safety
/// All functions: on a CPU with the tier's features.
pub unsafe trait Multiply: Vector {
    /// How many of these rows go through the registers at once: 1 at least, `rows` at most.
    fn strip_rows(rows: usize) -> usize;
    /// `rows`, a value of `strip_rows`, times all columns. `tight`: the left side is packed (`pack_left`) for these rows.
    unsafe fn strip(tight: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out);
    /// Sixteen k of `rows` <= 16 rows, `from_step` apart, as sixteen vectors `to_step` apart; lanes past `rows` hold anything.
    unsafe fn transpose_into(from: *const f32, from_step: usize, rows: usize, to: *mut f32, to_step: usize);
}

/// Most rows of a strip on any tier.
pub const STRIP: usize = 14;

/// c (+)= a · b: rows x columns, over depth; strides as in `Left`, `Right` (its panels may be a plain row-major matrix) and `Out`.
///
/// # Safety
/// The tier's features; strides stay inside what is read (whole columns only: nothing behind the last is touched) and written.
#[inline(always)]
pub unsafe fn multiply<V: Multiply>(rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
    let mut row = 0;
    while row < rows {
        let count = V::strip_rows(rows - row);
        // SAFETY: rows inside, as promised by the caller.
        unsafe {
            let from = Left { at: left.at.add(row * left.row_step), ..left };
            V::strip(false, count, columns, depth, from, right, out.from(row, 0));
        }
        row += count;
    }
}

/// Floats that packed panels of this size take.
pub fn right_floats(columns: usize, depth: usize) -> usize {
    columns.div_ceil(16) * 16 * depth
}

/// Floats that a packed strip of this depth takes.
pub fn left_floats(depth: usize) -> usize {
    STRIP * depth + 16
}

/// Packs row-major b [depth, columns], rows `step` apart, into panels: to[panel][k][16]; columns past the last are zero.
///
/// # Safety
/// The tier's features; `to` holds `right_floats`.
#[inline(always)]
pub unsafe fn pack_right<V: Vector>(b: *const f32, step: usize, columns: usize, depth: usize, to: *mut f32) -> Right {
    // SAFETY: as promised by the caller.
    unsafe {
        let panels = columns / 16;
        let mut panel = 0;
        while panel < panels {
            let count = (panels - panel).min(4);
            for k in 0..depth {
                let from = b.add(k * step + panel * 16);
                for p in 0..count {
                    V::store(to.add(((panel + p) * depth + k) * 16), V::load(from.add(p * 16)));
                }
            }
            panel += count;
        }
        if columns % 16 > 0 {
            for k in 0..depth {
                V::store(to.add((panels * depth + k) * 16), V::load_first(b.add(k * step + panels * 16), columns % 16));
            }
        }
    }
    Right { at: to, k_step: 16, panel_step: depth * 16 }
}

/// Packs b given as bᵀ [columns, depth], rows `step` apart, into the same panels; columns past the last hold anything finite that b holds.
///
/// # Safety
/// The tier's features; `to` holds `right_floats`.
#[inline(always)]
pub unsafe fn pack_right_transposed<V: Multiply>(b: *const f32, step: usize, columns: usize, depth: usize, to: *mut f32) -> Right {
    // SAFETY: as promised by the caller.
    unsafe {
        for panel in 0..columns.div_ceil(16) {
            let count = (columns - panel * 16).min(16);
            transposed::<V>(b.add(panel * 16 * step), step, count, depth, to.add(panel * depth * 16), 16);
        }
    }
    Right { at: to, k_step: 16, panel_step: depth * 16 }
}

/// Packs `rows` (a value of `strip_rows`) of a: to[k][rows].
///
/// # Safety
/// The tier's features; `to` holds `left_floats`.
#[inline(always)]
pub unsafe fn pack_left<V: Multiply>(left: Left, rows: usize, depth: usize, to: *mut f32) -> Left {
    // SAFETY: as promised by the caller. A vector that is stored past its rows is overwritten by the next k.
    unsafe {
        if left.k_step == 1 {
            transposed::<V>(left.at, left.row_step, rows, depth, to, rows);
        } else {
            for k in 0..depth {
                V::store(to.add(k * rows), V::load_first(left.at.add(k * left.k_step), rows));
            }
        }
    }
    Left { at: to, row_step: 1, k_step: rows }
}

// to[k · to_step + row] = from[row · step + k]; up to sixteen floats are written at each k, in order.
#[inline(always)]
unsafe fn transposed<V: Multiply>(from: *const f32, step: usize, rows: usize, depth: usize, to: *mut f32, to_step: usize) {
    // SAFETY: as promised by the callers.
    unsafe {
        let blocks = depth / 16 * 16;
        for k in (0..blocks).step_by(16) {
            V::transpose_into(from.add(k), step, rows, to.add(k * to_step), to_step);
        }
        for k in blocks..depth {
            for row in 0..rows {
                *to.add(k * to_step + row) = *from.add(row * step + k);
            }
            for row in rows..to_step {
                *to.add(k * to_step + row) = 0.0;
            }
        }
    }
}

// SAFETY: features and strides as the trait demands, here and in the other tiers.
unsafe impl Multiply for Portable {
    #[inline(always)]
    fn strip_rows(rows: usize) -> usize {
        rows.min(2)
    }
    #[inline(always)]
    unsafe fn strip(_: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
        match rows {
            1 => strip::<Floats<Portable>, 1, 1, false>(columns, depth, left, right, out),
            _ => strip::<Floats<Portable>, 2, 1, false>(columns, depth, left, right, out),
        }
    }
    #[inline(always)]
    unsafe fn transpose_into(from: *const f32, from_step: usize, rows: usize, to: *mut f32, to_step: usize) {
        for k in 0..16 {
            let mut lanes = [0.0; 16];
            for (row, lane) in lanes.iter_mut().enumerate() {
                *lane = *from.add(row.min(rows - 1) * from_step + k);
            }
            Portable::store(to.add(k * to_step), lanes);
        }
    }
}

// SAFETY: as above.
#[cfg(target_arch = "x86_64")]
unsafe impl Multiply for Avx2 {
    #[inline(always)]
    fn strip_rows(rows: usize) -> usize {
        match rows {
            6.. => 6,
            4.. => 4,
            _ => rows.min(2),
        }
    }
    #[inline(always)]
    unsafe fn strip(tight: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
        strip_avx2(tight, rows, columns, depth, left, right, out)
    }
    #[inline(always)]
    unsafe fn transpose_into(from: *const f32, from_step: usize, rows: usize, to: *mut f32, to_step: usize) {
        super::transpose::avx2(from, from_step, rows, to, to_step)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn strip_avx2(tight: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
    type M = Floats<Avx2>;
    match (rows, tight) {
        (6, true) => strip::<M, 6, 1, true>(columns, depth, left, right, out),
        (6, false) => strip::<M, 6, 1, false>(columns, depth, left, right, out),
        (4, _) => strip::<M, 4, 1, false>(columns, depth, left, right, out),
        (2, _) => strip::<M, 2, 2, false>(columns, depth, left, right, out),
        _ => strip::<M, 1, 4, false>(columns, depth, left, right, out),
    }
}

// SAFETY: as above.
#[cfg(target_arch = "x86_64")]
unsafe impl Multiply for Avx512 {
    #[inline(always)]
    fn strip_rows(rows: usize) -> usize {
        match rows {
            14.. => 14,
            8.. => 8,
            4.. => 4,
            _ => rows.min(2),
        }
    }
    #[inline(always)]
    unsafe fn strip(tight: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
        strip_avx512(tight, rows, columns, depth, left, right, out)
    }
    #[inline(always)]
    unsafe fn transpose_into(from: *const f32, from_step: usize, rows: usize, to: *mut f32, to_step: usize) {
        super::transpose::avx512(from, from_step, rows, to, to_step)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn strip_avx512(tight: bool, rows: usize, columns: usize, depth: usize, left: Left, right: Right, out: Out) {
    type M = Floats<Avx512>;
    match (rows, tight) {
        (14, true) => strip::<M, 14, 2, true>(columns, depth, left, right, out),
        (14, false) => strip::<M, 14, 2, false>(columns, depth, left, right, out),
        (8, true) => strip::<M, 8, 3, true>(columns, depth, left, right, out),
        (8, false) => strip::<M, 8, 3, false>(columns, depth, left, right, out),
        (4, _) => strip::<M, 4, 4, false>(columns, depth, left, right, out),
        (2, _) => strip::<M, 2, 6, false>(columns, depth, left, right, out),
        _ => strip::<M, 1, 8, false>(columns, depth, left, right, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Packed or not, in one block of k or in several: the same bits.
    unsafe fn every_way<V: Multiply>(rows: usize, columns: usize, depth: usize) -> Vec<Vec<f32>> {
        let value = |i: usize| ((i * 7919) % 1000) as f32 / 500.0 - 1.0;
        let a: Vec<f32> = (0..rows * depth).map(value).collect();
        let b: Vec<f32> = (0..depth * columns).map(|i| value(i + 77)).collect();
        let turned: Vec<f32> = (0..columns * depth).map(|i| b[i % depth * columns + i / depth]).collect();
        let left = Left { at: a.as_ptr(), row_step: depth, k_step: 1 };
        let right = Right { at: b.as_ptr(), k_step: columns, panel_step: 16 };
        let mut made = vec![vec![0.0f32; rows * columns]; 4];
        let out = |c: &mut Vec<f32>, keep: bool| Out { at: c.as_mut_ptr(), row_step: columns, keep, bias: std::ptr::null() };
        let mut panels = vec![0.0f32; right_floats(columns, depth)];
        let mut strips = vec![0.0f32; left_floats(depth)];
        // SAFETY: memory as made above; the caller has the features.
        unsafe {
            multiply::<V>(rows, columns, depth, left, right, out(&mut made[0], false));
            let packed = pack_right::<V>(b.as_ptr(), columns, columns, depth, panels.as_mut_ptr());
            multiply::<V>(rows, columns, depth, left, packed, out(&mut made[1], false));
            let packed = pack_right_transposed::<V>(turned.as_ptr(), depth, columns, depth, panels.as_mut_ptr());
            let mut row = 0;
            while row < rows {
                let taken = V::strip_rows(rows - row);
                let strip = pack_left::<V>(Left { at: left.at.add(row * depth), ..left }, taken, depth, strips.as_mut_ptr());
                V::strip(true, taken, columns, depth, strip, packed, out(&mut made[2], false).from(row, 0));
                row += taken;
            }
            let half = depth / 2;
            multiply::<V>(rows, columns, half, left, right, out(&mut made[3], false));
            let (left, right) = (Left { at: left.at.add(half), ..left }, Right { at: right.at.add(half * columns), ..right });
            multiply::<V>(rows, columns, depth - half, left, right, out(&mut made[3], true));
        }
        let expected = (0..rows * columns)
            .map(|i| (0..depth).map(|k| a[i / columns * depth + k] as f64 * b[k * columns + i % columns] as f64).sum::<f64>() as f32)
            .collect();
        made.push(expected);
        made
    }

    #[test]
    fn a_product_has_the_same_bits_packed_or_not_and_in_any_blocks_and_is_right() {
        for (rows, columns, depth) in [(1, 1, 1), (1, 130, 20), (3, 17, 33), (14, 32, 16), (31, 100, 47), (45, 64, 64)] {
            // SAFETY: portable runs everywhere.
            let mut made = vec![unsafe { every_way::<Portable>(rows, columns, depth) }];
            #[cfg(target_arch = "x86_64")]
            for tier in crate::tier::Tier::present() {
                // SAFETY: the tier is present.
                unsafe {
                    match tier {
                        crate::tier::Tier::Avx2 => made.push(every_way::<Avx2>(rows, columns, depth)),
                        crate::tier::Tier::Avx512 => made.push(every_way::<Avx512>(rows, columns, depth)),
                        _ => {}
                    }
                }
            }
            for ways in made {
                assert!(ways[1..4].iter().all(|way| *way == ways[0]), "{rows} x {columns} x {depth}");
                for (found, expected) in ways[0].iter().zip(&ways[4]) {
                    assert!((found - expected).abs() <= 1e-5 * depth as f32, "{found}, expected {expected}");
                }
            }
        }
    }
}
