//! Characters that stand for others: each is left out, stays, or becomes a short text. Twin: src/native/reference/tokens/fold.ts.

use super::classes::character;
use super::config::{Configuration, CHINESE_APART};

const PAGE: usize = 256;
const SAME: u32 = u32::MAX;

/// A map of characters, by pages of 256.
pub struct Fold {
    pages: Vec<u32>,
    /// Index into the texts, or `SAME`.
    entries: Vec<u32>,
    texts: Vec<u8>,
    offsets: Vec<u32>,
    ascii: [Option<u8>; 128],
    chinese_apart: bool,
}

/// The blocks that BERT takes for Chinese: every character is a word of its own.
#[inline]
fn is_chinese(code: u32) -> bool {
    matches!(code, 0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_b73f | 0x2_b740..=0x2_b81f | 0x2_b920..=0x2_ceaf | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f)
}

impl Fold {
    /// Nothing where the configuration has no map.
    pub fn new(configuration: &Configuration<'_>) -> Option<Fold> {
        let chinese_apart = configuration.has(CHINESE_APART);
        if configuration.fold_codes.is_empty() && !chinese_apart {
            return None;
        }
        let mut fold = Fold {
            pages: vec![u32::MAX; 0x11_0000 / PAGE],
            entries: Vec::new(),
            texts: Vec::new(),
            offsets: vec![0],
            ascii: std::array::from_fn(|code| Some(code as u8)),
            chinese_apart,
        };
        for (index, &code) in configuration.fold_codes.iter().enumerate() {
            let text = configuration.fold_texts.get(index);
            fold.add(code, text);
        }
        Some(fold)
    }

    fn add(&mut self, code: u32, text: &[u8]) {
        if code < 128 {
            self.ascii[code as usize] = text.first().copied();
        }
        let Some(page) = self.pages.get_mut(code as usize / PAGE) else { return };
        if *page == u32::MAX {
            *page = self.entries.len() as u32;
            self.entries.resize(self.entries.len() + PAGE, SAME);
        }
        self.entries[*page as usize + code as usize % PAGE] = self.offsets.len() as u32 - 1;
        self.texts.extend_from_slice(text);
        self.offsets.push(self.texts.len() as u32);
    }

    /// Writes the folded text.
    pub fn apply(&self, text: &[u8], out: &mut Vec<u8>) {
        out.reserve(text.len() + 16);
        let mut at = 0;
        while at < text.len() {
            let byte = text[at];
            if byte < 0x80 {
                out.extend(self.ascii[byte as usize]);
                at += 1;
                continue;
            }
            let (code, length) = character(text, at);
            let apart = self.chinese_apart && is_chinese(code);
            if apart {
                out.push(b' ');
            }
            let page = self.pages[code as usize / PAGE];
            let entry = if page == u32::MAX { SAME } else { self.entries[page as usize + code as usize % PAGE] };
            match entry {
                SAME => out.extend_from_slice(&text[at..at + length]),
                _ => out.extend_from_slice(&self.texts[self.offsets[entry as usize] as usize..self.offsets[entry as usize + 1] as usize]),
            }
            if apart {
                out.push(b' ');
            }
            at += length;
        }
    }
}
