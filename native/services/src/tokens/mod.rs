//! What every tokenizer service is: added tokens are found, the rest is folded and cut into pieces, a model gives each piece its ids, and pieces met before are remembered.
//! Twin: src/native/reference/tokens. Knows no model.

mod cache;
pub(crate) mod classes;
pub mod config;
pub(crate) mod fold;
pub mod scan;
pub(crate) mod specials;
pub mod trie;
mod unicode;

use crate::spread::spread;
use crate::{Control, Service, ServiceError};
use cache::Cache;
use classes::classes;
use config::{word, Configuration};
use fold::Fold;
use scan::{Scanner, SCANNERS};
use specials::Specials;

pub const NORMAL: u8 = 1;
pub const BYTE: u8 = 6;
const UNKNOWN: u8 = 2;
const CONTROL: u8 = 3;
const USER_DEFINED: u8 = 4;

const ENCODE: u32 = 0;
const ENCODE_SPECIAL: u32 = 1;

/// Most bytes of an added token's text: the search for them looks that far ahead at every byte.
const MOST_SPECIAL_BYTES: usize = 1024;
/// Scratch memory up to this many ids is kept between calls.
const MOST_KEPT: usize = 1 << 20;

/// Pieces that are cut before the first of them is looked for.
const AHEAD: usize = 16;

/// Gives a piece its ids.
pub trait Model: Send + Sync {
    /// What it works in; kept between pieces, one for each thread.
    type Space: Default + Send;

    /// Ids of a piece, appended.
    fn piece(&self, piece: &[u8], space: &mut Self::Space, ids: &mut Vec<u32>);

    /// Whether a space has grown so much that it is not kept.
    fn is_large(&self, _space: &Self::Space) -> bool {
        false
    }
}

pub fn refuse<T>(why: impl Into<String>) -> Result<T, ServiceError> {
    Err(ServiceError::new(why))
}

/// Added tokens: those found in every text, and all.
pub(crate) fn specials_of(configuration: &Configuration<'_>) -> Result<(Specials, Specials), ServiceError> {
    let (mut always, mut all) = (Specials::new(), Specials::new());
    for (id, &kind) in configuration.types.iter().enumerate() {
        if !matches!(kind, UNKNOWN | CONTROL | USER_DEFINED) {
            continue;
        }
        let text = configuration.tokens.get(id);
        if text.is_empty() || text.len() > MOST_SPECIAL_BYTES {
            return refuse(format!("token {id} is added and has {} bytes, allowed 1 to {MOST_SPECIAL_BYTES}", text.len()));
        }
        if std::str::from_utf8(text).is_err() {
            return refuse(format!("token {id} is added and is not UTF-8"));
        }
        all.add(text, id as u32);
        if kind == USER_DEFINED {
            always.add(text, id as u32);
        }
    }
    Ok((always, all))
}

/// What one thread needs.
struct Worker<S> {
    cache: Cache,
    space: S,
    piece: Vec<u32>,
    folded: Vec<u8>,
}

impl<S: Default> Default for Worker<S> {
    fn default() -> Self {
        Worker { cache: Cache::new(), space: S::default(), piece: Vec::new(), folded: Vec::new() }
    }
}

/// A tokenizer service on a model.
pub struct Encoder<M: Model> {
    shared: Shared<M>,
    workers: Vec<Worker<M::Space>>,
    ids: Vec<u32>,
}

struct Shared<M> {
    scan: Scanner,
    fold: Option<Fold>,
    always: Specials,
    all: Specials,
    model: M,
}

/// Makes the service of a model. Errors name the token or the length that is wrong; the same words as the twin's.
pub fn encoder<M: Model + 'static>(configuration: &Configuration<'_>, model: M) -> Result<Box<dyn Service>, ServiceError> {
    let Some(&scan) = SCANNERS.get(configuration.pre_tokenizer) else {
        return refuse(format!("there is no pre-tokenizer {}; there are {}", configuration.pre_tokenizer, SCANNERS.len()));
    };
    let (always, all) = specials_of(configuration)?;
    let fold = Fold::new(configuration);
    Ok(Box::new(Encoder { shared: Shared { scan, fold, always, all, model }, workers: vec![Worker::default()], ids: Vec::new() }))
}

/// The texts of a call, checked.
pub(crate) fn texts_of(input: &[u8]) -> Result<Vec<&[u8]>, ServiceError> {
    let Some(count) = word(input, 0).map(|count| count as usize) else { return refuse("the input is cut short") };
    let mut at = 4 * (count + 1);
    if at > input.len() {
        return refuse("the input is cut short");
    }
    let mut texts = Vec::with_capacity(count);
    for i in 0..count {
        let end = at + word(input, i + 1).unwrap_or(u32::MAX) as usize;
        let Some(text) = input.get(at..end) else { return refuse("the input is cut short") };
        if std::str::from_utf8(text).is_err() {
            return refuse(format!("text {i} is not UTF-8"));
        }
        texts.push(text);
        at = end;
    }
    Ok(texts)
}

