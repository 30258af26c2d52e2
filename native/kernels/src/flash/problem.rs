//! The sizes of an attention, who sees whom, and what is dropped. Knows no arithmetic of it.

use crate::call::Call;
use std::ops::Range;

/// Queries and keys of a block.
pub const SIDE: usize = 64;

/// Scores of a block: a row for each key, a column for each query.
pub type Row = [f32; SIDE];

/// Which of a block's keys its queries see.
#[derive(Clone, Copy, PartialEq)]
pub enum Sight {
    None,
    Some,
    All,
}

/// Sizes and options, the same for all kernels of the family.
pub struct Problem<'a> {
    pub batch: usize,
    pub queries: usize,
    pub keys: usize,
    pub heads: usize,
    pub shared: usize,
    pub width: usize,
    pub value_width: usize,
    pub scale: f32,
    pub causal: bool,
    first: i32,
    query_segments: Option<&'a [i32]>,
    key_segments: Option<&'a [i32]>,
}

impl<'a> Problem<'a> {
    /// `segments`: the operand of the queries' segments, that of the keys' is the next. `causal`: the scalar of the flag.
    pub fn new(call: &'a Call, segments: usize, causal: usize) -> Problem<'a> {
        Problem {
            batch: call.size(0),
            queries: call.size(1),
            keys: call.size(2),
            heads: call.size(3),
            shared: call.size(4),
            width: call.size(5),
            value_width: call.size(6),
            scale: call.scalars[10] as f32,
            causal: call.flag(causal),
            first: call.scalars[9] as i32,
            query_segments: call.flag(7).then(|| call.i32s(segments)),
            key_segments: call.flag(8).then(|| call.i32s(segments + 1)),
        }
    }

    /// Which of the vectors of `width` (or of `value_width`, of results) is that of a query.
    pub fn query(&self, b: usize, i: usize, head: usize) -> usize {
        (b * self.queries + i) * self.heads + head
    }

    /// Which of the vectors of `width` (of values: of `value_width`) is that of a key.
    pub fn key(&self, b: usize, j: usize, shared: usize) -> usize {
        (b * self.keys + j) * self.shared + shared
    }

    fn segments(&self) -> bool {
        self.query_segments.is_some() || self.key_segments.is_some()
    }

    pub fn query_segment(&self, b: usize, i: usize) -> i32 {
        self.query_segments.map_or(self.first, |segments| segments[b * self.queries + i])
    }

    /// The segment of a key; None for padding.
    pub fn key_segment(&self, b: usize, j: usize) -> Option<i32> {
        let segment = self.key_segments.map_or(self.first, |segments| segments[b * self.keys + j]);
        (segment >= self.first).then_some(segment)
    }

    /// Whether queries are taken by runs of one segment, each beside the keys of its own alone: short sequences that lie end to end do not compute what they hide from each other.
    pub fn pieces(&self) -> bool {
        self.query_segments.is_some() && !self.causal
    }

    /// The first piece that begins at `q` or later: a run is cut every SIDE queries from its own begin.
    pub fn first_piece(&self, b: usize, q: usize) -> usize {
        let segment = self.query_segment(b, q);
        let mut begin = q;
        while begin > 0 && self.query_segment(b, begin - 1) == segment {
            begin -= 1;
        }
        let next = begin + (q - begin).next_multiple_of(SIDE);
        (q..next.min(self.queries)).find(|i| self.query_segment(b, *i) != segment).unwrap_or(next)
    }

    /// How many queries the piece at `q` has, and between which keys all lie that it sees.
    pub fn piece(&self, b: usize, q: usize) -> (usize, Range<usize>) {
        let segment = self.query_segment(b, q);
        let most = SIDE.min(self.queries - q);
        let count = (1..most).find(|i| self.query_segment(b, q + i) != segment).unwrap_or(most);
        let Some(segments) = self.key_segments else {
            return (count, 0..if segment == self.first { self.keys } else { 0 });
        };
        let segments = &segments[b * self.keys..][..self.keys];
        let first = segments.iter().position(|key| *key == segment).filter(|_| segment >= self.first);
        let last = segments.iter().rposition(|key| *key == segment);
        (count, first.zip(last).map_or(0..0, |(first, last)| first..last + 1))
    }

    /// Whether these queries, at most SIDE, have anything to see among these keys.
    pub fn sight(&self, b: usize, queries: Range<usize>, keys: Range<usize>) -> Sight {
        let (q, k, last_query, last_key) = (queries.start, keys.start, queries.end - 1, keys.end - 1);
        if self.causal && k > last_query {
            return Sight::None;
        }
        let mut whole = !self.causal || last_key <= q;
        if self.segments() {
            let (mut low, mut high) = (i32::MAX, i32::MIN);
            for i in q..=last_query {
                let segment = self.query_segment(b, i);
                (low, high) = (low.min(segment), high.max(segment));
            }
            let mut any = false;
            for j in k..=last_key {
                let segment = self.key_segment(b, j);
                any |= segment.is_some_and(|segment| segment >= low && segment <= high);
                whole &= low == high && segment == Some(low);
            }
            if !any {
                return Sight::None;
            }
        }
        if whole {
            Sight::All
        } else {
            Sight::Some
        }
    }

    /// Whether the block lies on the diagonal of a causal attention: its query i sees its keys 0 to i.
    pub fn diagonal(&self, q: usize, k: usize) -> bool {
        self.causal && q == k
    }

    /// Scores of what is not seen become -infinity. On the diagonal those of whole sixteens of queries before a key's own may hold anything: nobody reads them.
    ///
    /// # Safety
    /// To be inlined into a function with the tier's features; `scores` has a row for each key of the block.
    #[inline(always)]
    pub unsafe fn hide(&self, b: usize, q: usize, k: usize, scores: *mut Row) {
        if self.diagonal(q, k) && !self.segments() {
            for j in 0..SIDE.min(self.keys - k) {
                // SAFETY: as promised.
                let row = unsafe { &mut *scores.add(j) };
                let square = j / 16 * 16;
                for l in 0..16 {
                    row[square + l] = if l >= j % 16 { row[square + l] } else { f32::NEG_INFINITY };
                }
            }
            return;
        }
        let mut own = [self.first; SIDE];
        if self.query_segments.is_some() {
            for i in 0..SIDE.min(self.queries - q) {
                own[i] = self.query_segment(b, q + i);
            }
        }
        for j in 0..SIDE.min(self.keys - k) {
            // SAFETY: as promised.
            let row = unsafe { &mut *scores.add(j) };
            let from = if self.causal { (k + j).saturating_sub(q) as i32 } else { 0 };
            // Padding is seen by no query.
            let (segment, from) = match self.key_segment(b, k + j) {
                Some(segment) => (segment, from),
                None => (0, SIDE as i32),
            };
            for i in 0..SIDE {
                let seen = (own[i] == segment) & (i as i32 >= from);
                row[i] = if seen { row[i] } else { f32::NEG_INFINITY };
            }
        }
    }
}

/// How weights are dropped.
#[derive(Clone, Copy)]
pub struct Dropping {
    threshold: u32,
    factor: f32,
    key: [u32; 2],
    step: u32,
    operation: u32,
}

impl Dropping {
    /// None where nothing is dropped.
    pub fn new(call: &Call) -> Option<Dropping> {
        let rate = call.scalars[11];
        (rate > 0.0).then(|| Dropping {
            threshold: (rate * 4_294_967_296.0).round() as u32,
            factor: (1.0 / (1.0 - rate)) as f32,
            key: [call.size(12) as u32, call.size(13) as u32],
            step: call.size(14) as u32,
            operation: call.size(15) as u32,
        })
    }

