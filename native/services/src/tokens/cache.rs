//! Pieces met before and their ids. A fixed number of places, two for each hash: a new piece takes the place of an older one, so it never grows.

/// Longest piece that is kept.
pub const MOST_BYTES: usize = 31;
const MOST_IDS: usize = 6;
const PLACES: usize = 1 << 16;

/// Bytes of a cache.
pub const BYTES: usize = PLACES * std::mem::size_of::<Place>();

/// A piece as four words: its bytes, zeros, and its length in the last byte.
pub type Key = [u64; 4];

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Place {
    key: Key,
    ids: [u32; MOST_IDS],
    count: u32,
}

/// The cache. A key of zeros is no piece: pieces are never empty.
pub struct Cache(Vec<Place>);

impl Cache {
    pub fn new() -> Self {
        Cache(vec![Place { key: [0; 4], ids: [0; MOST_IDS], count: 0 }; PLACES])
    }

    /// The ids of a piece that was put here.
    #[inline]
    pub fn get(&self, key: &Key) -> Option<&[u32]> {
        let first = index(key);
        let place = if self.0[first].key == *key { &self.0[first] } else { &self.0[first + 1] };
        if place.key == *key {
            Some(&place.ids[..place.count as usize])
        } else {
            None
        }
    }

    /// Asks memory for where a piece would be: the table is larger than the second-level cache, and waiting for it was half the time of a text of known pieces.
    #[inline(always)]
    pub fn fetch(&self, key: &Key) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
            // SAFETY: a prefetch reads nothing; the address is within the table all the same.
            unsafe { _mm_prefetch(std::ptr::from_ref(&self.0[index(key)]).cast(), _MM_HINT_T0) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = key;
    }

    /// Keeps a piece, unless it has too many ids. The newer of two stands first.
    pub fn put(&mut self, key: Key, ids: &[u32]) {
        if ids.len() <= MOST_IDS {
            let first = index(&key);
            self.0[first + 1] = self.0[first];
            let place = &mut self.0[first];
            place.key = key;
            place.ids[..ids.len()].copy_from_slice(ids);
            place.count = ids.len() as u32;
        }
    }
}

#[inline]
fn index(key: &Key) -> usize {
    let folded = key[0] ^ key[1].rotate_left(21) ^ key[2].rotate_left(42) ^ key[3];
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (PLACES - 2)
}

/// The key of a piece of a text, 1 to `MOST_BYTES` long.
#[inline]
pub fn key_of(text: &[u8], from: usize, length: usize) -> Key {
    let mut bytes = [0u8; 32];
    if let Some(whole) = text.get(from..from + 32) {
        bytes.copy_from_slice(whole);
    } else {
        bytes[..length].copy_from_slice(&text[from..from + length]);
    }
    let mut key = [0u64; 4];
    for (i, word) in key.iter_mut().enumerate() {
        let kept = length.saturating_sub(8 * i).min(8) as u32;
        let mask = if kept == 0 { 0 } else { u64::MAX >> (64 - 8 * kept) };
        *word = u64::from_le_bytes(bytes[8 * i..8 * i + 8].try_into().unwrap_or_default()) & mask;
    }
    key[3] |= (length as u64) << 56;
    key
}
