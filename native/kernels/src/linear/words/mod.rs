//! Sixteen lanes of four bytes, by tier: what products with quantised weights need beside floats. Integer results are exact, so every tier gives the same.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod portable;

use crate::vector::Vector;

/// Operations on sixteen 32-bit lanes.
///
/// # Safety
/// As `Vector`: to be inlined into a function with the tier's features, on a CPU that has them; pointers are good for what is read.
pub unsafe trait Words {
    /// The floats of the tier.
    type L: Vector;
    type I: Copy;
    /// 64 bytes.
    unsafe fn load(from: *const u8) -> Self::I;
    unsafe fn splat(x: i32) -> Self::I;
    unsafe fn add(a: Self::I, b: Self::I) -> Self::I;
    /// The low four bits of each byte.
    unsafe fn low(w: Self::I) -> Self::I;
    /// The high four bits of each byte.
    unsafe fn high(w: Self::I) -> Self::I;
    /// Bit `j` of each byte of `fifth` above the four bits of each byte of `w`.
    unsafe fn with_fifth(w: Self::I, fifth: Self::I, j: i32) -> Self::I;
    /// sum + the products of a lane's four bytes, each 0 … 31, with the four signed bytes at `x`.
    unsafe fn dot_nibbles(sum: Self::I, w: Self::I, x: *const i8) -> Self::I;
    /// The same for bytes of 0 … 255.
    unsafe fn dot_bytes(sum: Self::I, w: Self::I, x: *const i8) -> Self::I;
    /// Byte `i` of each lane, unsigned.
    unsafe fn byte(w: Self::I, i: i32) -> Self::I;
    unsafe fn float(x: Self::I) -> <Self::L as Vector>::V;
    /// Sixteen half floats.
    unsafe fn halves(from: *const u8) -> <Self::L as Vector>::V;
    /// To bf16, nearest even, and back.
    unsafe fn round_bf16(v: <Self::L as Vector>::V) -> <Self::L as Vector>::V;
}
