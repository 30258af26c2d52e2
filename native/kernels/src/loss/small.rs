//! What losses need beside cross-entropy: the total of all rows, bounds, and a product with two single numbers.

use crate::call::{span, Call};
use crate::error::KernelError;
use crate::normalize::sums::{load, put};
use crate::vector::{Vector, LANES};
use crate::{for_tiers, for_vectors};

/// Elements of a tile.
const STEP: usize = 16_384;

pub fn element_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(STEP)
}

pub fn total_loss(call: &Call, _: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (mut total, mut weight) = (0.0f64, 0.0f64);
    for (loss, counted) in call.f32s(0).iter().zip(call.f32s(1)) {
        total += *loss as f64;
        weight += *counted as f64;
    }
    let (y, share) = if call.flag(1) {
        (total, 1.0)
    } else if weight == 0.0 {
        (0.0, 0.0)
    } else {
        (total / weight, 1.0 / weight)
    };
    // SAFETY: one tile.
    unsafe {
        call.f32s_mut(2, 0, 1)[0] = y as f32;
        call.f32s_mut(3, 0, 1)[0] = share as f32;
    }
    Ok(())
}

pub fn finite(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let x = &call.f32s(0)[range.clone()];
    if let Some(at) = x.iter().position(|value| !value.is_finite()) {
        return Err(KernelError::Numeric { value: (range.start + at) as f64, limit: call.size(0) as f64 });
    }
    // SAFETY: tiles are disjoint.
    unsafe { call.f32s_mut(1, range.start, range.len()) }.copy_from_slice(x);
    Ok(())
}

#[inline(always)]
fn clip_body<const FUSED: bool>(x: &[f32], low: f32, high: f32, y: &mut [f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        // Comparisons that NaN fails: it goes through.
        let raised = if *x < low { low } else { *x };
        *y = if raised > high { high } else { raised };
    }
}

pub fn clip(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (low, high) = (call.scalars[1] as f32, call.scalars[2] as f32);
    let x = &call.f32s(0)[range.clone()];
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    for_tiers!(call.tier, clip_body, (x: &[f32], low: f32, high: f32, y: &mut [f32]) -> ());
    Ok(())
}

#[inline(always)]
fn clip_grad_body<const FUSED: bool>(x: &[f32], dy: &[f32], low: f32, high: f32, dx: &mut [f32], accumulate: bool) {
    for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
        let d = if *x >= low && *x <= high { *dy } else { 0.0 };
        *dx = if accumulate { *dx + d } else { d };
    }
}

pub fn clip_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (low, high, accumulate) = (call.scalars[1] as f32, call.scalars[2] as f32, call.flag(3));
    let (x, dy) = (&call.f32s(0)[range.clone()], &call.f32s(1)[range.clone()]);
    // SAFETY: tiles are disjoint.
    let dx = unsafe { call.f32s_mut(2, range.start, range.len()) };
    for_tiers!(call.tier, clip_grad_body, (x: &[f32], dy: &[f32], low: f32, high: f32, dx: &mut [f32], accumulate: bool) -> ());
    Ok(())
}

#[inline(always)]
unsafe fn scale_body<L: Vector>(x: *const f32, factor: f32, y: *mut f32, n: usize, accumulate: bool) {
    let mut at = 0;
    while at < n {
        put::<L>(y, at, n, L::mul(L::splat(factor), load::<L>(x, at, n)), accumulate);
        at += LANES;
    }
}

/// y may be x itself.
pub fn scale_by(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (factor, accumulate, n) = (call.f32s(1)[0] * call.f32s(2)[0], call.flag(1), range.len());
    // SAFETY: tiles are disjoint; extents were checked.
    let (x, y) = unsafe { (call.f32s(0).as_ptr().add(range.start), call.out::<f32>(3).add(range.start)) };
    for_vectors!(call.tier, scale_body, (x: *const f32, factor: f32, y: *mut f32, n: usize, accumulate: bool));
    Ok(())
}
