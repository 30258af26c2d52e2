//! The services "vocabulary" and "grammar": which tokens may come next so that an answer keeps to a JSON schema, a regular expression or a Lark grammar, by the
//! llguidance crate. A vocabulary is made once a model and found by its number; a grammar is one answer's. There is no twin: TypeScript refuses by name.

use crate::arrays::{write_words, Arrays};
use crate::{Service, ServiceError};
use llguidance::api::{ParserLimits, TopLevelGrammar};
use llguidance::earley::SlicedBiasComputer;
use llguidance::toktrie::{InferenceCapabilities, TokEnv, TokRxInfo, TokTrie, TokenId, TokenizerEnv};
use llguidance::{Matcher, ParserFactory};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Vocabularies of this process by number; each lives as long as its service.
static VOCABULARIES: Mutex<(u32, BTreeMap<u32, Weak<ParserFactory>>)> = Mutex::new((0, BTreeMap::new()));

/// Work that a grammar may be, in llguidance's units: about 20 ms to build it, 15 ms a mask.
fn limits() -> ParserLimits {
    ParserLimits { max_grammar_size: 200_000, max_lexer_states: 100_000, verbose_errors: false, ..ParserLimits::default() }
}

struct Tokens(TokTrie);

impl TokenizerEnv for Tokens {
    fn tok_trie(&self) -> &TokTrie {
        &self.0
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        self.0.greedy_tokenize(bytes)
    }

    fn tokenize_is_canonical(&self) -> bool {
        false
    }
}

struct Vocabulary {
    number: u32,
    bytes: usize,
    _factory: Arc<ParserFactory>,
}

impl Service for Vocabulary {
    fn memory(&self) -> usize {
        4 * self.bytes
    }

    /// Method 0: its number.
    fn call(&mut self, method: u32, _input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        match method {
            0 => Ok(write_words([self.number].into_iter(), output)),
            _ => Err(ServiceError::new(format!("it has no method {method}"))),
        }
    }
}

impl Drop for Vocabulary {
    fn drop(&mut self) {
        VOCABULARIES.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&self.number);
    }
}

/// Configuration: offsets and bytes of the tokens (none: never), one byte a token that is 1 where it is a control token, and the tokens that end an answer.
pub fn create_vocabulary(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 4)?;
    let (offsets, bytes, control, ends) = (arrays.words(0), arrays.bytes(1), arrays.bytes(2), arrays.words(3));
    let count = control.len();
    let token = |id: usize| bytes.get(offsets[id] as usize..offsets[id + 1] as usize);
    if offsets.len() != count + 1 || (0..count).any(|id| token(id).is_none()) {
        return Err(ServiceError::new("the lengths of its tokens do not agree"));
    }
    if ends.is_empty() || ends.iter().any(|id| *id as usize >= count) {
        return Err(ServiceError::new("it has no token that ends an answer"));
    }
    let marked = |id: usize, text: &[u8]| if control[id] == 1 { [&[TokTrie::SPECIAL_TOKEN_MARKER], text].concat() } else { text.to_vec() };
    let words: Vec<Vec<u8>> = (0..count).map(|id| marked(id, token(id).unwrap_or_default())).collect();
    let trie = TokTrie::from(&TokRxInfo::new(count as u32, ends[0]), &words).with_eos_tokens(&ends);
    let environment: TokEnv = Arc::new(Tokens(trie));
    let mut factory =
        ParserFactory::new(&environment, InferenceCapabilities::default(), &SlicedBiasComputer::general_slices()).map_err(refusal)?;
    *factory.quiet().limits_mut() = limits();
    let factory = Arc::new(factory);
    let mut known = VOCABULARIES.lock().unwrap_or_else(PoisonError::into_inner);
    known.0 += 1;
    let number = known.0;
    known.1.insert(number, Arc::downgrade(&factory));
    Ok(Box::new(Vocabulary { number, bytes: bytes.len(), _factory: factory }))
}

struct Grammar {
    matcher: Matcher,
    words: usize,
}

impl Service for Grammar {
    fn memory(&self) -> usize {
        1 << 18
    }

    /// Method 0: a bit a token, 1 where it may come next. Method 1, input one token: takes it; gives 1 where nothing but an end may follow, else 0.
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        match method {
            0 if output.len() < 4 * self.words => Ok(-(4 * self.words as i64)),
            0 => {
                let mask = self.matcher.compute_mask_or_eos().map_err(refusal)?;
                let bits = mask.as_slice();
                Ok(write_words((0..self.words).map(|at| bits.get(at).copied().unwrap_or(0)), output))
            }
            1 if input.len() == 4 => {
                self.matcher.consume_token(u32::from_le_bytes([input[0], input[1], input[2], input[3]])).map_err(refusal)?;
                Ok(write_words([u32::from(self.matcher.is_stopped())].into_iter(), output))
            }
            _ => Err(ServiceError::new(format!("it has no method {method}, or its input is not one token"))),
        }
    }
}

/// Configuration: the number of a vocabulary and the kind (0 JSON schema, 1 regular expression, 2 Lark); the text.
pub fn create_grammar(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 2)?;
    let (head, text) = (arrays.words(0), arrays.bytes(1));
    let (Some(number), Some(kind), Ok(text)) = (head.first(), head.get(1), std::str::from_utf8(text)) else {
        return Err(ServiceError::new("it is no grammar"));
    };
    let known = VOCABULARIES.lock().unwrap_or_else(PoisonError::into_inner).1.get(number).and_then(Weak::upgrade);
    let Some(factory) = known else { return Err(ServiceError::new("its vocabulary is not there")) };
    let grammar = match kind {
        0 => TopLevelGrammar::from_json_schema(serde_json::from_str(text).map_err(|error| ServiceError::new(error.to_string()))?),
        1 => TopLevelGrammar::from_regex(text),
        _ => TopLevelGrammar::from_lark(text.to_string()),
    };
    let words = factory.tok_env().tok_trie().vocab_size().div_ceil(32);
    let parser = factory.create_parser(grammar).map_err(refusal)?;
    Ok(Box::new(Grammar { matcher: Matcher::new(Ok(parser)), words }))
}

fn refusal(error: impl std::fmt::Display) -> ServiceError {
    let text = format!("{error:#}");
    let first = text.split("\n<state>").next().unwrap_or_default().trim();
    ServiceError::new(first.chars().take(600).collect::<String>())
}
