//! Sixteen floats side by side. Written plainly; compiled once for each tier by `for_tiers!`, where the loops become vector instructions.

/// Sixteen lanes.
pub type Lanes = [f32; 16];

/// a · b + c, fused where the tier has it.
#[inline(always)]
pub fn fma<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

/// exp(x) for x <= 0 or moderate, to about 1 ulp: 2^n · polynomial, the same operations for every lane and tier with FMA.
#[inline(always)]
pub fn exp<const FUSED: bool>(x: f32) -> f32 {
    // Cephes' expf: reduce by ln 2 in two parts, then a polynomial of degree 5 (Moshier, Methods and Programs for Mathematical Functions).
    let x = x.clamp(-87.3, 88.0);
    let n = fma::<FUSED>(x, std::f32::consts::LOG2_E, 12_582_912.0) - 12_582_912.0;
    let r = fma::<FUSED>(n, -0.693_359_4, x);
    let r = fma::<FUSED>(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4;
    p = fma::<FUSED>(p, r, 1.398_199_9e-3);
    p = fma::<FUSED>(p, r, 8.333_452e-3);
    p = fma::<FUSED>(p, r, 4.166_579_6e-2);
    p = fma::<FUSED>(p, r, 1.666_666_5e-1);
    p = fma::<FUSED>(p, r, 5.000_000_1e-1);
    let e = fma::<FUSED>(p, r * r, r) + 1.0;
    e * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// Sum of sixteen lanes in one fixed tree.
#[inline(always)]
pub fn sum(lanes: &Lanes) -> f32 {
    let mut half = [0.0f32; 8];
    for i in 0..8 {
        half[i] = lanes[i] + lanes[i + 8];
    }
    ((half[0] + half[4]) + (half[2] + half[6])) + ((half[1] + half[5]) + (half[3] + half[7]))
}

/// Nearest-even bf16 of a float.
#[inline(always)]
pub fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if x.is_nan() {
        return ((bits >> 16) | 0x40) as u16;
    }
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

/// The float that a bf16 stands for.
#[inline(always)]
pub fn from_bf16(x: u16) -> f32 {
    f32::from_bits((x as u32) << 16)
}

/// Compiles one plain body, a safe function, for every tier: `for_tiers!(name, body, (args))` calls `body::<FUSED>` under the tier's features.
#[macro_export]
macro_rules! for_tiers {
    ($tier:expr, $body:ident, ($($argument:ident : $type:ty),*) -> $result:ty) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn avx2($($argument: $type),*) -> $result { $body::<true>($($argument),*) }
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
            unsafe fn avx512($($argument: $type),*) -> $result { $body::<true>($($argument),*) }
            // SAFETY: the tier was chosen from what the CPU declares; the body asks for nothing else.
            unsafe {
                match $tier {
                    $crate::tier::Tier::Portable => $body::<false>($($argument),*),
                    $crate::tier::Tier::Avx2 => avx2($($argument),*),
                    _ => avx512($($argument),*),
                }
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        $body::<false>($($argument),*)
    }};
}
