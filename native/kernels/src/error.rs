//! What a kernel or a program can refuse: numbers only, the words live in TypeScript.

/// A refusal, carried over the boundary as a code and two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KernelError {
    Panic,
    Cancelled,
    Index { value: f64, limit: f64 },
    Numeric { value: f64, limit: f64 },
    Program { value: f64, limit: f64 },
}

impl KernelError {
    /// Code of the boundary and the two numbers.
    pub fn numbers(self) -> (f64, f64, f64) {
        match self {
            KernelError::Panic => (1.0, 0.0, 0.0),
            KernelError::Cancelled => (2.0, 0.0, 0.0),
            KernelError::Index { value, limit } => (3.0, value, limit),
            KernelError::Numeric { value, limit } => (4.0, value, limit),
            KernelError::Program { value, limit } => (5.0, value, limit),
        }
    }
}
