//! A hash table from n-grams to feature numbers, made for short keys: up to 15 bytes stand in the slot itself. Knows no texts.

use super::scan::PADDING;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

const NONE: u32 = u32::MAX;
/// Bytes of the longest key that stands in its slot; longer ones stand there by two hashes.
const SHORT: usize = 15;
/// Slots that are fetched ahead of their use.
const AHEAD: usize = 12;

#[derive(Clone, Copy, PartialEq)]
struct Key {
    high: u64,
    low: u64,
}

#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    id: u32,
    /// Number of the last entry of this feature, from 1.
    last: u32,
}

const EMPTY: Slot = Slot { key: Key { high: 0, low: 0 }, id: NONE, last: 0 };

/// Features by their text.
pub struct Table {
    slots: Vec<Slot>,
    names: Vec<u8>,
    ends: Vec<u32>,
    /// Drawn anew for each table: no text can be made to collide.
    secrets: [u64; 2],
    ahead: Vec<(Key, u64)>,
}

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

fn fetch(slot: &Slot) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint on an address that is there; it changes nothing.
    unsafe {
        std::arch::x86_64::_mm_prefetch(slot as *const Slot as *const i8, std::arch::x86_64::_MM_HINT_T0);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = slot;
}

impl Table {
    pub fn new() -> Table {
        let state = RandomState::new();
        let secrets = [state.hash_one(1u8) | 1, state.hash_one(2u8) | 1];
        Table { slots: vec![EMPTY; 1024], names: Vec::new(), ends: Vec::new(), secrets, ahead: Vec::new() }
    }

    /// Features.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that it holds.
    pub fn memory(&self) -> usize {
        self.slots.capacity() * std::mem::size_of::<Slot>() + self.names.capacity() + 4 * self.ends.capacity()
    }

    /// Bytes of all names.
    pub fn bytes(&self) -> usize {
        self.names.len()
    }

    pub fn name(&self, id: u32) -> &[u8] {
        let from = if id == 0 { 0 } else { self.ends[id as usize - 1] };
        &self.names[from as usize..self.ends[id as usize] as usize]
    }

    // `bytes` goes on for PADDING bytes after the key.
    #[inline(always)]
    fn key(&self, bytes: &[u8], from: usize, to: usize) -> Key {
        let length = to - from;
        if length > SHORT {
            return self.long_key(&bytes[from..to]);
        }
        let mut sixteen = [0u8; 16];
        sixteen.copy_from_slice(&bytes[from..from + PADDING]);
        let kept = if length == 0 { 0 } else { u128::from_be_bytes(sixteen) & (u128::MAX << (128 - 8 * length)) };
        let key = kept | length as u128;
        Key { high: (key >> 64) as u64, low: key as u64 }
    }

