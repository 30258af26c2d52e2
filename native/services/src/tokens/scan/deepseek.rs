//! DeepSeek's patterns: several cuts, one after another. Twin: src/native/reference/tokens/scan/deepseek.ts.

use super::super::classes::{character, Classes, LETTER, MARK, NUMBER, PUNCTUATION, SPACE, SYMBOL};
use super::{is_line_end, lines_end, numbers_end, run_end, white_end};

/// The ranges that DeepSeek Coder cuts out.
fn is_east_asian(code_point: u32) -> bool {
    matches!(code_point, 0x800..=0x9fa5 | 0xac00..=0xd7ff)
}

/// DeepSeek Coder: line ends; white space and letters; white space and punctuation; east Asian ranges; single digits.
pub fn coder(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let word_class = |at: usize| match text.get(at) {
        Some(_) => match table.at(text, at).0 {
            class if class & LETTER != 0 => Some(LETTER),
            PUNCTUATION => Some(PUNCTUATION),
            _ => None,
        },
        None => None,
    };
    if is_line_end(text[from]) {
        return from + 1;
    }
    let (class, length) = table.at(text, from);
    let mut at = from + length;
    if class == NUMBER {
        return at;
    }
    let east_asian = is_east_asian(character(text, from).0);
    let word = word_class(from).or_else(|| if class == SPACE { word_class(at) } else { None });
    while at < text.len() && !is_line_end(text[at]) && is_east_asian(character(text, at).0) == east_asian {
        let (next, length) = table.at(text, at);
        let ends = match word {
            Some(word) => next & word == 0,
            None => next == NUMBER || word_class(at).is_some() || (next == SPACE && word_class(at + length).is_some()),
        };
        if ends {
            break;
        }
        at += length;
    }
    at
}

/// Chinese characters and kana, which DeepSeek V3 cuts out.
fn is_chinese_or_kana(code_point: u32) -> bool {
    matches!(code_point, 0x4e00..=0x9fa5 | 0x3040..=0x30ff)
}

/// DeepSeek V3: numbers by three; Chinese characters and kana; then words, punctuation and white space between those.
pub fn v3(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let cut_out = |at: usize| table.at(text, at).0 == NUMBER || (text[at] >= 0x80 && is_chinese_or_kana(character(text, at).0));
    if table.at(text, from).0 == NUMBER {
        return numbers_end::<3>(table, text, from);
    }
    let mut end = from;
    if cut_out(from) {
        while end < text.len() && text[end] >= 0x80 && is_chinese_or_kana(character(text, end).0) {
            end += 3;
        }
        return end;
    }
    // What no part of the pattern matches stays together up to the next match.
    let mut at = from;
    while at < text.len() && !cut_out(at) {
        if let Some(end) = v3_match(table, text, at, &cut_out) {
            return if at == from { end } else { at };
        }
        at += table.at(text, at).1;
    }
    at
}

fn v3_match(table: &'static Classes, text: &[u8], from: usize, cut_out: &impl Fn(usize) -> bool) -> Option<usize> {
    let end_of = |from: usize, mask: u8| {
        let mut at = from;
        while at < text.len() {
            let (class, length) = table.at(text, at);
            if class & mask == 0 || cut_out(at) {
                break;
            }
            at += length;
        }
        at
    };
    let (class, length) = table.at(text, from);
    let next = from + length;
    if text[from].is_ascii_punctuation() && text.get(next).is_some_and(u8::is_ascii_alphabetic) {
        return Some(next + text[next..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count());
    }
    let words = end_of(next, LETTER | MARK);
    if class & (LETTER | MARK) != 0 || (words > next && !is_line_end(text[from]) && class & (PUNCTUATION | SYMBOL) == 0) {
        return Some(words);
    }
    let start = if text[from] == b' ' { next } else { from };
    let marks = end_of(start, PUNCTUATION | SYMBOL);
    if marks > start {
        return Some(lines_end(text, marks));
    }
    if class != SPACE {
        return None;
    }
    let spaces = run_end(table, text, from, |class| class == SPACE);
    Some(if spaces < text.len() && cut_out(spaces) {
        white_end(table, text, from, spaces)
    } else {
        white_end(table, text, from, text.len())
    })
}
