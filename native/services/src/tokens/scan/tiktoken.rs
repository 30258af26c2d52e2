//! Patterns of tiktoken's kind: cl100k (Llama 3), Qwen2, o200k, Tekken. Twin: src/native/reference/tokens/scan/tiktoken.ts.

use super::super::classes::{Classes, LETTER, LOWER, MARK, NUMBER, OTHER_LETTER, SPACE, UPPER};
use super::{is_line_end, lines_end, numbers_end, run_end, white_end};

/// 's 't 're 've 'm 'll 'd in either case, ſ for s: all its bytes, or 0.
fn contraction(text: &[u8], at: usize) -> usize {
    if text.get(at) != Some(&b'\'') {
        return 0;
    }
    let lower = |i: usize| text.get(at + i).map_or(0, u8::to_ascii_lowercase);
    match (lower(1), lower(2)) {
        (b's' | b't' | b'm' | b'd', _) => 2,
        (b'r' | b'v', b'e') | (b'l', b'l') => 3,
        (0xc5, 0xbf) => 3,
        _ => 0,
    }
}

/// What is neither white space, letter nor number, with one blank before it and the line ends (and slashes) after it; else white space.
#[inline(always)]
fn others_or_white<const SLASHES: bool>(table: &'static Classes, text: &[u8], from: usize, class: u8, length: usize) -> usize {
    let next = from + length;
    let (start, class, length) = match text[from] {
        b' ' if next < text.len() => {
            let (class, length) = table.at(text, next);
            (next, class, length)
        }
        _ => (from, class, length),
    };
    if class & (SPACE | LETTER | NUMBER) != 0 {
        return white_end(table, text, from, text.len());
    }
    let end = run_end(table, text, start + length, |class| class & (SPACE | LETTER | NUMBER) == 0);
    if SLASHES {
        end + text[end..].iter().take_while(|byte| is_line_end(**byte) || **byte == b'/').count()
    } else {
        lines_end(text, end)
    }
}

/// cl100k with `DIGITS` 3, Qwen2 with 1: contractions; letters with one character before them; numbers; the rest.
pub fn plain<const DIGITS: usize>(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let is_letter = |class: u8| class & LETTER != 0;
    let length = contraction(text, from);
    if length > 0 {
        return from + length;
    }
    let (class, length) = table.at(text, from);
    let next = from + length;
    if is_letter(class) {
        return run_end(table, text, next, is_letter);
    }
    if class == NUMBER {
        return numbers_end::<DIGITS>(table, text, from);
    }
    if !is_line_end(text[from]) && next < text.len() {
        let (class, length) = table.at(text, next);
        if is_letter(class) {
            return run_end(table, text, next + length, is_letter);
        }
    }
    others_or_white::<false>(table, text, from, class, length)
}

/// o200k with contractions and `DIGITS` 3, Tekken without and 1: a piece begins at a capital, small letters follow.
pub fn cased<const DIGITS: usize, const CONTRACTIONS: bool>(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let (class, length) = table.at(text, from);
    let takes_prefix = class & (LETTER | NUMBER) == 0 && !is_line_end(text[from]);
    let starts = [if takes_prefix { from + length } else { from }, from];
    let word = starts
        .iter()
        .find_map(|start| small_end(table, text, *start))
        .or_else(|| starts.iter().find_map(|start| capitals_end(table, text, *start)));
    if let Some(end) = word {
        return if CONTRACTIONS { end + contraction(text, end) } else { end };
    }
    if class == NUMBER {
        return numbers_end::<DIGITS>(table, text, from);
    }
    others_or_white::<true>(table, text, from, class, length)
}

const CAPITALS: u8 = UPPER | OTHER_LETTER | MARK;
const SMALL: u8 = LOWER | OTHER_LETTER | MARK;

/// Capitals, as many as there are, and one small letter or more; the capitals give back what is needed.
fn small_end(table: &Classes, text: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut both) = (from, None);
    while at < text.len() {
        let (class, length) = table.at(text, at);
        if class & CAPITALS == 0 {
            if class == LOWER {
                return Some(run_end(table, text, at + length, |class| class & SMALL != 0));
            }
            break;
        }
        at += length;
        if class & SMALL != 0 {
            both = Some(at);
        }
    }
    both
}

/// One capital or more, and what small letters follow.
fn capitals_end(table: &Classes, text: &[u8], from: usize) -> Option<usize> {
    let end = run_end(table, text, from, |class| class & CAPITALS != 0);
    (end > from).then(|| run_end(table, text, end, |class| class & SMALL != 0))
}
