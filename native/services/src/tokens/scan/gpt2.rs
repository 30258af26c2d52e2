//! GPT-2's pattern, and those that cut something out of a text before it. Twin: src/native/reference/tokens/scan/gpt2.ts.

use super::super::classes::{Classes, LETTER, NUMBER, PUNCTUATION, SPACE};
use super::run_end;

/// 's 't 're 've 'm 'll 'd: the bytes after the apostrophe, or 0.
fn contraction(text: &[u8], at: usize) -> usize {
    match (text.get(at + 1), text.get(at + 2)) {
        (Some(b's' | b't' | b'm' | b'd'), _) => 1,
        (Some(b'r' | b'v'), Some(b'e')) | (Some(b'l'), Some(b'l')) => 2,
        _ => 0,
    }
}

/// A run of white space gives its last character to what follows it, unless nothing does or what follows was cut out.
#[inline(always)]
fn space_end(table: &Classes, text: &[u8], from: usize, is_cut: impl Fn(u8, u8) -> bool) -> usize {
    let (mut at, mut last) = (from, from);
    while at < text.len() {
        let (class, length) = table.at(text, at);
        if class != SPACE {
            let stays = last == from || is_cut(class, text[at]);
            return if stays { at } else { last };
        }
        last = at;
        at += length;
    }
    at
}

/// GPT-2's pattern; with `DIGITS_APART` after every digit has been cut out.
pub fn gpt2<const DIGITS_APART: bool>(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let first = text[from];
    if first == b'\'' {
        let length = contraction(text, from);
        if length > 0 {
            return from + 1 + length;
        }
    }
    let at = if first == b' ' && from + 1 < text.len() { from + 1 } else { from };
    let (class, length) = table.at(text, at);
    match class {
        _ if class & LETTER != 0 => run_end(table, text, at + length, |class| class & LETTER != 0),
        NUMBER if !DIGITS_APART => run_end(table, text, at + length, |class| class == NUMBER),
        NUMBER if at == from => at + length,
        NUMBER => at,
        SPACE => space_end(table, text, from, |class, _| DIGITS_APART && class == NUMBER),
        _ => run_end(table, text, at + length, |class| class & (LETTER | NUMBER | SPACE) == 0),
    }
}

/// What Falcon cuts out first: punctuation of any kind, and ASCII's symbols.
#[inline(always)]
fn is_mark(class: u8, byte: u8) -> bool {
    class == PUNCTUATION || byte.is_ascii_punctuation()
}

/// Falcon, as llama.cpp has it: runs of punctuation are cut out, then GPT-2's pattern, then every three ASCII digits.
pub fn falcon(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let marks_end = |from: usize, marks: bool| {
        let mut at = from;
        while at < text.len() {
            let (class, length) = table.at(text, at);
            let stays = if marks { is_mark(class, text[at]) } else { class & (LETTER | NUMBER | SPACE) == 0 && !is_mark(class, text[at]) };
            if !stays {
                break;
            }
            at += length;
        }
        at
    };
    let (class, length) = table.at(text, from);
    if is_mark(class, text[from]) {
        return marks_end(from + length, true);
    }
    let next = from + 1;
    let takes_blank = text[from] == b' ' && next < text.len() && !is_mark(table.at(text, next).0, text[next]);
    let at = if takes_blank { next } else { from };
    let (class, length) = table.at(text, at);
    match class {
        _ if class & LETTER != 0 => run_end(table, text, at + length, |class| class & LETTER != 0),
        NUMBER => threes_end(text, from, at, run_end(table, text, at + length, |class| class == NUMBER)),
        SPACE => space_end(table, text, from, is_mark),
        _ => marks_end(at + length, false),
    }
}

/// End of the piece of a number that starts at `from` with its digits from `digits` on: three ASCII digits in a row stand alone.
fn threes_end(text: &[u8], from: usize, digits: usize, end: usize) -> usize {
    match text[digits..end].windows(3).position(|three| three.iter().all(u8::is_ascii_digit)) {
        Some(0) if digits == from => from + 3,
        Some(at) => digits + at,
        None => end,
    }
}
