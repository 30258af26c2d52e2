//! The "bpe" service: byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909), on bytes (Radford et al. 2019) or on characters (SentencePiece's, Kudo & Richardson 2018).
//! Twin: src/native/reference/bpe: same configuration, same methods, same ids. Knows no files and no templates.

mod merges;

use crate::tokens::classes::character;
use crate::tokens::config::{self, Configuration, BYTE_FALLBACK, BY_RANK, CHARACTERS, FUSE_UNKNOWN, WHOLE_FIRST};
use crate::tokens::{encoder, refuse, Model};
use crate::{Service, ServiceError};
use merges::{MergeTable, Workspace};
use std::collections::HashMap;

/// Scratch memory up to this many ids is kept between pieces.
const MOST_KEPT: usize = 1 << 20;

type Vocabulary<'a> = HashMap<&'a [u8], u32>;

/// GPT-2's alphabet: printable Latin-1 bytes stand for themselves, the other 68 for the characters from U+0100 on.
fn alphabet() -> [char; 256] {
    let mut others = 0x100;
    std::array::from_fn(|byte| {
        let itself = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let code_point = if itself { byte as u32 } else { others };
        others += u32::from(!itself);
        char::from_u32(code_point).unwrap_or_default()
    })
}

/// What a piece is cut into before anything is merged.
enum Symbols {
    Bytes(Box<[Option<u32>; 256]>),
    Characters { ids: HashMap<u32, u32>, bytes: Option<Vec<u32>>, unknown: Option<u32>, fuse: bool },
}

impl Symbols {
    fn new(configuration: &Configuration<'_>, vocabulary: &Vocabulary<'_>) -> Symbols {
        if !configuration.has(CHARACTERS) {
            let letters = alphabet();
            let id = |byte: usize| vocabulary.get(letters[byte].encode_utf8(&mut [0; 4]).as_bytes()).copied();
            return Symbols::Bytes(Box::new(std::array::from_fn(id)));
        }
        let one =
            |text: &[u8]| std::str::from_utf8(text).ok().filter(|text| text.chars().count() == 1).and_then(|text| text.chars().next());
        Symbols::Characters {
            ids: vocabulary.iter().filter_map(|(text, id)| Some((u32::from(one(text)?), *id))).collect(),
            bytes: if configuration.has(BYTE_FALLBACK) { configuration.byte_tokens() } else { None },
            unknown: configuration.unknown,
            fuse: configuration.has(FUSE_UNKNOWN),
        }
    }

    /// What the vocabulary lacks becomes its bytes, the unknown token, or nothing, as Hugging Face tokenizers and llama.cpp have it.
    fn of(&self, piece: &[u8], out: &mut Vec<u32>) {
        match self {
            Symbols::Bytes(ids) => out.extend(piece.iter().filter_map(|byte| ids[*byte as usize])),
            Symbols::Characters { ids, bytes, unknown, fuse } => {
                let mut at = 0;
                while at < piece.len() {
                    let (code, length) = character(piece, at);
                    match (ids.get(&code), bytes, unknown) {
                        (Some(id), _, _) => out.push(*id),
                        (None, Some(bytes), _) => out.extend(piece[at..at + length].iter().map(|byte| bytes[*byte as usize])),
                        (None, None, Some(unknown)) if !(*fuse && out.last() == Some(unknown)) => out.push(*unknown),
                        _ => {}
                    }
                    at += length;
                }
            }
        }
    }
}

fn listed(configuration: &Configuration<'_>, vocabulary: &Vocabulary<'_>) -> Result<MergeTable, ServiceError> {
    let merges = &configuration.merges;
    let mut table = MergeTable::with_capacity(merges.len());
    let mut joined = Vec::new();
    for rank in 0..merges.len() {
        let text = merges.get(rank);
        let gap = text.iter().position(|byte| *byte == b' ').unwrap_or(0);
        if gap == 0 || gap + 1 == text.len() || text[gap + 1..].contains(&b' ') {
            return refuse(format!("merge {rank} is not two pieces"));
        }
        let (left, right) = (&text[..gap], &text[gap + 1..]);
        let Some(&left_id) = vocabulary.get(left) else { return refuse(format!("merge {rank}: its first piece is no token")) };
        let Some(&right_id) = vocabulary.get(right) else { return refuse(format!("merge {rank}: its second piece is no token")) };
        joined.clear();
        joined.extend_from_slice(left);
        joined.extend_from_slice(right);
        let Some(&product) = vocabulary.get(joined.as_slice()) else {
            return refuse(format!("merge {rank}: the two together are no token"));
        };
        table.add(left_id, right_id, rank as u32, product);
    }
    Ok(table)
}

/// Every cut of every token into two tokens is a merge; its rank is the token's.
fn ranked(configuration: &Configuration<'_>, vocabulary: &Vocabulary<'_>) -> MergeTable {
    let mut found = Vec::new();
    for (text, &id) in vocabulary {
        let rank = configuration.numbers.get(id as usize).map_or(id, |rank| *rank as u32);
        for cut in 1..text.len() {
            if let (Some(left), Some(right)) = (vocabulary.get(&text[..cut]), vocabulary.get(&text[cut..])) {
                found.push((*left, *right, rank, id));
            }
        }
    }
    let mut table = MergeTable::with_capacity(found.len());
    for (left, right, rank, id) in found {
        table.add(left, right, rank, id);
    }
    table
}

struct Bpe {
    symbols: Symbols,
    merges: MergeTable,
    /// Where pieces that are tokens are looked up first: texts in the alphabet of the symbols.
    whole: Option<HashMap<Vec<u8>, u32>>,
}

impl Model for Bpe {
    type Space = Workspace;

    fn piece(&self, piece: &[u8], space: &mut Workspace, ids: &mut Vec<u32>) {
        if let Some(id) = self.whole.as_ref().and_then(|whole| whole.get(piece)) {
            ids.push(*id);
            return;
        }
        space.ids.clear();
        self.symbols.of(piece, &mut space.ids);
        self.merges.merge(space);
        ids.extend_from_slice(&space.ids);
    }

    fn is_large(&self, space: &Workspace) -> bool {
        space.ids.capacity() > MOST_KEPT
    }
}

/// Texts of tokens as they stand in a text.
fn whole_tokens(configuration: &Configuration<'_>, vocabulary: &Vocabulary<'_>) -> HashMap<Vec<u8>, u32> {
    let letters: HashMap<char, u8> = alphabet().into_iter().enumerate().map(|(byte, letter)| (letter, byte as u8)).collect();
    let plain = |text: &[u8]| -> Option<Vec<u8>> {
        if configuration.has(CHARACTERS) {
            return Some(text.to_vec());
        }
        std::str::from_utf8(text).ok()?.chars().map(|letter| letters.get(&letter).copied()).collect()
    };
    vocabulary.iter().filter_map(|(text, id)| Some((plain(text)?, *id))).collect()
}

/// Makes the service from its configuration. Errors name the merge, the token or the length that is wrong; the same words as the twin's.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let configuration = config::read(packed)?;
    let vocabulary = configuration.vocabulary();
    let merges = if configuration.has(BY_RANK) { ranked(&configuration, &vocabulary) } else { listed(&configuration, &vocabulary)? };
    let symbols = Symbols::new(&configuration, &vocabulary);
    let whole = configuration.has(WHOLE_FIRST).then(|| whole_tokens(&configuration, &vocabulary));
    encoder(&configuration, Bpe { symbols, merges, whole })
}
