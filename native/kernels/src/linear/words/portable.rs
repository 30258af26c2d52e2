//! Plain Rust: what the other tiers mean.

use super::Words;
use crate::half::from_f16;
use crate::lanes::{from_bf16, to_bf16};
use crate::vector::portable::Portable as Floats;

pub struct Portable;

type I = [i32; 16];

#[inline(always)]
fn each<T>(f: impl FnMut(usize) -> T) -> [T; 16] {
    std::array::from_fn(f)
}

// SAFETY: pointers as the trait demands.
unsafe impl Words for Portable {
    type L = Floats;
    type I = I;
    #[inline(always)]
    unsafe fn load(from: *const u8) -> I {
        each(|i| i32::from_le_bytes(*(from.add(4 * i) as *const [u8; 4])))
    }
    #[inline(always)]
    unsafe fn splat(x: i32) -> I {
        [x; 16]
    }
    #[inline(always)]
    unsafe fn add(a: I, b: I) -> I {
        each(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    unsafe fn low(w: I) -> I {
        each(|i| w[i] & 0x0f0f_0f0f)
    }
    #[inline(always)]
    unsafe fn high(w: I) -> I {
        each(|i| (w[i] >> 4) & 0x0f0f_0f0f)
    }
    #[inline(always)]
    unsafe fn with_fifth(w: I, fifth: I, j: i32) -> I {
        each(|i| w[i] | ((fifth[i] >> j) & 0x0101_0101) << 4)
    }
    #[inline(always)]
    unsafe fn dot_nibbles(sum: I, w: I, x: *const i8) -> I {
        Self::dot_bytes(sum, w, x)
    }
    #[inline(always)]
    unsafe fn dot_bytes(sum: I, w: I, x: *const i8) -> I {
        let x: [i32; 4] = std::array::from_fn(|i| *x.add(i) as i32);
        each(|i| {
            let bytes = w[i].to_le_bytes();
            sum[i] + bytes[0] as i32 * x[0] + bytes[1] as i32 * x[1] + bytes[2] as i32 * x[2] + bytes[3] as i32 * x[3]
        })
    }
    #[inline(always)]
    unsafe fn byte(w: I, i: i32) -> I {
        each(|lane| (w[lane] >> (8 * i)) & 255)
    }
    #[inline(always)]
    unsafe fn float(x: I) -> [f32; 16] {
        each(|i| x[i] as f32)
    }
    #[inline(always)]
    unsafe fn halves(from: *const u8) -> [f32; 16] {
        each(|i| from_f16(u16::from_le_bytes(*(from.add(2 * i) as *const [u8; 2]))))
    }
    #[inline(always)]
    unsafe fn round_bf16(v: [f32; 16]) -> [f32; 16] {
        each(|i| from_bf16(to_bf16(v[i])))
    }
}
