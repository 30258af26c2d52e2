//! Unicode classes of code points, as pre-tokenizers see them, and the reading of one character from UTF-8. Twin: src/native/reference/tokens/classes.ts.

use super::unicode::RUNS;
use std::sync::LazyLock;

/// A class is one bit, so that a set of classes is a mask.
pub const UPPER: u8 = 1;
pub const LOWER: u8 = 2;
pub const OTHER_LETTER: u8 = 4;
pub const LETTER: u8 = UPPER | LOWER | OTHER_LETTER;
pub const NUMBER: u8 = 8;
pub const SPACE: u8 = 16;
pub const PUNCTUATION: u8 = 32;
pub const SYMBOL: u8 = 64;
pub const MARK: u8 = 128;

/// Class of every code point; everything that is none of the above is 0.
pub struct Classes(Vec<u8>);

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let mut table = vec![0u8; 0x11_0000];
    let mut at = 0;
    for run in RUNS {
        let end = at + (run >> 4) as usize;
        if run & 15 != 0 {
            table[at..end].fill(1 << ((run & 15) - 1));
        }
        at = end;
    }
    Classes(table)
});

/// The table, filled at the first call.
pub fn classes() -> &'static Classes {
    &CLASSES
}

impl Classes {
    /// Class and bytes of the character at a position of well-formed UTF-8.
    #[inline(always)]
    pub fn at(&self, bytes: &[u8], at: usize) -> (u8, usize) {
        let first = bytes[at];
        if first < 0x80 {
            return (self.0[first as usize], 1);
        }
        let (code_point, length) = character(bytes, at);
        (self.0[code_point as usize], length)
    }
}

/// Code point and bytes of the character at a position of well-formed UTF-8.
#[inline]
pub fn character(bytes: &[u8], at: usize) -> (u32, usize) {
    let next = |i: usize| u32::from(bytes[at + i] & 0x3f);
    let first = u32::from(bytes[at]);
    match first {
        0..=0x7f => (first, 1),
        0x80..=0xdf => ((first & 0x1f) << 6 | next(1), 2),
        0xe0..=0xef => ((first & 0x0f) << 12 | next(1) << 6 | next(2), 3),
        _ => ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4),
    }
}
