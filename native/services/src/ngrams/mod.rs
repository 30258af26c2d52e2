//! The "ngrams" service: counts n-grams of words or characters over batches of texts, learns vocabularies, hashes features.
//! Twin: src/native/reference/ngrams: same configuration, same methods, same numbers. What the methods do: src/native/ngrams.ts. Knows no weights.

mod learn;
mod murmur;
mod scan;
mod table;

use crate::arrays::{write_doubles, write_words, Arrays};
use crate::{Service, ServiceError};
use learn::Limits;
use murmur::murmur3;
use scan::{Kind, Scanner};
use table::Table;

const LEARN: u32 = 0;
const FINISH: u32 = 1;
const NAMES: u32 = 2;
const STARTS: u32 = 3;
const INDICES: u32 = 4;
const COUNTS: u32 = 5;
const COUNT: u32 = 6;
const HASH: u32 = 7;
const CLEAR: u32 = 8;

/// Most entries and bytes of names: they are counted in 31 bits.
const MOST: usize = i32::MAX as usize;

fn refuse<T>(why: impl Into<String>) -> Result<T, ServiceError> {
    Err(ServiceError::new(why))
}

/// Rows of (feature, count) pairs.
#[derive(Default)]
pub struct Counts {
    pub starts: Vec<u32>,
    pub indices: Vec<u32>,
    pub counts: Vec<i32>,
}

impl Counts {
    fn clear(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        self.indices.clear();
        self.counts.clear();
    }
}

struct Ngrams {
    scanner: Scanner,
    table: Table,
    /// No more is learnt: the features are final.
    frozen: bool,
    binary: bool,
    /// Features of hashing, and whether signs alternate.
    hashed: (u32, bool),
    rows: Counts,
    /// Entries before those in `rows`: marks in the table count on when rows are cleared.
    passed: u32,
    pairs: Vec<(u32, i32)>,
}

/// Makes the service from its configuration: words (kind, least and most n, least characters of a token, whether there is a vocabulary, binary,
/// features of hashing, alternate signs), stop words and the vocabulary as lengths and bytes.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 5)?;
    let words = arrays.words(0);
    let [kind, least, most, shortest, fixed, binary, features, alternate] = words[..] else { return refuse("it has not 8 words") };
    let Some(kind) = Kind::of(kind) else { return refuse(format!("there is no kind {kind}")) };
    if least == 0 || least > most || most > 100 {
        return refuse(format!("n-grams of {least} to {most}, allowed 1 to 100"));
    }
    let stop_words = strings(&arrays, 1)?.into_iter().map(<[u8]>::to_vec).collect();
    let scanner = Scanner::new(kind, least as usize, most as usize, shortest as usize, stop_words);
    let mut table = Table::new();
    let names = strings(&arrays, 3)?;
    for (i, name) in names.iter().enumerate() {
        if table.insert(name) as usize != i {
            return refuse(format!("feature {i} of the vocabulary is there twice"));
        }
    }
    let mut made = Ngrams {
        scanner,
        table,
        frozen: fixed != 0,
        binary: binary != 0,
        hashed: (features, alternate != 0),
        rows: Counts::default(),
        passed: 0,
        pairs: Vec::new(),
    };
    made.rows.clear();
    Ok(Box::new(made))
}

fn strings<'a>(arrays: &Arrays<'a>, first: usize) -> Result<Vec<&'a [u8]>, ServiceError> {
    let (bytes, mut at) = (arrays.bytes(first + 1), 0);
    let mut found = Vec::new();
    for length in arrays.words(first) {
        let Some(text) = bytes.get(at..at + length as usize) else { return refuse("its strings are cut short") };
        found.push(text);
        at += length as usize;
    }
    Ok(found)
}

impl Service for Ngrams {
    fn memory(&self) -> usize {
        let rows = &self.rows;
        self.table.memory() + 4 * (rows.starts.capacity() + rows.indices.capacity() + rows.counts.capacity()) + 8 * self.pairs.capacity()
    }

    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        match method {
            LEARN if self.frozen => refuse("its vocabulary is final"),
            LEARN | COUNT => self.count(input, method == LEARN).map(|()| write_words(self.sizes().into_iter(), output)),
            FINISH => self.finish(input).map(|()| write_words(self.sizes().into_iter(), output)),
            NAMES => Ok(self.names(output)),
            STARTS => Ok(write_words(self.rows.starts.iter().copied(), output)),
            INDICES => Ok(write_words(self.rows.indices.iter().copied(), output)),
            COUNTS => Ok(write_doubles(self.rows.counts.iter().map(|count| f64::from(*count)), output)),
            HASH => self.hash(input).map(|()| write_words(self.sizes().into_iter(), output)),
            CLEAR => {
                self.passed = self.table.rest(self.passed + self.rows.indices.len() as u32);
                self.rows.clear();
                Ok(0)
            }
            _ => refuse(format!("there is no method {method}")),
        }
    }
}

