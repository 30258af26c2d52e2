//! Elementary functions of sixteen floats, each to a few units in the last place. Written over `Vector`: the same operations on every tier.

use super::Vector;

/// Cephes' tanhf on |x| < 0.625 (Moshier, Methods and Programs for Mathematical Functions).
const TANH: [f32; 5] = [-5.704_988_7e-3, 2.063_908_9e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328_2e-1];
/// Cephes' logf on sqrt(1/2) to sqrt(2), less 1.
const LOG: [f32; 9] = [
    7.037_683_6e-2,
    -1.151_461_03e-1,
    1.167_699_9e-1,
    -1.242_014_1e-1,
    1.424_932_3e-1,
    -1.666_805_8e-1,
    2.000_071_5e-1,
    -2.499_999_4e-1,
    3.333_333_1e-1,
];
/// exp(z²) · erfc(z) = t · (c7 … c0), t = 1 / (1 + P · z): least greatest relative error on [0, 10], 1.4e-7; the form of Abramowitz and Stegun 1964, 7.1.26.
const ERFC: [f32; 8] = [-0.140_646_73, 0.494_507_97, -0.401_775_12, 0.449_021_7, 0.027_930_58, 0.205_034_49, 0.180_886_02, 0.185_041_23];
const ERFC_P: f32 = 0.327_591_1;
/// 2^23: makes a subnormal number a normal one.
const NORMAL: f32 = 8_388_608.0;

#[inline(always)]
unsafe fn polynomial<L: Vector>(coefficients: &[f32], x: L::V) -> L::V {
    let mut sum = L::splat(coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = L::fma(sum, x, L::splat(*coefficient));
    }
    sum
}

#[inline(always)]
pub unsafe fn negative<L: Vector>(x: L::V) -> L::V {
    L::sub(L::splat(0.0), x)
}

/// 1 / (1 + exp(-x)).
#[inline(always)]
pub unsafe fn sigmoid<L: Vector>(x: L::V) -> L::V {
    L::div(L::splat(1.0), L::add(L::splat(1.0), L::exp(negative::<L>(x))))
}

#[inline(always)]
pub unsafe fn tanh<L: Vector>(x: L::V) -> L::V {
    let size = L::abs(x);
    let one = L::splat(1.0);
    let far = L::sub(one, L::div(L::splat(2.0), L::add(one, L::exp(L::add(size, size)))));
    let square = L::mul(x, x);
    let near = L::fma(L::mul(polynomial::<L>(&TANH, square), square), x, x);
    L::above(size, L::splat(0.625), L::above(x, L::splat(0.0), far, negative::<L>(far)), near)
}

/// exp with infinity above and 0 below what f32 holds.
#[inline(always)]
pub unsafe fn exp_wide<L: Vector>(x: L::V) -> L::V {
    let half = L::exp(L::mul(x, L::splat(0.5)));
    L::above(L::abs(x), L::splat(87.0), L::mul(half, half), L::exp(x))
}

/// exp(x) - 1.
#[inline(always)]
pub unsafe fn exp_less_one<L: Vector>(x: L::V) -> L::V {
    L::mul(tanh::<L>(L::mul(x, L::splat(0.5))), L::add(L::exp(x), L::splat(1.0)))
}

/// The natural logarithm: -infinity of 0, NaN below.
#[inline(always)]
pub unsafe fn log<L: Vector>(x: L::V) -> L::V {
    let (zero, one, half) = (L::splat(0.0), L::splat(1.0), L::splat(0.5));
    let least = L::splat(f32::MIN_POSITIVE);
    let (m, e) = L::split(L::above(least, x, L::mul(x, L::splat(NORMAL)), x));
    let e = L::add(e, L::above(least, x, L::splat(-23.0), zero));
    let root = L::splat(std::f32::consts::SQRT_2);
    let f = L::sub(L::above(m, root, L::mul(m, half), m), one);
    let e = L::add(e, L::above(m, root, one, zero));
    let square = L::mul(f, f);
    let y = L::mul(L::mul(polynomial::<L>(&LOG, f), f), square);
    let y = L::fma(e, L::splat(super::LN2_LOW), y);
    let y = L::fma(e, L::splat(super::LN2_HIGH), L::add(f, L::sub(y, L::mul(half, square))));
    let finite = L::above(L::splat(f32::INFINITY), x, y, x);
    let positive = L::above(x, zero, finite, L::splat(f32::NEG_INFINITY));
    // Of NaN, NaN: x - x would be one of infinity, too, so it is asked for below 0 only.
    L::above(zero, x, L::splat(f32::NAN), L::above(L::abs(x), L::splat(-1.0), positive, x))
}

/// log(1 + u) for u >= 0.
#[inline(always)]
pub unsafe fn log_one_more<L: Vector>(u: L::V) -> L::V {
    let sum = L::add(u, L::splat(1.0));
    let rounded = L::sub(sum, L::splat(1.0));
    // What rounding took from the sum is made good by the ratio (Higham 2002, Accuracy and Stability of Numerical Algorithms, 1.14.1).
    L::above(rounded, L::splat(0.0), L::div(L::mul(log::<L>(sum), u), rounded), u)
}

/// Φ(x), the share of a normal distribution below x, and exp(-x²/2).
#[inline(always)]
pub unsafe fn normal_share<L: Vector>(x: L::V) -> (L::V, L::V) {
    let one = L::splat(1.0);
    let bell = L::exp(L::mul(L::mul(x, x), L::splat(-0.5)));
    let t = L::div(one, L::fma(L::abs(x), L::splat(ERFC_P * std::f32::consts::FRAC_1_SQRT_2), one));
    let tail = L::mul(L::mul(polynomial::<L>(&ERFC, t), t), L::mul(bell, L::splat(0.5)));
    (L::above(x, L::splat(0.0), L::sub(one, tail), tail), bell)
}
