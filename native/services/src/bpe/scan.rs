//! Pre-tokenizers as hand-written scanners: each tells where the piece that starts here ends. One pass, no regular expressions.
//! Twin: src/native/reference/bpe/scan.ts. Knows nothing of vocabularies.

use super::classes::{character, Classes, LETTER, NUMBER, PUNCTUATION, SPACE};

/// End of the piece that starts at a position; the text is well-formed UTF-8.
pub type Scanner = fn(&'static Classes, &[u8], usize) -> usize;

/// Scanners in the order of `preTokenizers` in src/native/services.ts.
pub const SCANNERS: [Scanner; 3] = [gpt2::<false>, gpt2::<true>, deepseek_coder];

/// End of the run of characters whose class passes.
#[inline(always)]
fn run_end(table: &Classes, text: &[u8], from: usize, passes: impl Fn(u8) -> bool) -> usize {
    let mut at = from;
    while at < text.len() {
        let (class, length) = table.at(text, at);
        if !passes(class) {
            break;
        }
        at += length;
    }
    at
}

/// 's 't 're 've 'm 'll 'd: the bytes after the apostrophe, or 0.
fn contraction(text: &[u8], at: usize) -> usize {
    match (text.get(at + 1), text.get(at + 2)) {
        (Some(b's' | b't' | b'm' | b'd'), _) => 1,
        (Some(b'r' | b'v'), Some(b'e')) | (Some(b'l'), Some(b'l')) => 2,
        _ => 0,
    }
}

/// A run of white space gives its last character to what follows it, unless nothing does.
fn space_end<const DIGITS_APART: bool>(table: &Classes, text: &[u8], from: usize) -> usize {
    let (mut at, mut last) = (from, from);
    while at < text.len() {
        let (class, length) = table.at(text, at);
        if class != SPACE {
            let stays = last == from || (DIGITS_APART && class == NUMBER);
            return if stays { at } else { last };
        }
        last = at;
        at += length;
    }
    at
}

/// GPT-2's pattern; with `DIGITS_APART` after every digit has been cut out.
fn gpt2<const DIGITS_APART: bool>(table: &'static Classes, text: &[u8], from: usize) -> usize {
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
        LETTER => run_end(table, text, at + length, |class| class == LETTER),
        NUMBER if !DIGITS_APART => run_end(table, text, at + length, |class| class == NUMBER),
        NUMBER if at == from => at + length,
        NUMBER => at,
        SPACE => space_end::<DIGITS_APART>(table, text, from),
        _ => run_end(table, text, at + length, |class| class == 0 || class == PUNCTUATION),
    }
}

/// The ranges that DeepSeek Coder cuts out.
fn is_east_asian(code_point: u32) -> bool {
    matches!(code_point, 0x800..=0x9fa5 | 0xac00..=0xd7ff)
}

/// DeepSeek Coder: five cuts, one after another: line ends; white space and letters; white space and punctuation; east Asian ranges; single digits.
fn deepseek_coder(table: &'static Classes, text: &[u8], from: usize) -> usize {
    let is_line_end = |at: usize| matches!(text[at], b'\n' | b'\r');
    let word_class =
        |at: usize| if at < text.len() { Some(table.at(text, at).0) } else { None }.filter(|class| matches!(*class, LETTER | PUNCTUATION));
    if is_line_end(from) {
        return from + 1;
    }
    let (class, length) = table.at(text, from);
    let mut at = from + length;
    if class == NUMBER {
        return at;
    }
    let east_asian = is_east_asian(character(text, from).0);
    let word = word_class(from).or_else(|| if class == SPACE { word_class(at) } else { None });
    while at < text.len() && !is_line_end(at) && is_east_asian(character(text, at).0) == east_asian {
        let (next, length) = table.at(text, at);
        let ends = match word {
            Some(word) => next != word,
            None => next == NUMBER || word_class(at).is_some() || (next == SPACE && word_class(at + length).is_some()),
        };
        if ends {
            break;
        }
        at += length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::classes::classes;
    use super::*;

    fn pieces(scanner: Scanner, text: &str) -> Vec<&str> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let end = scanner(classes(), text.as_bytes(), at);
            found.push(&text[at..end]);
            at = end;
        }
        found
    }

    #[test]
    fn gpt2_keeps_one_blank_with_the_word() {
        assert_eq!(pieces(SCANNERS[0], "I'll  go 12 34!! \n\n x "), ["I", "'ll", " ", " go", " 12", " 34", "!!", " \n\n", " x", " "]);
    }

    #[test]
    fn smollm_cuts_digits_out_first() {
        assert_eq!(pieces(SCANNERS[1], "a  12 b"), ["a", "  ", "1", "2", " b"]);
    }

    #[test]
    fn deepseek_coder_cuts_east_asian_runs_out() {
        assert_eq!(pieces(SCANNERS[2], "a日b 。\n x1"), ["a", "日", "b", " ", "。", "\n", " x", "1"]);
    }

    #[test]
    fn classes_are_those_of_the_runs() {
        assert_eq!(classes().at("é".as_bytes(), 0), (LETTER, 2));
        assert_eq!(classes().at("\u{3000}".as_bytes(), 0), (SPACE, 3));
        assert_eq!(classes().at("½".as_bytes(), 0), (NUMBER, 2));
        assert_eq!(classes().at("😀".as_bytes(), 0), (0, 4));
    }
}
