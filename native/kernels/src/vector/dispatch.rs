//! Running a body that is generic over `Vector` on the tier of a call.

/// Compiles one body over `Vector` for every tier: `for_vectors!(tier, body, (x: &[f32], y: *mut f32))` calls `body::<L>` under the features
/// of the tier's vectors L, `body::<F>` calls `body::<L, F>`; a result is declared behind: `(x: &[f32]) -> f32`.
#[macro_export]
macro_rules! for_vectors {
    ($tier:expr, $body:ident $(::<$($parameter:ty),*>)?, ($($argument:ident : $type:ty),*) $(-> $result:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn avx2($($argument: $type),*) $(-> $result)? { $body::<$crate::vector::avx2::Avx2 $($(, $parameter)*)?>($($argument),*) }
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
            unsafe fn avx512($($argument: $type),*) $(-> $result)? { $body::<$crate::vector::avx512::Avx512 $($(, $parameter)*)?>($($argument),*) }
            // SAFETY: the tier was chosen from what the CPU declares; the body's own conditions are promised by the caller.
            unsafe {
                match $tier {
                    $crate::tier::Tier::Portable => $body::<$crate::vector::portable::Portable $($(, $parameter)*)?>($($argument),*),
                    $crate::tier::Tier::Avx2 => avx2($($argument),*),
                    _ => avx512($($argument),*),
                }
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        // SAFETY: as above.
        unsafe { $body::<$crate::vector::portable::Portable $($(, $parameter)*)?>($($argument),*) }
    }};
}