    #[cold]
    #[inline(never)]
    fn long_key(&self, bytes: &[u8]) -> Key {
        let [a, b] = self.secrets;
        let (mut high, mut low) = (a, b);
        for chunk in bytes.chunks(8) {
            let mut eight = [0u8; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            let word = u64::from_le_bytes(eight);
            high = mix(high ^ word, a);
            low = mix(low ^ word, b);
        }
        high = mix(high ^ bytes.len() as u64, a);
        // The last byte tells it from every short key.
        Key { high, low: low | 0xff }
    }

    #[inline(always)]
    fn hash(&self, key: Key) -> u64 {
        mix(mix(key.high ^ self.secrets[0], self.secrets[1]) ^ key.low, self.secrets[0])
    }

    /// Slot of a key, or the empty one where it would stand.
    #[inline(always)]
    fn place(&self, key: Key, hash: u64, bytes: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = &self.slots[at];
            if slot.id == NONE || (slot.key == key && (key.low & 0xff != 0xff || self.name(slot.id) == bytes)) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![EMPTY; old.len() * 2];
        self.put_all(&old);
    }

    fn put_all(&mut self, slots: &[Slot]) {
        let mask = self.slots.len() - 1;
        for slot in slots.iter().filter(|slot| slot.id != NONE) {
            let mut at = self.hash(slot.key) as usize & mask;
            while self.slots[at].id != NONE {
                at = (at + 1) & mask;
            }
            self.slots[at] = *slot;
        }
    }

    fn add(&mut self, at: usize, key: Key, bytes: &[u8]) -> usize {
        let id = self.ends.len() as u32;
        self.names.extend_from_slice(bytes);
        self.ends.push(self.names.len() as u32);
        self.slots[at] = Slot { key, id, last: 0 };
        if self.ends.len() * 2 <= self.slots.len() {
            return at;
        }
        self.grow();
        self.place(key, self.hash(key), bytes)
    }

    /// Number of a feature, old or new.
    pub fn insert(&mut self, name: &[u8]) -> u32 {
        let mut padded = name.to_vec();
        padded.resize(name.len() + PADDING, 0);
        let key = self.key(&padded, 0, name.len());
        let at = self.place(key, self.hash(key), name);
        let at = if self.slots[at].id == NONE { self.add(at, key, name) } else { at };
        self.slots[at].id
    }

    // Keys and hashes of all n-grams first: their slots are on the way when they are needed.
    fn prepare(&mut self, bytes: &[u8], spans: &[(u32, u32)]) -> Vec<(Key, u64)> {
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.clear();
        for &(from, to) in spans {
            let key = self.key(bytes, from as usize, to as usize);
            ahead.push((key, self.hash(key)));
        }
        ahead
    }

    /// Calls `each` with the mark and the number of every n-gram's feature, new ones included.
    pub fn learn(&mut self, bytes: &[u8], spans: &[(u32, u32)], mut each: impl FnMut(&mut u32, u32)) {
        let ahead = self.prepare(bytes, spans);
        for (i, &(key, hash)) in ahead.iter().enumerate() {
            if let Some(&(_, later)) = ahead.get(i + AHEAD) {
                fetch(&self.slots[later as usize & (self.slots.len() - 1)]);
            }
            let text = &bytes[spans[i].0 as usize..spans[i].1 as usize];
            let mut at = self.place(key, hash, text);
            if self.slots[at].id == NONE {
                at = self.add(at, key, text);
            }
            let slot = &mut self.slots[at];
            each(&mut slot.last, slot.id);
        }
        self.ahead = ahead;
    }

    /// The same for features that are known; others are passed over.
    pub fn look_up(&mut self, bytes: &[u8], spans: &[(u32, u32)], mut each: impl FnMut(&mut u32, u32)) {
        let ahead = self.prepare(bytes, spans);
        for (i, &(key, hash)) in ahead.iter().enumerate() {
            if let Some(&(_, later)) = ahead.get(i + AHEAD) {
                fetch(&self.slots[later as usize & (self.slots.len() - 1)]);
            }
            let at = self.place(key, hash, &bytes[spans[i].0 as usize..spans[i].1 as usize]);
            let slot = &mut self.slots[at];
            if slot.id != NONE {
                each(&mut slot.last, slot.id);
            }
        }
        self.ahead = ahead;
    }

    /// Where marks go on from: where they are, unless they come near their end; then all are wiped and begin again.
    pub fn rest(&mut self, passed: u32) -> u32 {
        if passed <= u32::MAX / 2 {
            return passed;
        }
        for slot in &mut self.slots {
            slot.last = 0;
        }
        0
    }

    /// Keeps these features, in this order, as 0, 1, 2, …
    pub fn keep(&mut self, order: &[u32]) {
        let mut numbers = vec![NONE; self.len()];
        let (mut names, mut ends) = (Vec::new(), Vec::with_capacity(order.len()));
        for (number, &id) in order.iter().enumerate() {
            numbers[id as usize] = number as u32;
            names.extend_from_slice(self.name(id));
            ends.push(names.len() as u32);
        }
        let mut kept: Vec<Slot> = std::mem::take(&mut self.slots);
        kept.retain_mut(|slot| {
            if slot.id != NONE {
                slot.id = numbers[slot.id as usize];
            }
            slot.id != NONE
        });
        self.slots = vec![EMPTY; (2 * order.len()).next_power_of_two().max(1024)];
        self.put_all(&kept);
        (self.names, self.ends) = (names, ends);
    }
}
