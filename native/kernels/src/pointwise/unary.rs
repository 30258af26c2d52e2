//! Functions of one number and their derivatives, by the numbers of the kernel table (`unaryFunctions` in src/native/kernels/pointwise.ts).

use super::{element_tiles, no_scratch, STEP};
use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::for_vectors;
use crate::tier::Tier;
use crate::vector::functions::{exp_less_one, exp_wide, log, log_one_more, negative, normal_share, sigmoid, tanh};
use crate::vector::{Vector, LANES};

/// How many functions there are.
const FUNCTIONS: f64 = 16.0;
/// 2 · sqrt(2 / π), and the cubic part of the tanh form of gelu.
const GELU: f32 = 1.595_769_1;
const CUBIC: f32 = 0.044_715;
/// 1 / sqrt(2 π).
const BELL: f32 = 0.398_942_3;

/// y = f(x), and f'(x). Safety: as `Vector`.
trait Function {
    unsafe fn value<L: Vector>(x: L::V, alpha: L::V) -> L::V;
    unsafe fn slope<L: Vector>(x: L::V, alpha: L::V) -> L::V;
}

macro_rules! function {
    ($name:ident, $vector:ident, |$x:ident, $alpha:ident| $value:expr, $slope:expr) => {
        struct $name;
        impl Function for $name {
            #[inline(always)]
            #[allow(unused_variables, unused_unsafe)]
            unsafe fn value<$vector: Vector>($x: $vector::V, $alpha: $vector::V) -> $vector::V {
                $value
            }
            #[inline(always)]
            #[allow(unused_variables, unused_unsafe)]
            unsafe fn slope<$vector: Vector>($x: $vector::V, $alpha: $vector::V) -> $vector::V {
                $slope
            }
        }
    };
}

#[inline(always)]
unsafe fn step<L: Vector>(x: L::V, above: f32, below: L::V) -> L::V {
    L::above(x, L::splat(0.0), L::splat(above), below)
}

// s + x · s · (1 - s) · inner: the derivative of x · sigmoid(g(x)) where inner = g'.
#[inline(always)]
unsafe fn gate_slope<L: Vector>(x: L::V, s: L::V, inner: L::V) -> L::V {
    L::fma(L::mul(L::mul(x, s), inner), L::sub(L::splat(1.0), s), s)
}

#[inline(always)]
unsafe fn gelu_gate<L: Vector>(x: L::V) -> L::V {
    let cubic = L::fma(L::mul(x, x), L::splat(GELU * CUBIC), L::splat(GELU));
    sigmoid::<L>(L::mul(x, cubic))
}

function!(Scale, L, |x, alpha| L::mul(alpha, x), alpha);
function!(Shift, L, |x, alpha| L::add(x, alpha), L::splat(1.0));
function!(Relu, L, |x, alpha| L::max(L::splat(0.0), x), step::<L>(x, 1.0, L::splat(0.0)));
function!(LeakyRelu, L, |x, alpha| L::above(x, L::splat(0.0), x, L::mul(alpha, x)), step::<L>(x, 1.0, alpha));
function!(
    Elu,
    L,
    |x, alpha| L::above(x, L::splat(0.0), x, L::mul(alpha, exp_less_one::<L>(x))),
    step::<L>(x, 1.0, L::mul(alpha, L::exp(x)))
);
function!(Gelu, L, |x, alpha| L::mul(x, normal_share::<L>(x).0), {
    let (share, bell) = normal_share::<L>(x);
    L::fma(L::mul(x, bell), L::splat(BELL), share)
});
function!(
    GeluTanh,
    L,
    |x, alpha| L::mul(x, gelu_gate::<L>(x)),
    gate_slope::<L>(x, gelu_gate::<L>(x), L::fma(L::mul(x, x), L::splat(3.0 * GELU * CUBIC), L::splat(GELU)))
);
function!(Silu, L, |x, alpha| L::mul(x, sigmoid::<L>(x)), gate_slope::<L>(x, sigmoid::<L>(x), L::splat(1.0)));
function!(Sigmoid, L, |x, alpha| sigmoid::<L>(x), L::mul(sigmoid::<L>(x), sigmoid::<L>(negative::<L>(x))));
function!(Tanh, L, |x, alpha| tanh::<L>(x), {
    let s = sigmoid::<L>(L::add(x, x));
    L::mul(L::splat(4.0), L::mul(s, sigmoid::<L>(negative::<L>(L::add(x, x)))))
});
function!(Softplus, L, |x, alpha| L::add(L::max(L::splat(0.0), x), log_one_more::<L>(L::exp(negative::<L>(L::abs(x))))), sigmoid::<L>(x));
function!(Exp, L, |x, alpha| exp_wide::<L>(x), exp_wide::<L>(x));
function!(Log, L, |x, alpha| log::<L>(x), L::div(L::splat(1.0), x));
function!(Sqrt, L, |x, alpha| L::sqrt(x), L::div(L::splat(0.5), L::sqrt(x)));
function!(Square, L, |x, alpha| L::mul(x, x), L::add(x, x));
function!(Abs, L, |x, alpha| L::abs(x), step::<L>(x, 1.0, step::<L>(negative::<L>(x), -1.0, L::splat(0.0))));

