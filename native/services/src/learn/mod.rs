//! The "tokenizer-trainer" service: counts the words of texts, then learns tokens from them by byte-pair encoding or a unigram model.
//! Twin: src/native/reference/learn: same configuration, same methods, same tokens, for any number of threads. What the methods do: src/native/learn.ts. Knows no files.

mod bpe;
mod seeds;
mod unigram;
mod words;

mod queue;

use crate::arrays::{write_doubles, write_words, Arrays};
use crate::spread::spread;
use crate::tokens::classes::{classes, SPACE};
use crate::tokens::config;
use crate::tokens::fold::Fold;
use crate::tokens::scan::{Scanner, SCANNERS};
use crate::tokens::specials::Specials;
use crate::tokens::{refuse, texts_of};
use crate::{Control, Service, ServiceError};
use std::sync::Mutex;
use words::Words;

const COUNT: u32 = 0;
const LEARN: u32 = 1;
const TOKENS: u32 = 2;
const MERGES: u32 = 3;
const SCORES: u32 = 4;

/// What is learnt, numbered as in `tokenizerKinds`.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Bytes,
    Characters,
    WordPiece,
    Unigram,
}

const KINDS: [Kind; 4] = [Kind::Bytes, Kind::Characters, Kind::WordPiece, Kind::Unigram];

/// How it is learnt.
pub struct Settings {
    pub kind: Kind,
    /// Tokens, with all others.
    pub size: usize,
    /// A pair that stands less often is not merged.
    pub fewest: u64,
    pub alphabet_limit: usize,
    /// Most characters of a token.
    pub longest: usize,
    /// Among pairs that stand equally often, that of the greatest texts comes first, not that of the lowest ids.
    pub greatest: bool,
    /// Characters that are tokens in any case.
    pub initial: Vec<u32>,
    pub specials: Vec<Vec<u8>>,
    /// Unigram: the share of characters, by how often they stand, that become tokens.
    pub coverage: f64,
    /// Unigram: most pieces to begin with.
    pub seeds: usize,
}

/// What was learnt.
#[derive(Default)]
pub struct Learned {
    pub tokens: Vec<Vec<u8>>,
    pub merges: Vec<(u32, u32)>,
    pub scores: Vec<f64>,
}

struct Trainer {
    cut: Cut,
    settings: Settings,
    /// One a thread.
    words: Vec<Words>,
    total: u64,
    learned: Learned,
}

/// Cuts texts into words.
struct Cut {
    scan: Scanner,
    fold: Option<Fold>,
    specials: Specials,
    /// White space is no word.
    skips_space: bool,
}

impl Cut {
    fn count(&self, text: &[u8], words: &mut Words, folded: &mut Vec<u8>) -> u64 {
        let (mut at, mut total) = (0, 0);
        while at < text.len() {
            let found = self.specials.find(text, at);
            let stop = found.as_ref().map_or(text.len(), |found| found.start);
            match &self.fold {
                None => total += self.count_plain(&text[at..stop], words),
                Some(fold) => {
                    folded.clear();
                    fold.apply(&text[at..stop], folded);
                    total += self.count_plain(folded, words);
                }
            }
            at = found.map_or(text.len(), |found| found.end);
        }
        total
    }

    fn count_plain(&self, text: &[u8], words: &mut Words) -> u64 {
        let table = classes();
        let (mut from, mut total) = (0, 0);
        while from < text.len() {
            let end = (self.scan)(table, text, from);
            if !(self.skips_space && table.at(text, from).0 == SPACE) {
                words.add(&text[from..end], 1);
                total += 1;
            }
            from = end;
        }
        total
    }
}

