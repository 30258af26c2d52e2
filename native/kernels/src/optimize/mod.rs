//! Optimiser steps, gradient norms and clipping. Every kernel goes once through its operands, in tiles of one size: the sum of squares of a gradient has the
//! same bits whichever kernel takes it.

mod adam;
mod adaptive;
mod average;
mod muon;
mod norm;
mod orthogonal;
mod sgd;

use crate::call::{no_check, no_scratch, span, Call, Row};
use crate::error::KernelError;
use std::ops::Range;

/// Elements of a tile; twin: SQUARES_RUN in src/native/kernels/optimize.ts.
pub const TILE: usize = 16_384;

/// Tiles of a kernel whose first size is its number of elements.
fn tiles(call: &Call) -> usize {
    call.size(0).div_ceil(TILE)
}

/// Partial sums of squares for so many elements.
fn partials(n: f64) -> f64 {
    (n / TILE as f64).ceil()
}

fn elements(call: &Call, tile: usize) -> Range<usize> {
    span(tile, TILE, call.size(0))
}

/// A tile's part of an operand that only it writes.
#[allow(clippy::mut_from_ref)]
fn part<'a>(call: &'a Call, operand: usize, range: &Range<usize>) -> &'a mut [f32] {
    // SAFETY: tiles are disjoint.
    unsafe { call.f32s_mut(operand, range.start, range.len()) }
}

/// How a step sees its gradient: times the factor, then between -limit and limit.
#[derive(Clone, Copy)]
struct Seen {
    factor: f32,
    limit: f32,
}

impl Seen {
    fn new(factor: &[f32], limit: f64) -> Seen {
        Seen { factor: factor[0], limit: limit as f32 }
    }

    #[inline(always)]
    fn of(self, gradient: f32) -> f32 {
        let scaled = gradient * self.factor;
        // Comparisons that leave a NaN as it is.
        let below = if scaled > self.limit { self.limit } else { scaled };
        if below < -self.limit {
            -self.limit
        } else {
            below
        }
    }
}

macro_rules! row {
    ($signature:literal, $name:literal, $extents:expr, $tiles:expr, $run:expr) => {
        Row { name: $name, signature: $signature, extents: $extents, check: no_check, tiles: $tiles, scratch: no_scratch, run: $run }
    };
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    row!("sumSquares(x:f32;partials:f32;;n;)", "sumSquares", |s| vec![s[0], partials(s[0])], tiles, norm::sum_squares),
    row!(
        "gradientScale(partials:f32;norm:f32,factor:f32;;count,maxNorm,epsilon,scale;normalize)",
        "gradientScale",
        |s| vec![s[0], 1.0, 1.0],
        |_| 1,
        norm::gradient_scale
    ),
    row!(
        "sgdUpdate(gradient:f32,factor:f32;partials:f32;parameter:f32,momentumBuffer:f32;n,learningRate,momentum,dampening,weightDecay,delta,hasMomentum,hasPartials;nesterov,decoupled,rateInside)",
        "sgdUpdate",
        |s| vec![s[0], 1.0, partials(s[0]) * s[7], s[0], s[0] * s[6]],
        tiles,
        sgd::update
    ),
    row!(
        "adamUpdate(gradient:f32,factor:f32;partials:f32;parameter:f32,m:f32,v:f32,largest:f32;n,learningRate,beta1,beta2,epsilon,weightDecay,correction1,correction2,ahead,delta,hasLargest,hasPartials;decoupled)",
        "adamUpdate",
        |s| vec![s[0], 1.0, partials(s[0]) * s[11], s[0], s[0], s[0], s[0] * s[10]],
        tiles,
        adam::update
    ),
    row!("averageUpdate(x:f32;;average:f32;n,momentum;)", "averageUpdate", |s| vec![s[0]; 2], tiles, average::update),
    Row {
        name: "orthogonalize",
        signature: "orthogonalize(;;vectors:f32;count,length;)",
        extents: |s| vec![s[0] * s[1]],
        // More vectors than they have places cannot all be at right angles.
        check: |s| if s[0] <= s[1] { Ok(()) } else { Err(KernelError::Program { value: s[0], limit: s[1] }) },
        tiles: |call| call.size(0).min(1),
        scratch: orthogonal::scratch,
        run: orthogonal::orthogonalize,
    },
    row!("exchange(;;a:f32,b:f32;n;)", "exchange", |s| vec![s[0]; 2], tiles, average::exchange),
    row!(
        "rmspropUpdate(gradient:f32,factor:f32;partials:f32;parameter:f32,v:f32,meanGradient:f32,momentumBuffer:f32;n,learningRate,rho,momentum,epsilon,weightDecay,delta,hasMean,hasMomentum,hasPartials;decoupled,epsilonInside,rateInside)",
        "rmspropUpdate",
        |s| vec![s[0], 1.0, partials(s[0]) * s[9], s[0], s[0], s[0] * s[7], s[0] * s[8]],
        tiles,
        adaptive::rmsprop
    ),
    row!(
        "adagradUpdate(gradient:f32,factor:f32;partials:f32;parameter:f32,sum:f32;n,learningRate,epsilon,weightDecay,delta,hasPartials;decoupled,epsilonInside)",
        "adagradUpdate",
        |s| vec![s[0], 1.0, partials(s[0]) * s[5], s[0], s[0]],
        tiles,
        adaptive::adagrad
    ),
    row!(
        "adadeltaUpdate(gradient:f32,factor:f32;partials:f32;parameter:f32,v:f32,moved:f32;n,learningRate,rho,epsilon,weightDecay,delta,hasPartials;decoupled)",
        "adadeltaUpdate",
        |s| vec![s[0], 1.0, partials(s[0]) * s[6], s[0], s[0], s[0]],
        tiles,
        adaptive::adadelta
    ),
    row!(
        "muonMomentum(gradient:f32,factor:f32;update:f32,partials:f32;momentumBuffer:f32;n,momentum,delta,hasPartials;nesterov)",
        "muonMomentum",
        |s| vec![s[0], 1.0, s[0], partials(s[0]) * s[3], s[0]],
        tiles,
        muon::momentum
    ),
    row!(
        "combine(a:f32,b:f32,factor:f32;y:f32;;n,alpha,beta,hasB;)",
        "combine",
        |s| vec![s[0], s[0] * s[3], 1.0, s[0]],
        tiles,
        muon::combine
    ),
];
