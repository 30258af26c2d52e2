//! Byte-pair encoding learnt from counts of words (Sennrich et al. 2016, arXiv:1508.07909), on bytes, on characters, or with WordPiece's marks for what does not begin a word.
//! The pair that stands most often is merged, among equals that of the lowest ids, as in Hugging Face's trainers; or that of the greatest texts, as in GPT-2's.
//! Twin: src/native/reference/learn/bpe.ts: same merges, same ids.

use super::queue::{Candidate, Queue};
use super::{Kind, Learned, Settings};
use crate::tokens::classes::character;
use crate::{Control, ServiceError};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Merges between two looks at the control.
const EACH: usize = 8;
/// What stands before tokens that do not begin a word.
const PREFIX: &[u8] = b"##";

/// A hash of pairs of ids.
#[derive(Default)]
struct PairHasher(u64);

impl Hasher for PairHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_u64(&mut self, value: u64) {
        let product = u128::from(value ^ 0x2545_f491_4f6c_dd1d) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

type PairMap<T> = HashMap<u64, T, BuildHasherDefault<PairHasher>>;

fn key(pair: (u32, u32)) -> u64 {
    u64::from(pair.0) << 32 | u64::from(pair.1)
}

/// Tokens and their ids.
struct Vocabulary {
    tokens: Vec<Vec<u8>>,
    ids: HashMap<Vec<u8>, u32>,
    /// Characters of each token, without its prefix.
    lengths: Vec<usize>,
}

impl Vocabulary {
    fn add(&mut self, token: Vec<u8>, length: usize) -> u32 {
        let fresh = self.tokens.len() as u32;
        let id = *self.ids.entry(token.clone()).or_insert(fresh);
        if id == fresh {
            self.tokens.push(token);
            self.lengths.push(length);
        }
        id
    }

    fn merged(&mut self, (first, second): (u32, u32), prefixed: bool) -> u32 {
        let right = &self.tokens[second as usize];
        let right = if prefixed { right.strip_prefix(PREFIX).unwrap_or(right) } else { right };
        let token = [self.tokens[first as usize].as_slice(), right].concat();
        self.add(token, self.lengths[first as usize] + self.lengths[second as usize])
    }
}

/// Bytes in the order of GPT-2's alphabet: printable ones, then the others.
fn bytes_in_order() -> impl Iterator<Item = u8> {
    let itself = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    (0..=255u8).filter(itself).chain((0..=255u8).filter(move |byte| !itself(byte)))
}

/// How often each character stands in these words.
pub fn counted(words: &[(&[u8], u64)]) -> HashMap<u32, u64> {
    let mut counts: HashMap<u32, u64> = HashMap::new();
    for (word, count) in words {
        let mut at = 0;
        while at < word.len() {
            let (code, length) = character(word, at);
            *counts.entry(code).or_default() += count;
            at += length;
        }
    }
    counts
}

/// Counts with their characters, the most frequent first; among equals the lowest code.
pub fn by_count(counts: HashMap<u32, u64>) -> Vec<(u64, u32)> {
    let mut sorted: Vec<(u64, u32)> = counts.into_iter().map(|(code, count)| (count, code)).collect();
    sorted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    sorted
}

/// Characters that become tokens, by code: those given, and the most frequent of the words.
pub fn alphabet(words: &[(&[u8], u64)], settings: &Settings) -> Vec<u32> {
    let mut counts = counted(words);
    for &code in &settings.initial {
        counts.insert(code, u64::MAX);
    }
    let mut kept = by_count(counts);
    kept.truncate(settings.alphabet_limit.max(settings.initial.len()));
    let mut codes: Vec<u32> = kept.into_iter().map(|(_, code)| code).collect();
    codes.sort_unstable();
    codes
}

/// Words as ids, one after another; a merge makes a word shorter where it stands.
#[derive(Default)]
struct Corpus {
    symbols: Vec<u32>,
    starts: Vec<usize>,
    lengths: Vec<u32>,
    counts: Vec<i64>,
}

impl Corpus {
    /// Takes what stands behind the last word for one; a single symbol has nothing to merge.
    fn end_word(&mut self, count: u64) {
        let start = self.starts.last().map_or(0, |start| start + self.lengths[self.lengths.len() - 1] as usize);
        let length = self.symbols.len() - start;
        if length < 2 {
            self.symbols.truncate(start);
            return;
        }
        self.starts.push(start);
        self.lengths.push(length as u32);
        self.counts.push(count as i64);
    }