/// Makes the service from its configuration: eight words (kind, size, fewest, alphabet limit, longest, ties, coverage in millionths, seeds), the configuration of a
/// tokenizer whose tokens are the special ones, and codes of characters.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 3)?;
    let [kind, size, fewest, alphabet_limit, longest, ties, coverage, seeds] = arrays.words(0)[..] else {
        return refuse("it has not 8 words");
    };
    let Some(&kind) = KINDS.get(kind as usize) else { return refuse(format!("there is no kind {kind}")) };
    let configuration = config::read(arrays.bytes(1))?;
    let Some(&scan) = SCANNERS.get(configuration.pre_tokenizer) else {
        return refuse(format!("there is no pre-tokenizer {}; there are {}", configuration.pre_tokenizer, SCANNERS.len()));
    };
    let (_, specials) = crate::tokens::specials_of(&configuration)?;
    let settings = Settings {
        kind,
        size: size as usize,
        fewest: u64::from(fewest.max(1)),
        alphabet_limit: alphabet_limit as usize,
        longest: longest as usize,
        greatest: ties != 0,
        initial: arrays.words(2),
        specials: (0..configuration.tokens.len()).map(|id| configuration.tokens.get(id).to_vec()).collect(),
        coverage: f64::from(coverage) / 1e6,
        seeds: seeds as usize,
    };
    let cut = Cut { scan, fold: Fold::new(&configuration), specials, skips_space: kind == Kind::WordPiece };
    Ok(Box::new(Trainer { cut, settings, words: vec![Words::new()], total: 0, learned: Learned::default() }))
}

impl Service for Trainer {
    fn memory(&self) -> usize {
        self.words.iter().map(Words::memory).sum()
    }

    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        self.call_long(method, input, output, &Control::NONE)
    }

    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        match method {
            COUNT => {
                self.count(input, control)?;
                Ok(write_doubles([self.total as f64].into_iter(), output))
            }
            LEARN => {
                self.learn(control)?;
                let Learned { tokens, merges, scores } = &self.learned;
                let bytes: usize = tokens.iter().map(Vec::len).sum();
                Ok(write_words([tokens.len(), bytes, merges.len(), scores.len()].map(|size| size as u32).into_iter(), output))
            }
            TOKENS => Ok(self.tokens(output)),
            MERGES => {
                let merges = &self.learned.merges;
                let words: Vec<u32> = merges.iter().flat_map(|(first, second)| [*first, *second]).collect();
                Ok(write_words(words.into_iter(), output))
            }
            SCORES => Ok(write_doubles(self.learned.scores.iter().copied(), output)),
            _ => refuse(format!("there is no method {method}")),
        }
    }
}

impl Trainer {
    /// Texts spread over threads; each counts in a table of its own. The progress word counts texts.
    fn count(&mut self, input: &[u8], control: &Control<'_>) -> Result<(), ServiceError> {
        let texts = texts_of(input)?;
        let threads = control.threads.clamp(1, texts.len().max(1));
        while self.words.len() < threads {
            self.words.push(Words::new());
        }
        let free = Mutex::new(self.words.iter_mut().collect::<Vec<_>>());
        let total = Mutex::new(0u64);
        let cut = &self.cut;
        spread(&Control { threads, ..*control }, texts.iter(), |text| {
            let Some(words) = free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop() else { return refuse("no table is free") };
            let found = cut.count(text, words, &mut Vec::new());
            *total.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += found;
            control.advance(1);
            free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(words);
            Ok(())
        })?;
        self.total += total.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        Ok(())
    }

    fn learn(&mut self, control: &Control<'_>) -> Result<(), ServiceError> {
        let mut all = std::mem::take(&mut self.words);
        let mut one = all.pop().unwrap_or_else(Words::new);
        for other in &all {
            for (word, count) in other.each() {
                one.add(word, count);
            }
        }
        drop(all);
        let learnt = {
            let words = one.sorted();
            match self.settings.kind {
                Kind::Unigram => unigram::learn(&words, &self.settings, control),
                _ => bpe::learn(&words, &self.settings, control),
            }
        };
        self.words = vec![one];
        self.learned = learnt?;
        Ok(())
    }

    fn tokens(&self, output: &mut [u8]) -> i64 {
        let tokens = &self.learned.tokens;
        let needed = tokens.iter().map(|token| 4 + token.len()).sum::<usize>();
        if needed > output.len() {
            return -(needed as i64);
        }
        let mut at = 4 * tokens.len();
        for (i, token) in tokens.iter().enumerate() {
            output[4 * i..4 * i + 4].copy_from_slice(&(token.len() as u32).to_le_bytes());
            output[at..at + token.len()].copy_from_slice(token);
            at += token.len();
        }
        needed as i64
    }
}