#[inline(always)]
unsafe fn values<L: Vector, F: Function>(x: &[f32], alpha: f32, y: &mut [f32]) {
    let alpha = L::splat(alpha);
    let whole = x.len() / LANES * LANES;
    let mut i = 0;
    while i < whole {
        L::store(y.as_mut_ptr().add(i), F::value::<L>(L::load(x.as_ptr().add(i)), alpha));
        i += LANES;
    }
    let rest = x.len() - whole;
    if rest > 0 {
        L::store_first(y.as_mut_ptr().add(i), rest, F::value::<L>(L::load_first(x.as_ptr().add(i), rest), alpha));
    }
}

#[inline(always)]
unsafe fn slopes<L: Vector, F: Function>(x: &[f32], dy: &[f32], alpha: f32, accumulate: bool, dx: &mut [f32]) {
    let alpha = L::splat(alpha);
    let mut i = 0;
    while i < x.len() {
        let count = (x.len() - i).min(LANES);
        let (to, at) = (dx.as_mut_ptr().add(i), x.as_ptr().add(i));
        if count == LANES {
            let before = if accumulate { L::load(to) } else { L::splat(0.0) };
            L::store(to, L::fma(F::slope::<L>(L::load(at), alpha), L::load(dy.as_ptr().add(i)), before));
        } else {
            let before = if accumulate { L::load_first(to, count) } else { L::splat(0.0) };
            let slope = F::slope::<L>(L::load_first(at, count), alpha);
            L::store_first(to, count, L::fma(slope, L::load_first(dy.as_ptr().add(i), count), before));
        }
        i += LANES;
    }
}

macro_rules! by_function {
    ($operation:expr, $tier:expr, $body:ident, $arguments:tt) => {
        by_function!(@ $operation, $tier, $body, $arguments, 0 Scale, 1 Shift, 2 Relu, 3 LeakyRelu, 4 Elu, 5 Gelu, 6 GeluTanh, 7 Silu, 8 Sigmoid,
            9 Tanh, 10 Softplus, 11 Exp, 12 Log, 13 Sqrt, 14 Square, 15 Abs)
    };
    (@ $operation:expr, $tier:expr, $body:ident, $arguments:tt, $($number:literal $function:ident),*) => {
        match $operation {
            $($number => for_vectors!($tier, $body::<$function>, $arguments),)*
            _ => {}
        }
    };
}

/// y = f(x), f by its number.
pub fn apply(tier: Tier, operation: usize, alpha: f32, x: &[f32], y: &mut [f32]) {
    by_function!(operation, tier, values, (x: &[f32], alpha: f32, y: &mut [f32]));
}

fn unary(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    apply(call.tier, call.size(1), call.scalars[2] as f32, &call.f32s(0)[range], y);
    Ok(())
}

fn unary_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let (x, dy) = (&call.f32s(0)[range.clone()], &call.f32s(1)[range.clone()]);
    let (alpha, accumulate) = (call.scalars[2] as f32, call.flag(3));
    // SAFETY: tiles are disjoint.
    let dx = unsafe { call.f32s_mut(2, range.start, range.len()) };
    by_function!(call.size(1), call.tier, slopes, (x: &[f32], dy: &[f32], alpha: f32, accumulate: bool, dx: &mut [f32]));
    Ok(())
}

/// Refuses a number of no function.
pub fn known_function(number: f64) -> Result<(), KernelError> {
    if number < FUNCTIONS {
        Ok(())
    } else {
        Err(KernelError::Program { value: number, limit: FUNCTIONS })
    }
}

fn known(s: &[f64]) -> Result<(), KernelError> {
    known_function(s[1])
}

pub const UNARY: Row = Row {
    name: "unary",
    signature: "unary(x:f32;y:f32;;n,operation,alpha;)",
    extents: |s| vec![s[0]; 2],
    check: known,
    tiles: element_tiles,
    scratch: no_scratch,
    run: unary,
};

pub const UNARY_GRAD: Row = Row {
    name: "unaryGrad",
    signature: "unaryGrad(x:f32,dy:f32;;dx:f32;n,operation,alpha;accumulate)",
    extents: |s| vec![s[0]; 3],
    check: known,
    tiles: element_tiles,
    scratch: no_scratch,
    run: unary_grad,
};
