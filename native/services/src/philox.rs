//! Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011). Twin: src/core/random.ts. Knows no use of them.

pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let first = u64::from(counter[0]) * 0xd251_1f53;
        let second = u64::from(counter[2]) * 0xcd9e_8d57;
        counter = [(second >> 32) as u32 ^ counter[1] ^ key[0], second as u32, (first >> 32) as u32 ^ counter[3] ^ key[1], first as u32];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    counter
}

/// The numbers 0 to `count` - 1 in random order: the same for the same seed, step and operation (Fisher and Yates; word i of the stream decides place i).
pub fn shuffled(count: usize, seed: [u32; 2], step: u32, operation: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut words = [0; 4];
    for i in (1..count).rev() {
        let nth = count - 1 - i;
        if nth % 4 == 0 {
            words = philox([(nth / 4) as u32, 0, step, operation], seed);
        }
        let other = (u64::from(words[nth % 4]) * (i as u64 + 1)) >> 32;
        order.swap(i, other as usize);
    }
    order
}
