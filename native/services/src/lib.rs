//! Inkstone's stateful services, found by name. Bytes in, bytes out; they know no JavaScript.

#![deny(clippy::undocumented_unsafe_blocks)]

use std::fmt;

pub mod arrays;
pub mod bpe;
pub mod control;
pub mod crf;
mod design;
mod elementary;
pub mod grammar;
pub mod learn;
pub mod linear_svm;
pub mod logistic;
pub mod mpi;
pub mod ngrams;
mod philox;
mod spread;
pub mod tokens;
pub mod unigram;
pub mod wordpiece;

pub use control::Control;

/// Why a service refused its configuration or its input, in words for a developer.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceError {
    pub why: String,
}

impl ServiceError {
    pub fn new(why: impl Into<String>) -> Self {
        ServiceError { why: why.into() }
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

impl std::error::Error for ServiceError {}

/// A stateful object behind a handle.
pub trait Service: Send {
    /// Bytes that it has gathered beyond its configuration, about: the JavaScript engine collects sooner what holds much.
    fn memory(&self) -> usize {
        0
    }

    /// Calls a method by number. Gives the bytes written into `output`, or minus the bytes needed when it is too small (nothing written).
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError>;

    /// The same, away from the thread that JavaScript runs on: what can last looks at `control` every 50 ms at the latest.
    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], _control: &Control<'_>) -> Result<i64, ServiceError> {
        self.call(method, input, output)
    }
}

/// Makes the service of this name from its configuration.
pub fn create(name: &str, configuration: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    match name {
        "bpe" => bpe::create(configuration),
        "crf" => crf::create(configuration),
        "grammar" => grammar::create_grammar(configuration),
        "logistic" => logistic::create(configuration),
        "linear-svm" => linear_svm::create(configuration),
        "mpi" => mpi::create(configuration),
        "ngrams" => ngrams::create(configuration),
        "tokenizer-trainer" => learn::create(configuration),
        "unigram" => unigram::create(configuration),
        "vocabulary" => grammar::create_vocabulary(configuration),
        "wordpiece" => wordpiece::create(configuration),
        _ => Err(ServiceError::new(format!("there is no service called \"{name}\""))),
    }
}
