//! Layer norm and RMS norm with their gradients, row by row: mean and variance are computed anew for the gradient, a row lies in the first cache then.

use super::sums::{joined, load, put, squares, store, sum, SIDE};
use crate::call::{span, Call};
use crate::error::KernelError;
use crate::for_vectors;
use crate::vector::{Vector, LANES};

/// Elements of a tile.
const STEP: usize = 16_384;

/// A row and what it is normalised by.
#[derive(Clone, Copy)]
struct Plan {
    width: usize,
    epsilon: f32,
    centered: bool,
    gamma: *const f32,
    beta: *const f32,
}

/// Mean (0 where it is not taken out) and 1 / standard deviation.
#[inline(always)]
unsafe fn moments<L: Vector>(x: *const f32, plan: Plan) -> (f32, f32) {
    let n = plan.width as f32;
    let mean = if plan.centered { sum::<L>(x, plan.width) / n } else { 0.0 };
    (mean, 1.0 / (squares::<L>(x, plan.width, mean) / n + plan.epsilon).sqrt())
}

#[inline(always)]
unsafe fn norm_row<L: Vector>(x: *const f32, y: *mut f32, plan: Plan) {
    let n = plan.width;
    let (mean, inverse) = moments::<L>(x, plan);
    let (mean, inverse) = (L::splat(mean), L::splat(inverse));
    let mut at = 0;
    while at < n {
        let mut v = L::mul(L::sub(load::<L>(x, at, n), mean), inverse);
        if !plan.gamma.is_null() {
            v = L::mul(v, load::<L>(plan.gamma, at, n));
        }
        if !plan.beta.is_null() {
            v = L::add(v, load::<L>(plan.beta, at, n));
        }
        store::<L>(y, at, n, v);
        at += LANES;
    }
}

/// Where the gradient of a row goes: dx, and sums for gamma and beta (null: not wanted).
#[derive(Clone, Copy)]
struct Into {
    dx: *mut f32,
    accumulate: bool,
    dgamma: *mut f32,
    dbeta: *mut f32,
}

#[inline(always)]
unsafe fn grad_row<L: Vector>(x: *const f32, dy: *const f32, into: Into, plan: Plan) {
    let n = plan.width;
    let (mean, inverse) = moments::<L>(x, plan);
    let (mean, inverse) = (L::splat(mean), L::splat(inverse));
    let (mut all, mut product) = ([L::splat(0.0); SIDE], [L::splat(0.0); SIDE]);
    let mut block = 0;
    while block < n {
        for slot in 0..SIDE {
            let at = block + slot * LANES;
            if at < n {
                let normed = L::mul(L::sub(load::<L>(x, at, n), mean), inverse);
                let d = load::<L>(dy, at, n);
                if !into.dgamma.is_null() {
                    put::<L>(into.dgamma, at, n, L::mul(d, normed), true);
                    put::<L>(into.dbeta, at, n, d, true);
                }
                let g = if plan.gamma.is_null() { d } else { L::mul(d, load::<L>(plan.gamma, at, n)) };
                all[slot] = L::add(all[slot], g);
                product[slot] = L::fma(g, normed, product[slot]);
            }
        }
        block += SIDE * LANES;
    }
    let shift = if plan.centered { joined::<L>(&all) / n as f32 } else { 0.0 };
    let (shift, slope) = (L::splat(shift), L::splat(-joined::<L>(&product) / n as f32));
    let mut at = 0;
    while at < n {
        let normed = L::mul(L::sub(load::<L>(x, at, n), mean), inverse);
        let d = load::<L>(dy, at, n);
        let g = if plan.gamma.is_null() { d } else { L::mul(d, load::<L>(plan.gamma, at, n)) };
        let v = L::mul(inverse, L::fma(normed, slope, L::sub(g, shift)));
        put::<L>(into.dx, at, n, v, into.accumulate);
        at += LANES;
    }
}

#[inline(always)]
unsafe fn norm_rows<L: Vector>(x: *const f32, y: *mut f32, rows: usize, plan: Plan) {
    for row in 0..rows {
        norm_row::<L>(x.add(row * plan.width), y.add(row * plan.width), plan)
    }
}

#[inline(always)]
unsafe fn grad_rows<L: Vector>(x: *const f32, dy: *const f32, into: Into, rows: usize, plan: Plan) {
    for row in 0..rows {
        let at = row * plan.width;
        grad_row::<L>(x.add(at), dy.add(at), Into { dx: into.dx.add(at), ..into }, plan)
    }
}

fn present(call: &Call, operand: usize, has: bool) -> *const f32 {
    if has {
        call.f32s(operand).as_ptr()
    } else {
        std::ptr::null()
    }
}

fn rows_of_tile(width: usize) -> usize {
    (STEP / width.max(1)).max(1)
}

pub fn norm_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(rows_of_tile(call.size(1)))
}

pub fn norm(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let width = call.size(1);
    let rows = span(tile, rows_of_tile(width), call.size(0));
    let plan = Plan {
        width,
        epsilon: call.scalars[2] as f32,
        centered: call.flag(5),
        gamma: present(call, 1, call.flag(3)),
        beta: present(call, 2, call.flag(4)),
    };
    let x = call.f32s(0)[rows.start * width..rows.end * width].as_ptr();
    // SAFETY: tiles write disjoint rows; extents were checked.
    let y = unsafe { call.f32s_mut(3, rows.start * width, rows.len() * width) }.as_mut_ptr();
    let rows = rows.len();
    for_vectors!(call.tier, norm_rows, (x: *const f32, y: *mut f32, rows: usize, plan: Plan));
    Ok(())
}

pub fn grad_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(call.size(5))
}

/// A tile is a block of rows, with its sums for gamma and beta.
pub fn norm_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (width, partial) = (call.size(1), call.flag(4));
    let rows = span(tile, call.size(5), call.size(0));
    let plan = Plan {
        width,
        epsilon: call.scalars[2] as f32,
        centered: call.flag(6),
        gamma: present(call, 1, call.flag(3)),
        beta: std::ptr::null(),
    };
    let range = rows.start * width..rows.end * width;
    let (x, dy) = (call.f32s(0)[range.clone()].as_ptr(), call.f32s(2)[range.clone()].as_ptr());
    let mut into = Into { dx: std::ptr::null_mut(), accumulate: call.flag(7), dgamma: std::ptr::null_mut(), dbeta: std::ptr::null_mut() };
    // SAFETY: tiles write disjoint rows and sums; extents were checked.
    unsafe {
        into.dx = call.f32s_mut(4, range.start, range.len()).as_mut_ptr();
        if partial {
            for (which, sums) in [&mut into.dgamma, &mut into.dbeta].into_iter().enumerate() {
                let run = call.f32s_mut(3, (which * grad_tiles(call) + tile) * width, width);
                run.fill(0.0);
                *sums = run.as_mut_ptr();
            }
        }
    }
    let rows = rows.len();
    for_vectors!(call.tier, grad_rows, (x: *const f32, dy: *const f32, into: Into, rows: usize, plan: Plan));
    Ok(())
}
