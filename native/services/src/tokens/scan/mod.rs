//! Pre-tokenizers as hand-written scanners: each tells where the piece that starts here ends. One pass, no regular expressions.
//! Twin: src/native/reference/tokens/scan. Knows nothing of vocabularies.

mod deepseek;
mod gpt2;
mod spaces;
mod tiktoken;

use super::classes::{Classes, NUMBER, SPACE};

/// End of the piece that starts at a position; the text is well-formed UTF-8.
pub type Scanner = fn(&'static Classes, &[u8], usize) -> usize;

/// Scanners in the order of `preTokenizers` in src/native/services.ts.
pub const SCANNERS: [Scanner; 13] = [
    gpt2::gpt2::<false>,
    gpt2::gpt2::<true>,
    deepseek::coder,
    tiktoken::plain::<1>,
    tiktoken::plain::<3>,
    tiktoken::cased::<3, true>,
    tiktoken::cased::<1, false>,
    deepseek::v3,
    gpt2::falcon,
    spaces::whole,
    spaces::marked,
    spaces::marked_runs,
    spaces::bert,
];

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

/// End of at most so many numbers.
#[inline(always)]
fn numbers_end<const MOST: usize>(table: &Classes, text: &[u8], from: usize) -> usize {
    let mut at = from;
    for _ in 0..MOST {
        if at >= text.len() {
            break;
        }
        let (class, length) = table.at(text, at);
        if class != NUMBER {
            break;
        }
        at += length;
    }
    at
}

#[inline(always)]
fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// End of the line ends that start here.
#[inline(always)]
fn lines_end(text: &[u8], from: usize) -> usize {
    from + text[from..].iter().take_while(|byte| is_line_end(**byte)).count()
}

/// White space up to its last line end; without one, all of it but the last character, which goes to what follows, unless nothing does or it is alone.
fn white_end(table: &Classes, text: &[u8], from: usize, end: usize) -> usize {
    let (mut at, mut last, mut after_line) = (from, from, from);
    while at < end {
        let (class, length) = table.at(text, at);
        if class != SPACE {
            break;
        }
        last = at;
        at += length;
        if is_line_end(text[last]) {
            after_line = at;
        }
    }
    if after_line > from {
        after_line
    } else if at >= end || last == from {
        at
    } else {
        last
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::{classes, LETTER, SPACE};
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
    fn qwen2_gives_line_ends_to_what_stands_before_them() {
        assert_eq!(
            pieces(SCANNERS[3], "I'LL (go) 12!!\n\n  x \n"),
            ["I", "'LL", " (", "go", ")", " ", "1", "2", "!!\n\n", " ", " x", " \n"]
        );
    }

    #[test]
    fn o200k_begins_a_piece_at_a_capital() {
        assert_eq!(pieces(SCANNERS[5], "myHTMLParser's 中AB"), ["my", "HTMLParser's", " 中", "AB"]);
    }

    #[test]
    fn classes_are_those_of_the_runs() {
        let at = |text: &str| classes().at(text.as_bytes(), 0);
        assert!(at("é").0 & LETTER != 0);
        assert_eq!(at("\u{3000}"), (SPACE, 3));
        assert_eq!(at("½"), (NUMBER, 2));
        assert_eq!(at("\u{7}"), (0, 1));
    }
}
