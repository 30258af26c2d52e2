//! Pieces that a unigram model begins with: what stands at least twice and cannot be made longer without standing less often, found by sorting all suffixes by their first characters.
//! Twin: src/native/reference/learn/seeds.ts. Knows no probabilities.

use crate::tokens::classes::{character, Classes, LETTER, MARK};
use crate::{Control, ServiceError};
use std::collections::HashSet;

/// ▁, which only begins a piece.
const BLANK: u32 = 0x2581;

/// Words as characters, each ended by 0; what has no token parts them.
#[derive(Default)]
pub struct Corpus {
    pub codes: Vec<u32>,
    pub starts: Vec<usize>,
    pub counts: Vec<f64>,
}

impl Corpus {
    pub fn new(words: &[(&[u8], u64)], kept: &HashSet<u32>) -> Corpus {
        let mut made = Corpus::default();
        for (word, count) in words {
            let (mut at, mut open) = (0, false);
            while at < word.len() {
                let (code, length) = character(word, at);
                at += length;
                if kept.contains(&code) {
                    if !open {
                        made.starts.push(made.codes.len());
                        made.counts.push(*count as f64);
                    }
                    made.codes.push(code);
                } else if open {
                    made.codes.push(0);
                }
                open = kept.contains(&code);
            }
            if open {
                made.codes.push(0);
            }
        }
        made
    }

    /// Place of the 0 behind a word.
    pub fn end(&self, word: usize) -> usize {
        self.starts.get(word + 1).copied().unwrap_or(self.codes.len()) - 1
    }
}

/// A piece: where it stands first in the order of suffixes, in how many of them, its characters, how often it stands.
#[derive(Clone, Copy)]
pub struct Seed {
    pub from: usize,
    pub to: usize,
    pub length: usize,
    pub count: f64,
}

/// Places of the corpus in the order of what stands there, looking at so many characters.
pub fn sorted_suffixes(corpus: &Corpus, longest: usize, control: &Control<'_>) -> Result<Vec<u32>, ServiceError> {
    let codes = &corpus.codes;
    let mut rank: Vec<u32> = codes.clone();
    let mut order: Vec<(u64, u32)> = Vec::new();
    let mut length = 0;
    while length < longest {
        control.look()?;
        let step = length.max(1);
        // What stands behind the end of a word counts for nothing.
        let behind = |at: usize| if length == 0 { 0 } else { rank.get(at + step).copied().unwrap_or(0) };
        order = (0..codes.len())
            .filter(|at| codes[*at] != 0)
            .map(|at| (u64::from(rank[at]) << 32 | u64::from(behind(at)), at as u32))
            .collect();
        order.sort_unstable();
        let mut next = vec![0u32; codes.len()];
        let mut number = 0;
        for i in 0..order.len() {
            number += u32::from(i == 0 || order[i].0 != order[i - 1].0);
            next[order[i].1 as usize] = number;
        }
        rank = next;
        length = if length == 0 { 1 } else { 2 * length };
    }
    Ok(order.into_iter().map(|(_, at)| at).collect())
}

/// Pieces of at least two characters with how often they stand, in the order of suffixes, shorter ones behind those that they hold.
pub fn seeds(corpus: &Corpus, suffixes: &[u32], longest: usize, table: &'static Classes) -> Vec<Seed> {
    let codes = &corpus.codes;
    let shared = |a: usize, b: usize| (0..longest).take_while(|i| codes[a + i] != 0 && codes[a + i] == codes[b + i]).count();
    let mut count_at = vec![0f64; codes.len()];
    for word in 0..corpus.starts.len() {
        count_at[corpus.starts[word]..corpus.end(word)].fill(corpus.counts[word]);
    }
    let mut before = vec![0f64; suffixes.len() + 1];
    for (i, at) in suffixes.iter().enumerate() {
        before[i + 1] = before[i] + count_at[*at as usize];
    }
    let mut found = Vec::new();
    // Open intervals: where they begin, and how long what they share is.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (i, at) in suffixes.iter().enumerate() {
        let at = *at as usize;
        let next = suffixes.get(i + 1).map_or(0, |other| shared(at, *other as usize));
        let inside = open.last().map_or(0, |interval| interval.1);
        let own = (0..longest).take_while(|j| codes[at + j] != 0).count();
        if own > inside.max(next) {
            keep(&mut found, codes, at, table, Seed { from: i, to: i + 1, length: own, count: count_at[at] });
        }
        let mut begin = i;
        while let Some(&(from, length)) = open.last() {
            if length <= next {
                break;
            }
            open.pop();
            keep(&mut found, codes, at, table, Seed { from, to: i + 1, length, count: before[i + 1] - before[from] });
            begin = from;
        }
        if next > open.last().map_or(0, |interval| interval.1) {
            open.push((begin, next));
        }
    }
    found
}

fn keep(found: &mut Vec<Seed>, codes: &[u32], at: usize, table: &'static Classes, seed: Seed) {
    if seed.length > 1 && seed.count >= 2.0 && is_piece(&codes[at..at + seed.length], table) {
        found.push(seed);
    }
}

/// A piece does not mix scripts; ▁ stands only before it.
fn is_piece(codes: &[u32], table: &'static Classes) -> bool {
    let mut before = None;
    for (i, &code) in codes.iter().enumerate() {
        if code == BLANK {
            if i > 0 {
                return false;
            }
            continue;
        }
        let Some(script) = script(code, table) else { continue };
        if before.is_some_and(|before| before != script) {
            return false;
        }
        before = Some(script);
    }
    true
}

/// Scripts by their blocks, Japanese with Chinese; marks have that of what they stand on.
fn script(code: u32, table: &'static Classes) -> Option<u8> {
    let mut bytes = [0; 4];
    let text = char::from_u32(code).unwrap_or_default().encode_utf8(&mut bytes);
    let class = table.at(text.as_bytes(), 0).0;
    if class == MARK {
        return None;
    }
    Some(match code {
        0x3040..=0x30ff | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff | 0x3005 | 0x3007 => {
            1
        }
        _ if class & LETTER == 0 => 0,
        0..=0x24f | 0x1e00..=0x1eff => 2,
        0x370..=0x3ff => 3,
        0x400..=0x52f => 4,
        0x1100..=0x11ff | 0xac00..=0xd7a3 => 5,
        _ => 6,
    })
}
