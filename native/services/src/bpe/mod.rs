//! The "bpe" service: byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909; on bytes: Radford et al. 2019).
//! Twin: src/native/reference/bpe: same configuration, same methods, same ids. Knows no files and no templates.

mod cache;
pub(crate) mod classes;
mod config;
mod merges;
mod scan;
mod specials;
mod unicode;

use crate::{Service, ServiceError};
use cache::Cache;
use classes::classes;
use config::{word, Configuration};
use merges::{MergeTable, Workspace};
use scan::{Scanner, SCANNERS};
use specials::Specials;
use std::collections::HashMap;

const NORMAL: u8 = 1;
const UNKNOWN: u8 = 2;
const CONTROL: u8 = 3;
const USER_DEFINED: u8 = 4;

const ENCODE: u32 = 0;
const ENCODE_SPECIAL: u32 = 1;

/// Most bytes of an added token's text: the search for them looks that far ahead at every byte.
const MOST_SPECIAL_BYTES: usize = 1024;
/// Scratch memory up to this many ids is kept between calls.
const MOST_KEPT: usize = 1 << 20;

/// Texts of normal tokens; the first of equals counts.
type Vocabulary<'a> = HashMap<&'a [u8], u32>;

fn refuse<T>(why: impl Into<String>) -> Result<T, ServiceError> {
    Err(ServiceError::new(why))
}

fn vocabulary_of<'a>(configuration: &Configuration<'a>) -> Vocabulary<'a> {
    let mut found = Vocabulary::with_capacity(configuration.types.len());
    for (id, &kind) in configuration.types.iter().enumerate() {
        if kind == NORMAL {
            found.entry(configuration.tokens.get(id)).or_insert(id as u32);
        }
    }
    found
}

/// GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the other 68 for the characters from U+0100 on.
fn byte_ids(vocabulary: &Vocabulary<'_>) -> [Option<u32>; 256] {
    let mut ids = [None; 256];
    let mut others = 0x100;
    for (byte, id) in ids.iter_mut().enumerate() {
        let itself = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let code_point = if itself { byte as u32 } else { others };
        others += u32::from(!itself);
        let character = char::from_u32(code_point).unwrap_or_default();
        *id = vocabulary.get(character.encode_utf8(&mut [0; 4]).as_bytes()).copied();
    }
    ids
}

fn merges_of(configuration: &Configuration<'_>, vocabulary: &Vocabulary<'_>) -> Result<MergeTable, ServiceError> {
    let merges = &configuration.merges;
    let mut table = MergeTable::with_capacity(merges.len());
    let mut joined = Vec::new();
    for rank in 0..merges.len() {
        let text = merges.get(rank);
        let gap = text.iter().position(|byte| *byte == b' ').unwrap_or(0);
        if gap == 0 || gap + 1 == text.len() || text[gap + 1..].contains(&b' ') {
            return refuse(format!("merge {rank} is not two pieces"));
        }
        let (left, right) = (&text[..gap], &text[gap + 1..]);
        let Some(&left_id) = vocabulary.get(left) else { return refuse(format!("merge {rank}: its first piece is no token")) };
        let Some(&right_id) = vocabulary.get(right) else { return refuse(format!("merge {rank}: its second piece is no token")) };
        joined.clear();
        joined.extend_from_slice(left);
        joined.extend_from_slice(right);
        let Some(&product) = vocabulary.get(joined.as_slice()) else {
            return refuse(format!("merge {rank}: the two together are no token"));
        };
        table.add(left_id, right_id, rank as u32, product);
    }
    Ok(table)
}

