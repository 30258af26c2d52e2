//! Operations of two numbers and their derivatives, by the numbers of the kernel table (`binaryFunctions` in src/native/kernels/pointwise.ts);
//! b is repeated: element i meets b[i / inner % middle].

use super::{element_tiles, no_scratch, STEP};
use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::for_vectors;
use crate::vector::functions::negative;
use crate::vector::{Vector, LANES};

/// How many operations there are.
const OPERATIONS: f64 = 8.0;

/// f(a, b), ∂f/∂a, ∂f/∂b. Safety: as `Vector`.
trait Pair {
    unsafe fn value<L: Vector>(a: L::V, b: L::V) -> L::V;
    unsafe fn first<L: Vector>(a: L::V, b: L::V) -> L::V;
    unsafe fn second<L: Vector>(a: L::V, b: L::V) -> L::V;
}

macro_rules! pair {
    ($name:ident, $vector:ident, |$a:ident, $b:ident| $value:expr, $first:expr, $second:expr) => {
        struct $name;
        #[allow(unused_variables, unused_unsafe)]
        impl Pair for $name {
            #[inline(always)]
            unsafe fn value<$vector: Vector>($a: $vector::V, $b: $vector::V) -> $vector::V {
                $value
            }
            #[inline(always)]
            unsafe fn first<$vector: Vector>($a: $vector::V, $b: $vector::V) -> $vector::V {
                $first
            }
            #[inline(always)]
            unsafe fn second<$vector: Vector>($a: $vector::V, $b: $vector::V) -> $vector::V {
                $second
            }
        }
    };
}

// 1 where a > b, half where they are equal, else 0.
#[inline(always)]
unsafe fn larger<L: Vector>(a: L::V, b: L::V) -> L::V {
    L::above(a, b, L::splat(1.0), L::above(b, a, L::splat(0.0), L::splat(0.5)))
}

// Both orders, halved: a NaN on either side stays.
#[inline(always)]
unsafe fn halves<L: Vector>(x: L::V, y: L::V) -> L::V {
    L::fma(x, L::splat(0.5), L::mul(y, L::splat(0.5)))
}

pair!(Add, L, |a, b| L::add(a, b), L::splat(1.0), L::splat(1.0));
pair!(Subtract, L, |a, b| L::sub(a, b), L::splat(1.0), L::splat(-1.0));
pair!(SubtractFrom, L, |a, b| L::sub(b, a), L::splat(-1.0), L::splat(1.0));
pair!(Multiply, L, |a, b| L::mul(a, b), b, a);
pair!(Divide, L, |a, b| L::div(a, b), L::div(L::splat(1.0), b), negative::<L>(L::div(a, L::mul(b, b))));
pair!(DivideInto, L, |a, b| L::div(b, a), negative::<L>(L::div(b, L::mul(a, a))), L::div(L::splat(1.0), a));
pair!(Maximum, L, |a, b| halves::<L>(L::max(a, b), L::max(b, a)), larger::<L>(a, b), larger::<L>(b, a));
pair!(Minimum, L, |a, b| halves::<L>(L::min(a, b), L::min(b, a)), larger::<L>(b, a), larger::<L>(a, b));

/// The part of a call that a tile computes: `b` whole, everything else from `start` on.
#[derive(Clone, Copy)]
struct Part<'a> {
    a: &'a [f32],
    b: &'a [f32],
    dy: &'a [f32],
    start: usize,
    inner: usize,
    middle: usize,
    second: bool,
    accumulate: bool,
}

impl Part<'_> {
    // From element `i` of the part: how many share one run of b, where in b it begins, and whether it is one value repeated.
    #[inline(always)]
    fn run(&self, i: usize) -> (usize, usize, bool) {
        let at = self.start + i;
        let left = self.a.len() - i;
        if self.inner == 1 {
            let column = at % self.middle;
            return (left.min(self.middle - column), column, false);
        }
        (left.min(self.inner - at % self.inner), at / self.inner % self.middle, true)
    }
}