    /// What the weights of 64 queries at one key are multiplied by; `n`: the counter of the first, a multiple of sixteen.
    ///
    /// # Safety
    /// To be inlined into a function with the tier's features.
    #[inline(always)]
    pub unsafe fn factors(&self, n: u64) -> Row {
        let mut words = [[0u32; 16]; 4];
        for l in 0..16 {
            words[0][l] = n as u32 + l as u32;
            words[1][l] = (n >> 32) as u32;
            words[2][l] = self.step;
            words[3][l] = self.operation;
        }
        let mut key = self.key;
        for _ in 0..10 {
            for l in 0..16 {
                let first = u64::from(words[0][l]) * 0xd251_1f53;
                let second = u64::from(words[2][l]) * 0xcd9e_8d57;
                words[0][l] = (second >> 32) as u32 ^ words[1][l] ^ key[0];
                words[1][l] = second as u32;
                words[2][l] = (first >> 32) as u32 ^ words[3][l] ^ key[1];
                words[3][l] = first as u32;
            }
            key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
        }
        let mut factors = [0.0; SIDE];
        for word in 0..4 {
            for l in 0..16 {
                factors[word * 16 + l] = if words[word][l] >= self.threshold { self.factor } else { 0.0 };
            }
        }
        factors
    }
}
