//! The "unigram" service: the likeliest segmentation by a unigram language model (Kudo 2018, arXiv:1804.10959), found by Viterbi's algorithm.
//! Twin: src/native/reference/unigram.ts: same sums in the same order, so the same ids.

use crate::tokens::classes::character;
use crate::tokens::config::{self, BYTE_FALLBACK};
use crate::tokens::trie::Trie;
use crate::tokens::{encoder, refuse, Model, NORMAL};
use crate::{Service, ServiceError};

/// By how much an unknown character is less likely than the least likely token.
const UNKNOWN_PENALTY: f64 = 10.0;
const MOST_KEPT: usize = 1 << 20;

#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: u32,
    id: u32,
    reached: bool,
}

const NOT_REACHED: Best = Best { score: 0.0, start: 0, id: 0, reached: false };

struct Unigram {
    trie: Trie,
    scores: Vec<f64>,
    unknown: u32,
    unknown_score: f64,
    bytes: Option<Vec<u32>>,
}

impl Model for Unigram {
    type Space = (Vec<Best>, Vec<u32>);

    fn piece(&self, piece: &[u8], space: &mut Self::Space, ids: &mut Vec<u32>) {
        let (best, path) = space;
        best.clear();
        best.resize(piece.len() + 1, NOT_REACHED);
        best[0].reached = true;
        let mut at = 0;
        while at < piece.len() {
            let length = character(piece, at).1;
            let so_far = best[at].score;
            let mut offer = |end: usize, score: f64, id: u32| {
                let place = &mut best[at + end];
                if !place.reached || so_far + score > place.score {
                    *place = Best { score: so_far + score, start: at as u32, id, reached: true };
                }
            };
            let mut single = false;
            self.trie.each(&piece[at..], |end, id| {
                offer(end, self.scores[id as usize], id);
                single |= end == length;
            });
            if !single {
                offer(length, self.unknown_score, self.unknown);
            }
            at += length;
        }
        path.clear();
        let mut end = piece.len();
        while end > 0 {
            path.push(end as u32);
            end = best[end].start as usize;
        }
        let mut after_unknown = false;
        for end in path.iter().rev() {
            let Best { start, id, .. } = best[*end as usize];
            let is_unknown = id == self.unknown;
            match (&self.bytes, is_unknown) {
                (Some(bytes), true) => ids.extend(piece[start as usize..*end as usize].iter().map(|byte| bytes[*byte as usize])),
                (None, true) if after_unknown => {}
                _ => ids.push(id),
            }
            after_unknown = is_unknown;
        }
    }

    fn is_large(&self, space: &Self::Space) -> bool {
        space.0.capacity() > MOST_KEPT
    }
}

/// Makes the service from its configuration.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let configuration = config::read(packed)?;
    let Some(unknown) = configuration.unknown else { return refuse("it has no token for unknown characters") };
    let scores = configuration.numbers.clone();
    if scores.len() != configuration.types.len() || scores.iter().any(|score| !score.is_finite()) {
        return refuse("it has not a score for every token");
    }
    let normal: Vec<usize> = (0..configuration.types.len()).filter(|id| configuration.types[*id] == NORMAL).collect();
    let least = normal.iter().map(|id| scores[*id]).fold(f64::INFINITY, f64::min);
    let trie = Trie::new(normal.iter().map(|id| (configuration.tokens.get(*id), *id as u32)));
    let bytes = if configuration.has(BYTE_FALLBACK) { configuration.byte_tokens() } else { None };
    let unknown_score = if least.is_finite() { least } else { 0.0 } - UNKNOWN_PENALTY;
    encoder(&configuration, Unigram { trie, scores, unknown, unknown_score, bytes })
}