impl<M: Model> Service for Encoder<M> {
    /// What each worker remembers of pieces is by far the most of a small tokenizer.
    fn memory(&self) -> usize {
        self.workers.len() * cache::BYTES
    }

    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        if method != ENCODE && method != ENCODE_SPECIAL {
            return refuse(format!("there is no method {method}"));
        }
        let texts = texts_of(input)?;
        self.ids.clear();
        let mut counts = Vec::with_capacity(texts.len());
        for text in texts {
            let before = self.ids.len();
            self.shared.encode(text, method == ENCODE_SPECIAL, &mut self.workers[0], &mut self.ids);
            counts.push((self.ids.len() - before) as u32);
        }
        let written = write(&counts, &[&self.ids], output);
        self.trim();
        Ok(written)
    }

    /// Texts spread over threads; the progress word counts texts.
    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if method != ENCODE && method != ENCODE_SPECIAL {
            return refuse(format!("there is no method {method}"));
        }
        let texts = texts_of(input)?;
        let threads = control.threads.clamp(1, texts.len().max(1));
        self.workers.resize_with(threads, Worker::default);
        let free = std::sync::Mutex::new(self.workers.iter_mut().collect::<Vec<_>>());
        let mut results: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
        // Pieces of the work: neighbouring texts, enough of them that a piece is worth a lock.
        let size = texts.len().div_ceil(threads * 8).max(1);
        results.resize_with(texts.len().div_ceil(size), Default::default);
        let shared = &self.shared;
        spread(control, texts.chunks(size).zip(results.iter_mut()), |(part, (counts, ids))| {
            let Some(worker) = free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop() else {
                return refuse("no worker is free");
            };
            for text in part {
                let before = ids.len();
                shared.encode(text, method == ENCODE_SPECIAL, worker, ids);
                counts.push((ids.len() - before) as u32);
            }
            control.advance(part.len() as i32);
            free.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(worker);
            Ok(())
        })?;
        let counts: Vec<u32> = results.iter().flat_map(|(counts, _)| counts.iter().copied()).collect();
        let ids: Vec<&[u32]> = results.iter().map(|(_, ids)| ids.as_slice()).collect();
        let written = write(&counts, &ids, output);
        self.trim();
        Ok(written)
    }
}

impl<M: Model> Encoder<M> {
    fn trim(&mut self) {
        self.workers.truncate(1);
        if self.ids.capacity() > MOST_KEPT {
            self.ids = Vec::new();
        }
        let worker = &mut self.workers[0];
        if worker.folded.capacity() > MOST_KEPT {
            worker.folded = Vec::new();
        }
        if self.shared.model.is_large(&worker.space) {
            worker.space = M::Space::default();
        }
    }
}

impl<M: Model> Shared<M> {
    fn encode(&self, text: &[u8], special: bool, worker: &mut Worker<M::Space>, ids: &mut Vec<u32>) {
        let mut at = 0;
        while at < text.len() {
            let found = if special { &self.all } else { &self.always }.find(text, at);
            let stop = found.as_ref().map_or(text.len(), |found| found.start);
            self.encode_folded(&text[at..stop], worker, ids);
            at = stop;
            if let Some(found) = found {
                ids.push(found.id);
                at = found.end;
            }
        }
    }

    fn encode_folded(&self, text: &[u8], worker: &mut Worker<M::Space>, ids: &mut Vec<u32>) {
        let Some(fold) = &self.fold else { return self.encode_plain(text, worker, ids) };
        let mut folded = std::mem::take(&mut worker.folded);
        folded.clear();
        fold.apply(text, &mut folded);
        self.encode_plain(&folded, worker, ids);
        worker.folded = folded;
    }

    // Pieces are cut some way ahead of their search, so that memory answers in time.
    fn encode_plain(&self, text: &[u8], worker: &mut Worker<M::Space>, ids: &mut Vec<u32>) {
        let (scan, table) = (self.scan, classes());
        let Worker { cache, space, piece, .. } = worker;
        let (mut ends, mut keys) = ([0usize; AHEAD], [[0u64; 4]; AHEAD]);
        let mut from = 0;
        while from < text.len() {
            let (begin, mut count) = (from, 0);
            while count < AHEAD && from < text.len() {
                let end = scan(table, text, from);
                if end - from <= cache::MOST_BYTES {
                    keys[count] = cache::key_of(text, from, end - from);
                    cache.fetch(&keys[count]);
                }
                ends[count] = end;
                (from, count) = (end, count + 1);
            }
            let mut start = begin;
            for (&end, key) in ends[..count].iter().zip(&keys) {
                if end - start > cache::MOST_BYTES {
                    self.model.piece(&text[start..end], space, ids);
                } else if let Some(known) = cache.get(key) {
                    match known {
                        [id] => ids.push(*id),
                        _ => ids.extend_from_slice(known),
                    }
                } else {
                    piece.clear();
                    self.model.piece(&text[start..end], space, piece);
                    cache.put(*key, piece);
                    ids.extend_from_slice(piece);
                }
                start = end;
            }
        }
    }
}

fn write(counts: &[u32], ids: &[&[u32]], output: &mut [u8]) -> i64 {
    let needed = 4 * (counts.len() + ids.iter().map(|part| part.len()).sum::<usize>());
    if needed > output.len() {
        return -(needed as i64);
    }
    for (place, value) in output.chunks_exact_mut(4).zip(counts.iter().chain(ids.iter().copied().flatten())) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    needed as i64
}
