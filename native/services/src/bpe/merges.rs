//! The merge table and the merging of one piece: always the best pair, the leftmost of equals. Twin: src/native/reference/bpe/merges.ts.

use std::cmp::Reverse;
use std::collections::hash_map::RandomState;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, Hasher};

/// Pieces up to this many symbols are merged by looking through their ranks each time; longer ones with a heap, in O(n log n).
const SHORT: usize = 48;
const NONE: u32 = u32::MAX;
const EMPTY: u64 = u64::MAX;

#[derive(Clone, Copy)]
struct Slot {
    pair: u64,
    rank: u32,
    product: u32,
}

/// Pairs of token ids, their rank (0 is best) and the token that they become: open addressing with a multiplier of its own.
pub struct MergeTable {
    slots: Vec<Slot>,
    factor: u64,
    shift: u32,
}

/// What merging needs besides the table; kept between pieces.
#[derive(Default)]
pub struct Workspace {
    pub ids: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    heap: BinaryHeap<Reverse<u64>>,
}

impl MergeTable {
    pub fn with_capacity(merges: usize) -> Self {
        let bits = (merges * 2).next_power_of_two().trailing_zeros().max(1);
        // Drawn anew for each table: no file can be made whose pairs all meet in one slot.
        let factor = RandomState::new().build_hasher().finish() | 1;
        MergeTable { slots: vec![Slot { pair: EMPTY, rank: NONE, product: NONE }; 1 << bits], factor, shift: 64 - bits }
    }

    #[inline]
    fn find(&self, pair: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mixed = (pair ^ (pair >> 29)).wrapping_mul(self.factor);
        let mut at = (mixed >> self.shift) as usize;
        while self.slots[at].pair != pair && self.slots[at].pair != EMPTY {
            at = (at + 1) & mask;
        }
        at
    }

    /// Adds a merge; of equal pairs the first stays.
    pub fn add(&mut self, left: u32, right: u32, rank: u32, product: u32) {
        let pair = u64::from(left) << 32 | u64::from(right);
        let at = self.find(pair);
        if self.slots[at].pair == EMPTY {
            self.slots[at] = Slot { pair, rank, product };
        }
    }

    #[inline]
    fn get(&self, left: u32, right: u32) -> (u32, u32) {
        let slot = &self.slots[self.find(u64::from(left) << 32 | u64::from(right))];
        (slot.rank, slot.product)
    }

    /// Merges `space.ids` in place.
    pub fn merge(&self, space: &mut Workspace) {
        if space.ids.len() <= SHORT {
            self.merge_short(&mut space.ids);
        } else {
            self.merge_long(space);
        }
    }

    fn merge_short(&self, ids: &mut Vec<u32>) {
        let mut pairs = [(NONE, NONE); SHORT];
        let mut count = ids.len();
        for i in 0..count.saturating_sub(1) {
            pairs[i] = self.get(ids[i], ids[i + 1]);
        }
        while count > 1 {
            let mut best = 0;
            for i in 1..count - 1 {
                if pairs[i].0 < pairs[best].0 {
                    best = i;
                }
            }
            let (rank, product) = pairs[best];
            if rank == NONE {
                break;
            }
            ids[best] = product;
            ids.copy_within(best + 2..count, best + 1);
            pairs.copy_within(best + 1..count, best);
            count -= 1;
            if best > 0 {
                pairs[best - 1] = self.get(ids[best - 1], ids[best]);
            }
            pairs[best] = if best + 1 < count { self.get(ids[best], ids[best + 1]) } else { (NONE, NONE) };
        }
        ids.truncate(count);
    }

    /// A list of living symbols and a heap of rank and position. A popped pair counts only if the pair at its position still has its rank.
    fn merge_long(&self, space: &mut Workspace) {
        let Workspace { ids, next, previous, heap } = space;
        let count = ids.len() as u32;
        next.clear();
        next.extend((1..count).chain([NONE]));
        previous.clear();
        previous.extend([NONE].into_iter().chain(0..count - 1));
        let pair_at = |ids: &[u32], next: &[u32], at: u32| {
            let right = next[at as usize];
            if ids[at as usize] == NONE || right == NONE {
                return (NONE, NONE);
            }
            self.get(ids[at as usize], ids[right as usize])
        };
        let first = (0..count).map(|at| (pair_at(ids, next, at).0, at)).filter(|(rank, _)| *rank != NONE);
        let mut keys = std::mem::take(heap).into_vec();
        keys.clear();
        keys.extend(first.map(|(rank, at)| Reverse(u64::from(rank) << 32 | u64::from(at))));
        *heap = BinaryHeap::from(keys);
        while let Some(Reverse(key)) = heap.pop() {
            let (rank, at) = ((key >> 32) as u32, key as u32);
            let (now, product) = pair_at(ids, next, at);
            if now != rank {
                continue;
            }
            let gone = next[at as usize];
            ids[at as usize] = product;
            ids[gone as usize] = NONE;
            let after = next[gone as usize];
            next[at as usize] = after;
            if after != NONE {
                previous[after as usize] = at;
            }
            for place in [previous[at as usize], at] {
                if place != NONE {
                    let (rank, _) = pair_at(ids, next, place);
                    if rank != NONE {
                        heap.push(Reverse(u64::from(rank) << 32 | u64::from(place)));
                    }
                }
            }
        }
        ids.retain(|id| *id != NONE);
    }
}
