//! Pairs that may be merged, the best first: a heap whose order is given from outside. Knows no words.

/// A pair, how often it stood somewhere when that was looked up, and in which words.
pub struct Candidate {
    pub count: i64,
    pub pair: (u32, u32),
    pub places: Vec<u32>,
}

/// The heap. `before`: whether the first comes before the second.
#[derive(Default)]
pub struct Queue {
    heap: Vec<Candidate>,
}

impl Queue {
    pub fn push(&mut self, candidate: Candidate, before: &impl Fn(&Candidate, &Candidate) -> bool) {
        self.heap.push(candidate);
        let mut at = self.heap.len() - 1;
        while at > 0 && before(&self.heap[at], &self.heap[(at - 1) / 2]) {
            self.heap.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    pub fn pop(&mut self, before: &impl Fn(&Candidate, &Candidate) -> bool) -> Option<Candidate> {
        if self.heap.is_empty() {
            return None;
        }
        let best = self.heap.swap_remove(0);
        let mut at = 0;
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut first = at;
            if left < self.heap.len() && before(&self.heap[left], &self.heap[first]) {
                first = left;
            }
            if right < self.heap.len() && before(&self.heap[right], &self.heap[first]) {
                first = right;
            }
            if first == at {
                return Some(best);
            }
            self.heap.swap(at, first);
            at = first;
        }
    }
}