    /// Merges a pair in a word and tells which pairs became more and fewer.
    fn merge(&mut self, word: usize, pair: (u32, u32), id: u32, mut changed: impl FnMut(u32, u32, bool)) {
        let (start, length) = (self.starts[word], self.lengths[word] as usize);
        let symbols = &mut self.symbols[start..start + length];
        let (mut read, mut write) = (0, 0);
        while read < length {
            if read + 1 < length && symbols[read] == pair.0 && symbols[read + 1] == pair.1 {
                if write > 0 {
                    changed(symbols[write - 1], pair.0, false);
                    changed(symbols[write - 1], id, true);
                }
                if read + 2 < length {
                    changed(pair.1, symbols[read + 2], false);
                    changed(id, symbols[read + 2], true);
                }
                symbols[write] = id;
                read += 2;
            } else {
                symbols[write] = symbols[read];
                read += 1;
            }
            write += 1;
        }
        self.lengths[word] = write as u32;
    }
}

fn prepare(words: &[(&[u8], u64)], settings: &Settings) -> (Vocabulary, Corpus) {
    let mut vocabulary = Vocabulary { tokens: Vec::new(), ids: HashMap::new(), lengths: Vec::new() };
    let mut corpus = Corpus::default();
    for special in &settings.specials {
        vocabulary.add(special.clone(), 1);
    }
    if settings.kind == Kind::Bytes {
        let mut ids = [0u32; 256];
        for byte in bytes_in_order() {
            ids[byte as usize] = vocabulary.add(vec![byte], 1);
        }
        for (word, count) in words {
            corpus.symbols.extend(word.iter().map(|byte| ids[*byte as usize]));
            corpus.end_word(*count);
        }
        return (vocabulary, corpus);
    }
    let prefixed = settings.kind == Kind::WordPiece;
    let text = |code: u32| char::from_u32(code).unwrap_or_default().to_string().into_bytes();
    let codes = alphabet(words, settings);
    let first: HashMap<u32, u32> = codes.iter().map(|&code| (code, vocabulary.add(text(code), 1))).collect();
    let mut later = HashMap::new();
    if prefixed {
        let inside = inner(words);
        for &code in codes.iter().filter(|code| inside.contains(*code)) {
            later.insert(code, vocabulary.add([PREFIX, &text(code)].concat(), 1));
        }
    }
    for (word, count) in words {
        let mut at = 0;
        while at < word.len() {
            let (code, length) = character(word, at);
            let ids = if prefixed && at > 0 { &later } else { &first };
            match ids.get(&code) {
                Some(&id) => corpus.symbols.push(id),
                None => corpus.end_word(*count),
            }
            at += length;
        }
        corpus.end_word(*count);
    }
    (vocabulary, corpus)
}

/// Characters that do not begin a word.
fn inner(words: &[(&[u8], u64)]) -> std::collections::HashSet<u32> {
    let mut found = std::collections::HashSet::new();
    for (word, _) in words {
        let mut at = character(word, 0).1;
        while at < word.len() {
            let (code, length) = character(word, at);
            found.insert(code);
            at += length;
        }
    }
    found
}

/// Learns merges. The progress word counts tokens.
pub fn learn(words: &[(&[u8], u64)], settings: &Settings, control: &Control<'_>) -> Result<Learned, ServiceError> {
    let (mut vocabulary, mut corpus) = prepare(words, settings);
    let mut counts: PairMap<i64> = PairMap::default();
    let mut places: PairMap<Vec<u32>> = PairMap::default();
    for word in 0..corpus.starts.len() {
        if word % 4096 == 0 {
            control.look()?;
        }
        let symbols = &corpus.symbols[corpus.starts[word]..corpus.starts[word] + corpus.lengths[word] as usize];
        for pair in symbols.windows(2) {
            let pair = key((pair[0], pair[1]));
            *counts.entry(pair).or_default() += corpus.counts[word];
            let found = places.entry(pair).or_default();
            if found.last() != Some(&(word as u32)) {
                found.push(word as u32);
            }
        }
    }
    let mut queue = Queue::default();
    enqueue(&mut queue, &mut places, &counts, &vocabulary, settings);
    let mut merges: Vec<(u32, u32)> = Vec::new();
    while vocabulary.tokens.len() < settings.size {
        let Some(mut top) = queue.pop(&order(&vocabulary, settings)) else { break };
        let now = counts.get(&key(top.pair)).copied().unwrap_or(0);
        if now != top.count {
            top.count = now;
            if now > 0 {
                queue.push(top, &order(&vocabulary, settings));
            }
            continue;
        }
        if (now as u64) < settings.fewest {
            break;
        }
        let id = vocabulary.merged(top.pair, settings.kind == Kind::WordPiece);
        merges.push(top.pair);
        let Vocabulary { lengths, .. } = &vocabulary;
        let allowed = |first: u32, second: u32| lengths[first as usize] + lengths[second as usize] < settings.longest;
        for &word in &top.places {
            let count = corpus.counts[word as usize];
            corpus.merge(word as usize, top.pair, id, |first, second, more| {
                if more && !allowed(first, second) {
                    return;
                }
                let pair = key((first, second));
                *counts.entry(pair).or_default() += if more { count } else { -count };
                if more {
                    let found = places.entry(pair).or_default();
                    if found.last() != Some(&word) {
                        found.push(word);
                    }
                }
            });
        }
        enqueue(&mut queue, &mut places, &counts, &vocabulary, settings);
        control.advance(1);
        if merges.len().is_multiple_of(EACH) {
            control.look()?;
        }
    }
    Ok(Learned { tokens: vocabulary.tokens, merges: last_of_each(merges), scores: Vec::new() })
}

// Among equals: the lowest ids, or the greatest texts.
fn order<'a>(vocabulary: &'a Vocabulary, settings: &'a Settings) -> impl Fn(&Candidate, &Candidate) -> bool + 'a {
    move |a, b| {
        if a.count != b.count {
            return a.count > b.count;
        }
        if a.pair == b.pair {
            return a.places.first() < b.places.first();
        }
        if settings.greatest {
            let text = |id: u32| vocabulary.tokens[id as usize].as_slice();
            let (left, right) = ((text(a.pair.0), text(a.pair.1)), (text(b.pair.0), text(b.pair.1)));
            if left != right {
                return left > right;
            }
        }
        a.pair < b.pair
    }
}

fn enqueue(queue: &mut Queue, places: &mut PairMap<Vec<u32>>, counts: &PairMap<i64>, vocabulary: &Vocabulary, settings: &Settings) {
    for (pair, places) in places.drain() {
        let count = counts.get(&pair).copied().unwrap_or(0);
        if count > 0 {
            let pair = ((pair >> 32) as u32, pair as u32);
            queue.push(Candidate { count, pair, places }, &order(vocabulary, settings));
        }
    }
}

/// A pair that was merged again, because one of its tokens was made in a second way, counts for its last merge.
fn last_of_each(merges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let last: HashMap<(u32, u32), usize> = merges.iter().enumerate().map(|(i, pair)| (*pair, i)).collect();
    merges.into_iter().enumerate().filter(|(i, pair)| last[pair] == *i).map(|(_, pair)| pair).collect()
}
