//! The configuration blob. Twin and description: src/native/services.ts.

use crate::ServiceError;

const VERSION: u32 = 1;
const HEADER_WORDS: usize = 6;

/// Strings one after another.
pub struct StringTable<'a> {
    bytes: &'a [u8],
    offsets: Vec<u32>,
}

impl<'a> StringTable<'a> {
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn get(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.offsets[index] as usize..self.offsets[index + 1] as usize]
    }

    fn is_sound(&self) -> bool {
        self.offsets[0] == 0 && self.offsets.is_sorted() && self.offsets[self.len()] as usize == self.bytes.len()
    }
}

/// What a byte-level BPE is made of.
pub struct Configuration<'a> {
    pub pre_tokenizer: usize,
    pub tokens: StringTable<'a>,
    pub types: &'a [u8],
    pub merges: StringTable<'a>,
}

/// A word at a word index.
pub fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let at = bytes.get(4 * index..4 * index + 4)?;
    Some(u32::from_le_bytes([at[0], at[1], at[2], at[3]]))
}

pub fn read(packed: &[u8]) -> Result<Configuration<'_>, ServiceError> {
    parts(packed).ok_or_else(|| ServiceError::new("the lengths of the configuration do not agree"))
}

fn parts(packed: &[u8]) -> Option<Configuration<'_>> {
    let field = |index: usize| word(packed, index).map(|value| value as usize);
    if word(packed, 0)? != VERSION {
        return None;
    }
    let (tokens, merges, token_bytes, merge_bytes) = (field(2)?, field(3)?, field(4)?, field(5)?);
    let words = HEADER_WORDS + tokens + merges + 2;
    let (tokens_at, merges_at) = (4 * words, 4 * words + token_bytes);
    let types_at = merges_at + merge_bytes;
    if types_at + tokens != packed.len() {
        return None;
    }
    let offsets = |from: usize, count: usize| (from..from + count).map(|index| word(packed, index)).collect::<Option<Vec<u32>>>();
    let tokens = StringTable { bytes: &packed[tokens_at..merges_at], offsets: offsets(HEADER_WORDS, tokens + 1)? };
    let merges = StringTable { bytes: &packed[merges_at..types_at], offsets: offsets(HEADER_WORDS + tokens.len() + 1, merges + 1)? };
    if !tokens.is_sound() || !merges.is_sound() {
        return None;
    }
    Some(Configuration { pre_tokenizer: field(1)?, tokens, types: &packed[types_at..], merges })
}