/// Values of all elements, or their slopes times dy.
#[inline(always)]
unsafe fn elements<L: Vector, F: Pair, const SLOPES: bool>(part: Part, out: &mut [f32]) {
    let mut begin = 0;
    while begin < part.a.len() {
        let (length, column, repeated) = part.run(begin);
        let same = L::splat(part.b[column]);
        let mut i = 0;
        while i < length {
            let count = (length - i).min(LANES);
            let b = if repeated { same } else { L::load_left(part.b.as_ptr().add(column + i), count) };
            let a = L::load_left(part.a.as_ptr().add(begin + i), count);
            let to = out.as_mut_ptr().add(begin + i);
            let result = if SLOPES {
                let slope = if part.second { F::second::<L>(a, b) } else { F::first::<L>(a, b) };
                let before = if part.accumulate { L::load_left(to, count) } else { L::splat(0.0) };
                L::fma(slope, L::load_left(part.dy.as_ptr().add(begin + i), count), before)
            } else {
                F::value::<L>(a, b)
            };
            L::store_left(to, count, result);
            i += LANES;
        }
        begin += length;
    }
}

#[inline(always)]
unsafe fn values<L: Vector, F: Pair>(part: Part, y: &mut [f32]) {
    elements::<L, F, false>(part, y)
}

#[inline(always)]
unsafe fn slopes<L: Vector, F: Pair>(part: Part, d: &mut [f32]) {
    elements::<L, F, true>(part, d)
}

macro_rules! by_operation {
    ($operation:expr, $tier:expr, $body:ident, $arguments:tt) => {
        by_operation!(@ $operation, $tier, $body, $arguments, 0 Add, 1 Subtract, 2 SubtractFrom, 3 Multiply, 4 Divide, 5 DivideInto, 6 Maximum, 7 Minimum)
    };
    (@ $operation:expr, $tier:expr, $body:ident, $arguments:tt, $($number:literal $function:ident),*) => {
        match $operation {
            $($number => for_vectors!($tier, $body::<$function>, $arguments),)*
            _ => {}
        }
    };
}

fn binary(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(2, range.start, range.len()) };
    let part = Part {
        a: &call.f32s(0)[range.clone()],
        b: call.f32s(1),
        dy: &[],
        start: range.start,
        inner: call.size(1),
        middle: call.size(2),
        second: false,
        accumulate: false,
    };
    by_operation!(call.size(3), call.tier, values, (part: Part, y: &mut [f32]));
    Ok(())
}

fn binary_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    // SAFETY: tiles are disjoint.
    let d = unsafe { call.f32s_mut(3, range.start, range.len()) };
    let part = Part {
        a: &call.f32s(0)[range.clone()],
        b: call.f32s(1),
        dy: &call.f32s(2)[range.clone()],
        start: range.start,
        inner: call.size(1),
        middle: call.size(2),
        second: call.flag(4),
        accumulate: call.flag(5),
    };
    by_operation!(call.size(3), call.tier, slopes, (part: Part, d: &mut [f32]));
    Ok(())
}

fn known(s: &[f64]) -> Result<(), KernelError> {
    if s[3] >= OPERATIONS {
        return Err(KernelError::Program { value: s[3], limit: OPERATIONS });
    }
    let least = s[1].min(s[2]);
    if least > 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: least, limit: 1.0 })
    }
}

pub const BINARY: Row = Row {
    name: "binary",
    signature: "binary(a:f32,b:f32;y:f32;;n,inner,middle,operation;)",
    extents: |s| vec![s[0], if s[0] > 0.0 { s[2] } else { 0.0 }, s[0]],
    check: known,
    tiles: element_tiles,
    scratch: no_scratch,
    run: binary,
};

pub const BINARY_GRAD: Row = Row {
    name: "binaryGrad",
    signature: "binaryGrad(a:f32,b:f32,dy:f32;;d:f32;n,inner,middle,operation;second,accumulate)",
    extents: |s| vec![s[0], if s[0] > 0.0 { s[2] } else { 0.0 }, s[0], s[0]],
    check: known,
    tiles: element_tiles,
    scratch: no_scratch,
    run: binary_grad,
};
