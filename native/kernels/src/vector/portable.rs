//! Plain Rust: what the other tiers mean.

use super::{Vector, LANES};

pub struct Portable;

type V = [f32; LANES];

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> V {
    let mut out = [0.0; LANES];
    for (i, lane) in out.iter_mut().enumerate() {
        *lane = f(i);
    }
    out
}

// SAFETY: pointers as the trait demands.
unsafe impl Vector for Portable {
    type V = V;
    #[inline(always)]
    unsafe fn splat(x: f32) -> V {
        [x; LANES]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> V {
        *(from as *const V)
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> V {
        each(|i| if i < count { *from.add(i) } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> V {
        each(|i| f32::from_bits((*from.add(i) as u32) << 16))
    }
    #[inline(always)]
    unsafe fn load_bf16_first(from: *const u16, count: usize) -> V {
        each(|i| if i < count { f32::from_bits((*from.add(i) as u32) << 16) } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, x: V) {
        *(to as *mut V) = x
    }
    #[inline(always)]
    unsafe fn store_first(to: *mut f32, count: usize, x: V) {
        std::ptr::copy_nonoverlapping(x.as_ptr(), to, count)
    }
    #[inline(always)]
    unsafe fn add(a: V, b: V) -> V {
        each(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn sub(a: V, b: V) -> V {
        each(|i| a[i] - b[i])
    }
    #[inline(always)]
    unsafe fn mul(a: V, b: V) -> V {
        each(|i| a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn div(a: V, b: V) -> V {
        each(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn fma(a: V, b: V, c: V) -> V {
        each(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn max(a: V, b: V) -> V {
        each(|i| if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn min(a: V, b: V) -> V {
        each(|i| if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn first(count: usize, a: V, b: V) -> V {
        each(|i| if i < count { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn kept(x: V, y: V) -> V {
        each(|i| if x[i] != f32::NEG_INFINITY { y[i] } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn power(shifted: V) -> V {
        each(|i| f32::from_bits((shifted[i].to_bits() << 23).wrapping_add(0x3f80_0000)))
    }
    #[inline(always)]
    unsafe fn sum(x: V) -> f32 {
        crate::lanes::sum(&x)
    }
    #[inline(always)]
    unsafe fn largest(x: V) -> f32 {
        x.iter().fold(f32::NEG_INFINITY, |a, b| if a > *b { a } else { *b })
    }
    #[inline(always)]
    unsafe fn sqrt(x: V) -> V {
        each(|i| x[i].sqrt())
    }
    #[inline(always)]
    unsafe fn above(x: V, bound: V, a: V, b: V) -> V {
        each(|i| if x[i] > bound[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn abs(x: V) -> V {
        each(|i| x[i].abs())
    }
    #[inline(always)]
    unsafe fn split(x: V) -> (V, V) {
        (each(|i| f32::from_bits((x[i].to_bits() & 0x007f_ffff) | 0x3f80_0000)), each(|i| ((x[i].to_bits() >> 23) & 0xff) as f32 - 127.0))
    }
    #[inline(always)]
    unsafe fn prefetch(_: *const u8) {}
}
