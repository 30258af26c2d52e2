//! Instruction tiers: what the CPU declares decides, never a timing.

/// Whether the CPU has bf16 tiles and the system gives this process their state, which it must be asked for once.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
static AMX: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const TILE_DATA: libc::c_long = 18;
    // Leaf 7: bit 22 of EDX is AMX-BF16, bit 24 AMX-TILE.
    let declared = __cpuid(0).eax >= 7 && __cpuid_count(7, 0).edx & (1 << 22 | 1 << 24) == 1 << 22 | 1 << 24;
    // SAFETY: asks for a permission; changes nothing where it is refused.
    declared && unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) } == 0
});

/// A set of instructions that kernels are written for. Ordered: each runs everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Plain Rust, any CPU.
    Portable,
    /// AVX2 + FMA + F16C.
    Avx2,
    /// AVX-512 F, BW, DQ, VL (and all of `Avx2`).
    Avx512,
    /// `Avx512` + VNNI.
    Avx512Vnni,
    /// `Avx512Vnni` + BF16: products of bf16 pairs.
    Avx512Bf16,
    /// `Avx512Bf16` + AMX tiles of bf16, where the system lets the process use them.
    Amx,
}

impl Tier {
    /// All tiers, slowest first; the index is the number on the wire.
    pub const ALL: [Tier; 6] = [Tier::Portable, Tier::Avx2, Tier::Avx512, Tier::Avx512Vnni, Tier::Avx512Bf16, Tier::Amx];

    /// The name as users write it in `INKSTONE_TIER`.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Portable => "portable",
            Tier::Avx2 => "avx2",
            Tier::Avx512 => "avx512",
            Tier::Avx512Vnni => "avx512vnni",
            Tier::Avx512Bf16 => "avx512bf16",
            Tier::Amx => "amx",
        }
    }

    /// The tier with this number on the wire.
    pub fn from_index(index: u32) -> Option<Tier> {
        Tier::ALL.get(index as usize).copied()
    }

    /// Whether this machine can run it.
    pub fn available(self) -> bool {
        match self {
            Tier::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c"),
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512 => {
                Tier::Avx2.available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512Vnni => Tier::Avx512.available() && is_x86_feature_detected!("avx512vnni"),
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512Bf16 => Tier::Avx512Vnni.available() && is_x86_feature_detected!("avx512bf16"),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Tier::Amx => Tier::Avx512Bf16.available() && *AMX,
            #[cfg(all(target_arch = "x86_64", not(target_os = "linux")))]
            Tier::Amx => false,
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The tiers that this machine can run, slowest first.
    pub fn present() -> Vec<Tier> {
        Tier::ALL.into_iter().filter(|tier| tier.available()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_is_always_there_and_the_order_is_by_strength() {
        let present = Tier::present();
        assert_eq!(present[0], Tier::Portable);
        assert!(present.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
