//! Rotation of pairs by the angle of a position. The same operations on every tier: products and a difference, none fused.

use crate::call::Call;
use crate::error::KernelError;
use crate::for_tiers;
use std::ops::Range;

/// Rows of a work tile.
pub const ROWS: usize = 8;

pub fn rotate(call: &Call, rows: Range<usize>) -> Result<(), KernelError> {
    let (heads, width, turned, positions) = (call.size(1), call.size(2), call.size(3), call.size(5));
    let (start, period) = (call.size(4), call.size(6));
    let sign: f32 = if call.flag(9) { -1.0 } else { 1.0 };
    for row in rows {
        let position = if call.flag(7) { call.i32s(1)[row] as i64 } else { (start + row % period) as i64 };
        if position < 0 || position as usize >= positions {
            return Err(KernelError::Index { value: position as f64, limit: positions as f64 });
        }
        let table = &call.f32s(0)[position as usize * turned..(position as usize + 1) * turned];
        // SAFETY: rows are disjoint.
        let x = unsafe { call.f32s_mut(2, row * heads * width, heads * width) };
        if call.flag(8) {
            for_tiers!(call.tier, adjacent, (table: &[f32], sign: f32, width: usize, x: &mut [f32]) -> ());
        } else {
            for_tiers!(call.tier, halves, (table: &[f32], sign: f32, width: usize, x: &mut [f32]) -> ());
        }
    }
    Ok(())
}

#[inline(always)]
fn adjacent<const FUSED: bool>(table: &[f32], sign: f32, width: usize, x: &mut [f32]) {
    for head in x.chunks_exact_mut(width) {
        for (pair, angle) in head[..table.len()].chunks_exact_mut(2).zip(table.chunks_exact(2)) {
            let (a, b, sin) = (pair[0], pair[1], angle[1] * sign);
            pair[0] = a * angle[0] - b * sin;
            pair[1] = a * sin + b * angle[0];
        }
    }
}

#[inline(always)]
fn halves<const FUSED: bool>(table: &[f32], sign: f32, width: usize, x: &mut [f32]) {
    for head in x.chunks_exact_mut(width) {
        let (low, high) = head[..table.len()].split_at_mut(table.len() / 2);
        for ((p, q), angle) in low.iter_mut().zip(high).zip(table.chunks_exact(2)) {
            let (a, b, sin) = (*p, *q, angle[1] * sign);
            *p = a * angle[0] - b * sin;
            *q = a * sin + b * angle[0];
        }
    }
}
