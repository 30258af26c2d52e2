//! The "wordpiece" service: the longest piece first (Schuster & Nakajima 2012; as BERT has it, Devlin et al. 2018, arXiv:1810.04805).
//! Twin: src/native/reference/wordpiece.ts. A token that begins with ## goes on with a word. White space between words is left out.

use crate::tokens::classes::{classes, SPACE};
use crate::tokens::trie::Trie;
use crate::tokens::{config, encoder, refuse, Model, NORMAL};
use crate::{Service, ServiceError};

const CONTINUES: &[u8] = b"##";

struct WordPiece {
    begins: Trie,
    continues: Trie,
    unknown: u32,
    longest: usize,
}

impl Model for WordPiece {
    type Space = ();

    fn piece(&self, piece: &[u8], _space: &mut (), ids: &mut Vec<u32>) {
        if classes().at(piece, 0).0 == SPACE {
            return;
        }
        let before = ids.len();
        let is_character = |byte: &&u8| **byte & 0xc0 != 0x80;
        let too_long = self.longest > 0 && piece.len() > self.longest && piece.iter().filter(is_character).count() > self.longest;
        let mut at = 0;
        while at < piece.len() && !too_long {
            let trie = if at == 0 { &self.begins } else { &self.continues };
            let Some((length, id)) = trie.longest(&piece[at..]) else { break };
            ids.push(id);
            at += length;
        }
        if at < piece.len() {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }
}

/// Makes the service from its configuration.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let configuration = config::read(packed)?;
    let Some(unknown) = configuration.unknown else { return refuse("it has no token for unknown words") };
    let normal = || {
        (0..configuration.types.len()).filter(|id| configuration.types[*id] == NORMAL).map(|id| (configuration.tokens.get(id), id as u32))
    };
    let begins = Trie::new(normal().filter(|(text, _)| !text.starts_with(CONTINUES) || text.len() == CONTINUES.len()));
    let continues = Trie::new(normal().filter_map(|(text, id)| Some((text.strip_prefix(CONTINUES)?, id))));
    encoder(&configuration, WordPiece { begins, continues, unknown, longest: configuration.longest })
}