impl Ngrams {
    /// Rows, entries, features, bytes of their names.
    fn sizes(&self) -> [u32; 4] {
        let rows = self.rows.starts.len() - 1;
        [rows as u32, self.rows.indices.len() as u32, self.table.len() as u32, self.table.bytes() as u32]
    }

    fn count(&mut self, input: &[u8], learning: bool) -> Result<(), ServiceError> {
        let arrays = Arrays::read(input, 3)?;
        let mut texts = self.scanner.texts(&arrays);
        while let Some(found) = texts.next(&mut self.scanner)? {
            let begin = self.passed + self.rows.indices.len() as u32;
            let (rows, passed) = (&mut self.rows, self.passed);
            let add = |last: &mut u32, id: u32| {
                if *last > begin {
                    rows.counts[(*last - 1 - passed) as usize] += 1;
                } else {
                    rows.indices.push(id);
                    rows.counts.push(1);
                    *last = passed + rows.indices.len() as u32;
                }
            };
            if learning {
                self.table.learn(found.bytes, found.spans, add);
            } else {
                self.table.look_up(found.bytes, found.spans, add);
            }
            if self.rows.indices.len() > MOST || self.table.bytes() > MOST {
                return refuse("the texts have too many n-grams");
            }
            self.end_row(begin, learning);
        }
        Ok(())
    }

    // Columns of a row ascend, except while learning, when their numbers are not final.
    fn end_row(&mut self, begin: u32, learning: bool) {
        let from = (begin - self.passed) as usize;
        if self.binary {
            self.rows.counts[from..].fill(1);
        }
        if !learning {
            self.pairs.clear();
            self.pairs.extend(self.rows.indices[from..].iter().copied().zip(self.rows.counts[from..].iter().copied()));
            self.pairs.sort_unstable_by_key(|pair| pair.0);
            for (i, (index, count)) in self.pairs.iter().enumerate() {
                (self.rows.indices[from + i], self.rows.counts[from + i]) = (*index, *count);
            }
        }
        self.rows.starts.push(self.rows.indices.len() as u32);
    }

    fn finish(&mut self, input: &[u8]) -> Result<(), ServiceError> {
        let limits = Arrays::read(input, 1)?.numbers(0);
        let [fewest, most, features] = limits[..] else { return refuse("it has not 3 limits") };
        if self.frozen {
            return refuse("its vocabulary is final");
        }
        learn::finish(&mut self.table, &mut self.rows, &Limits { fewest, most, features });
        self.passed = self.table.rest(u32::MAX);
        self.frozen = true;
        Ok(())
    }

    fn names(&self, output: &mut [u8]) -> i64 {
        let lengths = 4 * self.table.len();
        let needed = lengths + self.table.bytes();
        if needed > output.len() {
            return -(needed as i64);
        }
        let mut at = lengths;
        for i in 0..self.table.len() {
            let name = self.table.name(i as u32);
            output[4 * i..4 * i + 4].copy_from_slice(&(name.len() as u32).to_le_bytes());
            output[at..at + name.len()].copy_from_slice(name);
            at += name.len();
        }
        needed as i64
    }

    fn hash(&mut self, input: &[u8]) -> Result<(), ServiceError> {
        let arrays = Arrays::read(input, 3)?;
        let (features, alternate) = self.hashed;
        if features == 0 {
            return refuse("it hashes to no features");
        }
        let mut texts = self.scanner.texts(&arrays);
        while let Some(found) = texts.next(&mut self.scanner)? {
            self.pairs.clear();
            for &(from, to) in found.spans {
                let hash = murmur3(&found.bytes[from as usize..to as usize], 0) as i32;
                self.pairs.push((hash.unsigned_abs() % features, if alternate && hash < 0 { -1 } else { 1 }));
            }
            self.pairs.sort_unstable_by_key(|pair| pair.0);
            let from = self.rows.indices.len();
            for &(index, sign) in &self.pairs {
                if self.rows.indices.len() > from && self.rows.indices.last() == Some(&index) {
                    if let Some(count) = self.rows.counts.last_mut() {
                        *count += sign;
                    }
                } else {
                    self.rows.indices.push(index);
                    self.rows.counts.push(sign);
                }
            }
            if self.binary {
                self.rows.counts[from..].fill(1);
            }
            if self.rows.indices.len() > MOST {
                return refuse("the texts have too many n-grams");
            }
            self.rows.starts.push(self.rows.indices.len() as u32);
        }
        Ok(())
    }
}
