//! Counter-based random numbers, sixteen counters side by side: Philox4x32-10 (Salmon et al. 2011). Twin: src/core/random.ts.

/// Counters side by side.
const COUNTERS: usize = 16;
/// Words that they give.
pub const WORDS: usize = 4 * COUNTERS;

/// The words of counters `first` … `first + 15` (64 bits each), `step`, `operation`, under `key`: word w of counter i is at 4 · i + w.
///
/// A counter is two pairs of words, each in 64 bits, the first below: a product of a round is a pair already, and pairs side by side are words in order.
#[inline(always)]
pub fn philox(first: u64, step: u32, operation: u32, key: [u32; 2]) -> [u32; WORDS] {
    let mut front = [0u64; COUNTERS];
    for (i, pair) in front.iter_mut().enumerate() {
        *pair = first.wrapping_add(i as u64);
    }
    let mut back = [u64::from(step) | u64::from(operation) << 32; COUNTERS];
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        for i in 0..COUNTERS {
            let x = (front[i] & 0xffff_ffff) * 0xd251_1f53;
            let y = (back[i] & 0xffff_ffff) * 0xcd9e_8d57;
            // The high half of each product goes below and meets the other pair's high word and the key.
            front[i] = y.rotate_left(32) ^ (front[i] >> 32) ^ u64::from(k0);
            back[i] = x.rotate_left(32) ^ (back[i] >> 32) ^ u64::from(k1);
        }
        k0 = k0.wrapping_add(0x9e37_79b9);
        k1 = k1.wrapping_add(0xbb67_ae85);
    }
    let mut words = [0u32; WORDS];
    for i in 0..COUNTERS {
        words[4 * i] = front[i] as u32;
        words[4 * i + 1] = (front[i] >> 32) as u32;
        words[4 * i + 2] = back[i] as u32;
        words[4 * i + 3] = (back[i] >> 32) as u32;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::philox;

    #[test]
    fn known_answers_of_random123() {
        assert_eq!(philox(0, 0, 0, [0, 0])[..4], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox(u64::MAX, u32::MAX, u32::MAX, [u32::MAX; 2])[..4], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn counters_side_by_side_are_those_alone() {
        let together = philox(u64::from(u32::MAX) - 3, 7, 9, [1, 2]);
        for i in 0..16 {
            let alone = philox(u64::from(u32::MAX) - 3 + i as u64, 7, 9, [1, 2]);
            assert_eq!(together[4 * i..4 * i + 4], alone[..4]);
        }
    }
}