/// Added tokens: those found in every text, and all.
fn specials_of(configuration: &Configuration<'_>) -> Result<(Specials, Specials), ServiceError> {
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

struct Encoder {
    scan: Scanner,
    byte_ids: [Option<u32>; 256],
    merges: MergeTable,
    always: Specials,
    all: Specials,
    cache: Cache,
    space: Workspace,
    ids: Vec<u32>,
}

/// Makes the service from its configuration. Errors name the merge, the token or the length that is wrong; the same words as the twin's.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let configuration = config::read(packed)?;
    let Some(&scan) = SCANNERS.get(configuration.pre_tokenizer) else {
        return refuse(format!("there is no pre-tokenizer {}; there are {}", configuration.pre_tokenizer, SCANNERS.len()));
    };
    let vocabulary = vocabulary_of(&configuration);
    let merges = merges_of(&configuration, &vocabulary)?;
    let (always, all) = specials_of(&configuration)?;
    let byte_ids = byte_ids(&vocabulary);
    Ok(Box::new(Encoder { scan, byte_ids, merges, always, all, cache: Cache::new(), space: Workspace::default(), ids: Vec::new() }))
}

impl Service for Encoder {
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        if method != ENCODE && method != ENCODE_SPECIAL {
            return refuse(format!("there is no method {method}"));
        }
        let Some(count) = word(input, 0).map(|count| count as usize) else { return refuse("the input is cut short") };
        let mut at = 4 * (count + 1);
        if at > input.len() {
            return refuse("the input is cut short");
        }
        self.ids.clear();
        let mut counts = Vec::with_capacity(count);
        for i in 0..count {
            let end = at + word(input, i + 1).unwrap_or(u32::MAX) as usize;
            let Some(text) = input.get(at..end) else { return refuse("the input is cut short") };
            if std::str::from_utf8(text).is_err() {
                return refuse(format!("text {i} is not UTF-8"));
            }
            let before = self.ids.len();
            self.encode(text, method == ENCODE_SPECIAL);
            counts.push((self.ids.len() - before) as u32);
            at = end;
        }
        let written = write(&counts, &self.ids, output);
        self.trim();
        Ok(written)
    }
}

impl Encoder {
    fn encode(&mut self, text: &[u8], special: bool) {
        let mut at = 0;
        while at < text.len() {
            let found = if special { &self.all } else { &self.always }.find(text, at);
            let stop = found.as_ref().map_or(text.len(), |found| found.start);
            self.encode_plain(&text[at..stop]);
            at = stop;
            if let Some(found) = found {
                self.ids.push(found.id);
                at = found.end;
            }
        }
    }

    fn encode_plain(&mut self, text: &[u8]) {
        let (scan, table) = (self.scan, classes());
        let mut from = 0;
        while from < text.len() {
            let end = scan(table, text, from);
            let length = end - from;
            if length <= cache::MOST_BYTES {
                let key = cache::key_of(text, from, length);
                if let Some(ids) = self.cache.get(&key) {
                    self.ids.extend_from_slice(ids);
                } else {
                    self.merge(&text[from..end]);
                    self.cache.put(key, &self.space.ids);
                    self.ids.extend_from_slice(&self.space.ids);
                }
            } else {
                self.merge(&text[from..end]);
                self.ids.extend_from_slice(&self.space.ids);
            }
            from = end;
        }
    }

    /// Bytes that the vocabulary lacks are left out, as Hugging Face tokenizers and llama.cpp leave them out.
    fn merge(&mut self, piece: &[u8]) {
        self.space.ids.clear();
        self.space.ids.extend(piece.iter().filter_map(|byte| self.byte_ids[*byte as usize]));
        self.merges.merge(&mut self.space);
    }

    fn trim(&mut self) {
        if self.ids.capacity() > MOST_KEPT {
            self.ids = Vec::new();
        }
        if self.space.ids.capacity() > MOST_KEPT {
            self.space = Workspace::default();
        }
    }
}

fn write(counts: &[u32], ids: &[u32], output: &mut [u8]) -> i64 {
    let needed = 4 * (counts.len() + ids.len());
    if needed > output.len() {
        return -(needed as i64);
    }
    for (place, value) in output.chunks_exact_mut(4).zip(counts.iter().chain(ids)) {
        place.copy_from_slice(&value.to_le_bytes());
    }
    needed as i64
}
