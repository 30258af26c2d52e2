//! Scanners of tokenizers that know no pattern: the whole text, words behind ▁, BERT's words. Twin: src/native/reference/tokens/scan/spaces.ts.

use super::super::classes::{Classes, PUNCTUATION, SPACE};

/// ▁, which stands for a blank in a vocabulary.
const MARK: &[u8] = "\u{2581}".as_bytes();

/// One piece.
pub fn whole(_table: &'static Classes, text: &[u8], _from: usize) -> usize {
    text.len()
}

/// Place of the next ▁ from a place on.
fn next_mark(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(skipped) = text[at..].iter().position(|byte| *byte == MARK[0]) {
        at += skipped;
        if text[at..].starts_with(MARK) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Every ▁ begins a piece.
pub fn marked(_table: &'static Classes, text: &[u8], from: usize) -> usize {
    next_mark(text, from + 1).unwrap_or(text.len())
}

/// Every run of ▁ begins a piece.
pub fn marked_runs(_table: &'static Classes, text: &[u8], from: usize) -> usize {
    let mut at = from;
    while text[at..].starts_with(MARK) {
        at += MARK.len();
    }
    next_mark(text, at).unwrap_or(text.len())
}

/// White space; a punctuation mark (any of ASCII's symbols too); or a word.
pub fn bert(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let is_mark = |class: u8, byte: u8| class == PUNCTUATION || byte.is_ascii_punctuation();
    let (first, length) = table.at(text, from);
    let mut at = from + length;
    if is_mark(first, text[from]) {
        return at;
    }
    while at < text.len() {
        let (class, length) = table.at(text, at);
        if (class == SPACE) != (first == SPACE) || is_mark(class, text[at]) {
            break;
        }
        at += length;
    }
    at
}
