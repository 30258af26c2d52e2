//! Sixteen floats as one value, by tier, for kernels that hold many of them in registers. Plain loops do with `lanes.rs`.
//! Every tier does the same operations in the same order; only `portable` has no fused multiply-add.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
mod dispatch;
pub mod functions;
pub mod portable;

/// Lanes of a vector.
pub const LANES: usize = 16;

/// Adding and taking away 1.5 · 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits.
pub const MAGIC: f32 = 12_582_912.0;
/// ln 2 in two parts: the first has so few bits that n · HIGH is exact.
pub const LN2_HIGH: f32 = 0.693_359_4;
pub const LN2_LOW: f32 = -2.121_944_4e-4;
/// exp(r) = 1 + r + r² · (P5 … P0) on |r| <= ln 2 / 2: Cephes' expf (Moshier, Methods and Programs for Mathematical Functions).
pub const POLYNOMIAL: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.000_000_1e-1];
/// Outside, exp is taken at the bound: 1e-38 and 1.7e38 are as good as 0 and infinity here.
pub const LOWEST: f32 = -87.3;
pub const HIGHEST: f32 = 88.0;

/// Operations on sixteen floats. Functions that are generic over it, here and in all families, are unsafe for the same reason and hand it on to their callers:
/// inside them nothing is said anew. It is met once, where `for_vectors!` chooses the tier.
///
/// # Safety
/// All functions: to be inlined into a function with the tier's features, on a CPU that has them; pointers are good for what is read or written.
pub unsafe trait Vector {
    type V: Copy;
    unsafe fn splat(x: f32) -> Self::V;
    unsafe fn load(from: *const f32) -> Self::V;
    /// The first `count` lanes; zeros behind.
    unsafe fn load_first(from: *const f32, count: usize) -> Self::V;
    unsafe fn load_bf16(from: *const u16) -> Self::V;
    unsafe fn load_bf16_first(from: *const u16, count: usize) -> Self::V;
    unsafe fn store(to: *mut f32, x: Self::V);
    unsafe fn store_first(to: *mut f32, count: usize, x: Self::V);
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn sub(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn mul(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// a · b + c.
    unsafe fn fma(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger; `b` where either is NaN.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;
    /// The smaller; `b` where either is NaN.
    unsafe fn min(a: Self::V, b: Self::V) -> Self::V;
    /// Lanes below `count` of a, the others of b.
    unsafe fn first(count: usize, a: Self::V, b: Self::V) -> Self::V;
    /// y where x is not -infinity, else 0.
    unsafe fn kept(x: Self::V, y: Self::V) -> Self::V;
    /// Rows of a square become its columns.
    #[inline(always)]
    unsafe fn transpose(rows: &mut [Self::V; LANES]) {
        let mut square = [[0.0f32; LANES]; LANES];
        let mut turned = [[0.0f32; LANES]; LANES];
        for i in 0..LANES {
            Self::store(square[i].as_mut_ptr(), rows[i]);
        }
        for i in 0..LANES {
            for j in 0..LANES {
                turned[j][i] = square[i][j];
            }
        }
        for i in 0..LANES {
            rows[i] = Self::load(turned[i].as_ptr());
        }
    }
    /// What is left of a row, sixteen floats at the most: zeros behind the last of `left`.
    #[inline(always)]
    unsafe fn load_left(from: *const f32, left: usize) -> Self::V {
        if left >= LANES {
            Self::load(from)
        } else {
            Self::load_first(from, left)
        }
    }
    /// Into what is left of a row, sixteen floats at the most.
    #[inline(always)]
    unsafe fn store_left(to: *mut f32, left: usize, x: Self::V) {
        if left >= LANES {
            Self::store(to, x)
        } else {
            Self::store_first(to, left, x)
        }
    }
    /// 2^n of integers that `MAGIC` was added to.
    unsafe fn power(shifted: Self::V) -> Self::V;
    /// One fixed tree: i + (i + 8), then 4, 2, 1 apart.
    unsafe fn sum(x: Self::V) -> f32;
    unsafe fn largest(x: Self::V) -> f32;
    unsafe fn sqrt(x: Self::V) -> Self::V;
    /// `a` where x > bound, `b` elsewhere, also where x is NaN.
    unsafe fn above(x: Self::V, bound: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// x with the sign bit cleared.
    unsafe fn abs(x: Self::V) -> Self::V;
    /// x = m · 2^e of normal numbers above 0: m in [1, 2), and e.
    unsafe fn split(x: Self::V) -> (Self::V, Self::V);
    /// Asks for a cache line that will be read soon; any address will do.
    unsafe fn prefetch(at: *const u8);

    /// exp, to about 1 ulp between its bounds; NaN stays NaN.
    #[inline(always)]
    unsafe fn exp(x: Self::V) -> Self::V {
        let x = Self::min(Self::splat(HIGHEST), Self::max(Self::splat(LOWEST), x));
        let shifted = Self::fma(x, Self::splat(std::f32::consts::LOG2_E), Self::splat(MAGIC));
        let n = Self::sub(shifted, Self::splat(MAGIC));
        let r = Self::fma(n, Self::splat(-LN2_HIGH), x);
        let r = Self::fma(n, Self::splat(-LN2_LOW), r);
        let mut p = Self::splat(POLYNOMIAL[0]);
        for coefficient in &POLYNOMIAL[1..] {
            p = Self::fma(p, r, Self::splat(*coefficient));
        }
        let e = Self::add(Self::fma(p, Self::mul(r, r), r), Self::splat(1.0));
        Self::mul(e, Self::power(shifted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tier::Tier;

    #[inline(always)]
    unsafe fn exp_all<L: Vector>(x: &[f32; 16]) -> ([f32; 16], f32, f32) {
        let mut y = [0.0; 16];
        let v = L::load(x.as_ptr());
        L::store(y.as_mut_ptr(), L::exp(v));
        (y, L::sum(v), L::largest(v))
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn on_avx2(x: &[f32; 16]) -> ([f32; 16], f32, f32) {
        exp_all::<avx2::Avx2>(x)
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
    unsafe fn on_avx512(x: &[f32; 16]) -> ([f32; 16], f32, f32) {
        exp_all::<avx512::Avx512>(x)
    }

    #[test]
    fn exp_is_near_the_truth_exact_at_zero_and_the_same_on_all_fused_tiers() {
        for step in 0..20_000 {
            let x: [f32; 16] = std::array::from_fn(|i| if i == 0 { 0.0 } else { -80.0 + (step * 15 + i) as f32 * 5e-4 });
            // SAFETY: the portable tier runs everywhere; the others where they are present.
            let portable = unsafe { exp_all::<portable::Portable>(&x) };
            for i in 0..16 {
                let truth = (x[i] as f64).exp();
                assert!((portable.0[i] as f64 - truth).abs() <= 2e-7 * truth, "{}: {}", x[i], portable.0[i]);
            }
            assert_eq!(portable.0[0], 1.0);
            #[cfg(target_arch = "x86_64")]
            if Tier::Avx512.available() {
                // SAFETY: present.
                let (two, five) = unsafe { (on_avx2(&x), on_avx512(&x)) };
                assert_eq!(two, five);
                assert_eq!((two.1, two.2), (portable.1, portable.2));
            }
        }
        // SAFETY: portable.
        let odd = unsafe { exp_all::<portable::Portable>(&[f32::NAN; 16]) };
        assert!(odd.0[3].is_nan());
    }
}
