//! Words and how often they were met: memory grows with different words, not with texts. Knows no tokens.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

const EMPTY: u64 = u64::MAX;

/// Counts of words. A slot is a part of the hash and the number of the word.
pub struct Words {
    slots: Vec<u64>,
    hashes: Vec<u64>,
    names: Vec<u8>,
    ends: Vec<usize>,
    counts: Vec<u64>,
    /// Drawn anew for each table: no text can be made to collide.
    secrets: [u64; 2],
}

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl Words {
    pub fn new() -> Words {
        let state = RandomState::new();
        let secrets = [state.hash_one(1u8) | 1, state.hash_one(2u8) | 1];
        Words { slots: vec![EMPTY; 1 << 12], hashes: Vec::new(), names: Vec::new(), ends: Vec::new(), counts: Vec::new(), secrets }
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn memory(&self) -> usize {
        8 * (self.slots.capacity() + self.hashes.capacity() + self.ends.capacity() + self.counts.capacity()) + self.names.capacity()
    }

    fn name(&self, id: usize) -> &[u8] {
        let from = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.names[from..self.ends[id]]
    }

    #[inline]
    fn hash(&self, word: &[u8]) -> u64 {
        let [a, b] = self.secrets;
        let mut hash = a ^ word.len() as u64;
        for chunk in word.chunks(8) {
            let mut eight = [0u8; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            hash = mix(hash ^ u64::from_le_bytes(eight), b);
        }
        mix(hash, a)
    }

    /// Meets a word so many times more.
    #[inline]
    pub fn add(&mut self, word: &[u8], count: u64) {
        let hash = self.hash(word);
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        let tag = hash & 0xffff_ffff_0000_0000;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                break;
            }
            let id = slot as u32 as usize;
            if slot & 0xffff_ffff_0000_0000 == tag && self.name(id) == word {
                self.counts[id] += count;
                return;
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = tag | self.counts.len() as u64;
        self.hashes.push(hash);
        self.names.extend_from_slice(word);
        self.ends.push(self.names.len());
        self.counts.push(count);
        if self.counts.len() * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.slots = vec![EMPTY; mask + 1];
        for (id, hash) in self.hashes.iter().enumerate() {
            let mut at = *hash as usize & mask;
            while self.slots[at] != EMPTY {
                at = (at + 1) & mask;
            }
            self.slots[at] = (hash & 0xffff_ffff_0000_0000) | id as u64;
        }
    }

    /// Words and counts, in no order.
    pub fn each(&self) -> impl Iterator<Item = (&[u8], u64)> {
        (0..self.len()).map(|id| (self.name(id), self.counts[id]))
    }

    /// The same by their bytes: an order that does not depend on who counted what.
    pub fn sorted(&self) -> Vec<(&[u8], u64)> {
        let mut all: Vec<(&[u8], u64)> = self.each().collect();
        all.sort_unstable();
        all
    }
}
