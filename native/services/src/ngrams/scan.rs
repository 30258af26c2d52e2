//! Cuts texts into n-grams. Twin: src/native/reference/ngrams/scan.ts. Knows no counts.

use crate::arrays::Arrays;
use crate::tokens::classes::{classes, LETTER, NUMBER, SPACE};
use crate::ServiceError;
use std::collections::HashSet;

/// Bytes after the last n-gram: a key reads 16 at a time.
pub const PADDING: usize = 16;

/// What the pieces are.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Runs of letters, numbers and "_".
    Word,
    /// Characters of the whole text, runs of white space as one blank.
    Char,
    /// Characters of each word between two blanks.
    CharWithin,
    /// Tokens that were cut before.
    Tokens,
}

impl Kind {
    pub fn of(number: u32) -> Option<Kind> {
        [Kind::Word, Kind::Char, Kind::CharWithin, Kind::Tokens].get(number as usize).copied()
    }
}

/// Cuts one text after another.
pub struct Scanner {
    kind: Kind,
    least: usize,
    most: usize,
    shortest: usize,
    stop_words: HashSet<Vec<u8>>,
    bytes: Vec<u8>,
    /// Where each piece begins and ends in `bytes`.
    pieces: Vec<(u32, u32)>,
    spans: Vec<(u32, u32)>,
}

/// N-grams of a text: `bytes[from..to]` of each span. `PADDING` bytes follow the last.
pub struct Found<'a> {
    pub bytes: &'a [u8],
    pub spans: &'a [(u32, u32)],
}

/// The texts of a batch, in order.
pub struct Texts<'a> {
    lengths: Vec<u32>,
    /// Tokens of each text and their lengths, where they were cut before.
    tokens: Vec<u32>,
    bytes: &'a [u8],
    next: usize,
    token: usize,
    at: usize,
}

fn is_space(kind: u8, byte: u8) -> bool {
    kind == SPACE || (0x1c..=0x1f).contains(&byte)
}

impl Scanner {
    pub fn new(kind: Kind, least: usize, most: usize, shortest: usize, stop_words: HashSet<Vec<u8>>) -> Scanner {
        Scanner { kind, least, most, shortest, stop_words, bytes: Vec::new(), pieces: Vec::new(), spans: Vec::new() }
    }

    /// Arrays of a batch: a length for each text; for tokens, a number for each text and then all lengths; the bytes.
    pub fn texts<'a>(&self, arrays: &Arrays<'a>) -> Texts<'a> {
        Texts { lengths: arrays.words(0), tokens: arrays.words(1), bytes: arrays.bytes(2), next: 0, token: 0, at: 0 }
    }

    fn begin(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
        self.spans.clear();
    }

    fn cut(&mut self, text: &[u8]) {
        self.begin();
        match self.kind {
            Kind::Word => {
                self.words(text);
                self.joined();
            }
            Kind::Char => {
                self.characters(text);
                self.windows();
            }
            Kind::CharWithin => self.within(text),
            Kind::Tokens => {}
        }
    }

    fn token(&mut self, token: &[u8]) {
        if self.stop_words.is_empty() || !self.stop_words.contains(token) {
            if !self.pieces.is_empty() {
                self.bytes.push(b' ');
            }
            let from = self.bytes.len() as u32;
            self.bytes.extend_from_slice(token);
            self.pieces.push((from, self.bytes.len() as u32));
        }
    }

    fn words(&mut self, text: &[u8]) {
        let table = classes();
        let (mut at, mut from, mut characters) = (0, 0, 0);
        while at < text.len() {
            let (kind, length) = table.at(text, at);
            if kind & (LETTER | NUMBER) != 0 || text[at] == b'_' {
                characters += 1;
            } else {
                if characters >= self.shortest && characters > 0 {
                    self.token(&text[from..at]);
                }
                (from, characters) = (at + length, 0);
            }
            at += length;
        }
        if characters >= self.shortest && characters > 0 {
            self.token(&text[from..]);
        }
    }

    // n tokens and the blanks between them.
    fn joined(&mut self) {
        for n in self.least..=self.most.min(self.pieces.len()) {
            for i in 0..=self.pieces.len() - n {
                self.spans.push((self.pieces[i].0, self.pieces[i + n - 1].1));
            }
        }
    }

    // Runs of two and more spaces become one blank; one alone stays what it is.
    fn characters(&mut self, text: &[u8]) {
        let table = classes();
        let mut at = 0;
        while at < text.len() {
            let (kind, length) = table.at(text, at);
            let mut end = at + length;
            let mut run = 1;
            if is_space(kind, text[at]) {
                while end < text.len() {
                    let (kind, length) = table.at(text, end);
                    if !is_space(kind, text[end]) {
                        break;
                    }
                    end += length;
                    run += 1;
                }
            }
            self.piece(if run > 1 { b" " } else { &text[at..end] });
            at = end;
        }
    }

    fn piece(&mut self, bytes: &[u8]) {
        let from = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        self.pieces.push((from, self.bytes.len() as u32));
    }

    fn windows(&mut self) {
        for n in self.least..=self.most.min(self.pieces.len()) {
            self.spans.extend(self.pieces.windows(n).map(|window| (window[0].0, window[n - 1].1)));
        }
    }

    // A word that is shorter than n counts once, whole, for the first such n.
    fn within(&mut self, text: &[u8]) {
        let table = classes();
        let mut at = 0;
        while at < text.len() {
            let (kind, length) = table.at(text, at);
            if is_space(kind, text[at]) {
                at += length;
                continue;
            }
            self.pieces.clear();
            self.piece(b" ");
            while at < text.len() {
                let (kind, length) = table.at(text, at);
                if is_space(kind, text[at]) {
                    break;
                }
                self.piece(&text[at..at + length]);
                at += length;
            }
            self.piece(b" ");
            let count = self.pieces.len();
            for n in self.least..=self.most {
                if n >= count {
                    self.spans.push((self.pieces[0].0, self.pieces[count - 1].1));
                    break;
                }
                self.spans.extend(self.pieces.windows(n).map(|window| (window[0].0, window[n - 1].1)));
            }
        }
    }
}

impl Texts<'_> {
    /// N-grams of the next text. Errors: it is cut short, or not UTF-8.
    pub fn next<'b>(&mut self, scanner: &'b mut Scanner) -> Result<Option<Found<'b>>, ServiceError> {
        let Some(&length) = self.lengths.get(self.next) else { return Ok(None) };
        let short = || ServiceError::new("the input is cut short");
        let text = self.bytes.get(self.at..self.at + length as usize).ok_or_else(short)?;
        if std::str::from_utf8(text).is_err() {
            return Err(ServiceError::new(format!("text {} is not UTF-8", self.next)));
        }
        if scanner.kind == Kind::Tokens {
            scanner.begin();
            let count = *self.tokens.get(self.next).ok_or_else(short)? as usize;
            let mut from = 0;
            for _ in 0..count {
                let bytes = *self.tokens.get(self.lengths.len() + self.token).ok_or_else(short)? as usize;
                let token = text.get(from..from + bytes).ok_or_else(short)?;
                scanner.token(token);
                from += bytes;
                self.token += 1;
            }
            scanner.joined();
        } else {
            scanner.cut(text);
        }
        self.at += length as usize;
        self.next += 1;
        scanner.bytes.resize(scanner.bytes.len() + PADDING, 0);
        Ok(Some(Found { bytes: &scanner.bytes, spans: &scanner.spans }))
    }
}
