//! The configuration of a tokenizer service. Twin and description: src/native/tokenizers.ts.

use crate::arrays::Arrays;
use crate::ServiceError;
use std::collections::HashMap;

/// Pieces that are a token as a whole are that token, whatever merges would make of them.
pub const WHOLE_FIRST: u32 = 1;
/// No list of merges: two pieces merge where the two together are a token, the one with the lowest number first.
pub const BY_RANK: u32 = 2;
/// Symbols are characters, not bytes in GPT-2's alphabet.
pub const CHARACTERS: u32 = 4;
/// A character without a token becomes the tokens of its bytes.
pub const BYTE_FALLBACK: u32 = 8;
/// Unknown characters in a row are one unknown token.
pub const FUSE_UNKNOWN: u32 = 16;
/// Chinese characters stand alone.
pub const CHINESE_APART: u32 = 32;

/// Strings one after another.
pub struct StringTable<'a> {
    bytes: &'a [u8],
    offsets: Vec<u32>,
}

impl<'a> StringTable<'a> {
    fn read(arrays: &Arrays<'a>, first: usize) -> Option<Self> {
        let table = StringTable { offsets: arrays.words(first), bytes: arrays.bytes(first + 1) };
        let last = *table.offsets.last()? as usize;
        (table.offsets[0] == 0 && table.offsets.is_sorted() && last == table.bytes.len()).then_some(table)
    }

    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn get(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }
}

/// What a tokenizer is made of.
pub struct Configuration<'a> {
    pub pre_tokenizer: usize,
    pub flags: u32,
    pub unknown: Option<u32>,
    /// Most characters of a word; 0: any number.
    pub longest: usize,
    pub tokens: StringTable<'a>,
    pub types: &'a [u8],
    pub merges: StringTable<'a>,
    pub fold_codes: Vec<u32>,
    pub fold_texts: StringTable<'a>,
    /// Scores or ranks of tokens, or none.
    pub numbers: Vec<f64>,
}

/// A word at a word index.
pub fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let at = bytes.get(4 * index..4 * index + 4)?;
    Some(u32::from_le_bytes([at[0], at[1], at[2], at[3]]))
}

pub fn read(packed: &[u8]) -> Result<Configuration<'_>, ServiceError> {
    let arrays = Arrays::read(packed, 10)?;
    parts(&arrays).ok_or_else(|| ServiceError::new("the lengths of the configuration do not agree"))
}

fn parts<'a>(arrays: &Arrays<'a>) -> Option<Configuration<'a>> {
    let [pre_tokenizer, flags, unknown, longest] = arrays.words(0)[..] else { return None };
    let read = Configuration {
        pre_tokenizer: pre_tokenizer as usize,
        flags,
        unknown: (unknown != u32::MAX).then_some(unknown),
        longest: longest as usize,
        tokens: StringTable::read(arrays, 1)?,
        types: arrays.bytes(3),
        merges: StringTable::read(arrays, 4)?,
        fold_codes: arrays.words(6),
        fold_texts: StringTable::read(arrays, 7)?,
        numbers: arrays.numbers(9),
    };
    let count = read.tokens.len();
    let fits = read.types.len() == count
        && (read.numbers.is_empty() || read.numbers.len() == count)
        && read.fold_codes.len() == read.fold_texts.len()
        && read.unknown.is_none_or(|id| (id as usize) < count);
    fits.then_some(read)
}

impl<'a> Configuration<'a> {
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Ids of the normal tokens by text; the first of equals counts.
    pub fn vocabulary(&self) -> HashMap<&'a [u8], u32> {
        let mut found = HashMap::with_capacity(self.types.len());
        for (id, &kind) in self.types.iter().enumerate() {
            if kind == super::NORMAL {
                found.entry(self.tokens.get(id)).or_insert(id as u32);
            }
        }
        found
    }

    /// Ids of the tokens of single bytes, `<0x00>` to `<0xFF>`.
    pub fn byte_tokens(&self) -> Option<Vec<u32>> {
        let mut ids = vec![None; 256];
        for (id, &kind) in self.types.iter().enumerate() {
            if kind == super::BYTE {
                let text = std::str::from_utf8(self.tokens.get(id)).ok()?;
                let byte = u8::from_str_radix(text.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()?;
                ids[byte as usize].get_or_insert(id as u32);
            }
        }
        ids.into_iter().collect()
    }
}
