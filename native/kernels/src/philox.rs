//! Counter-based random numbers, sixteen counters side by side: Philox4x32-10 (Salmon et al. 2011). Twin: src/core/random.ts.

/// Counters side by side.
pub const COUNTERS: usize = 16;

type Words = [u32; COUNTERS];

/// The four words of counters `first` … `first + 15` (64 bits each), `step`, `operation`, under `key`: word w of counter i is `[w][i]`.
#[inline(always)]
pub fn philox(first: u64, step: u32, operation: u32, key: [u32; 2]) -> [Words; 4] {
    let [mut a, mut b, mut c, mut d] = [[0u32; COUNTERS], [0; COUNTERS], [step; COUNTERS], [operation; COUNTERS]];
    for i in 0..COUNTERS {
        let counter = first.wrapping_add(i as u64);
        a[i] = counter as u32;
        b[i] = (counter >> 32) as u32;
    }
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        for i in 0..COUNTERS {
            let x = u64::from(a[i]) * 0xd251_1f53;
            let y = u64::from(c[i]) * 0xcd9e_8d57;
            a[i] = (y >> 32) as u32 ^ b[i] ^ k0;
            b[i] = y as u32;
            c[i] = (x >> 32) as u32 ^ d[i] ^ k1;
            d[i] = x as u32;
        }
        k0 = k0.wrapping_add(0x9e37_79b9);
        k1 = k1.wrapping_add(0xbb67_ae85);
    }
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::philox;

    #[test]
    fn known_answers_of_random123() {
        let words = philox(0, 0, 0, [0, 0]);
        assert_eq!([words[0][0], words[1][0], words[2][0], words[3][0]], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let most = philox(u64::MAX, u32::MAX, u32::MAX, [u32::MAX; 2]);
        assert_eq!([most[0][0], most[1][0], most[2][0], most[3][0]], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }
}
