//! What a kernel or a program can refuse: numbers only, the words live in TypeScript.

/// A refusal, carried over the boundary as a code and two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KernelError {
    Panic,
    Cancelled,
    Index { value: f64, limit: f64 },
    Numeric { value: f64, limit: f64 },
    Program { value: f64, limit: f64 },
    Memory { bytes: f64 },
}

/// Why a program is refused. Its number crosses the boundary; src/native/native-executor.ts has the words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// The sizes do not go together, as the kernel itself says.
    Sizes,
    Truncated,
    Kernel,
    OperandCount,
    OperandType,
    NoBuffer,
    Offset,
    Extent,
    ScalarCount,
    Register,
    NotACount,
    Overlap,
    Poisoned,
}

/// A refusal with the command it concerns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refusal {
    pub command: usize,
    pub error: KernelError,
    pub reason: Reason,
}

impl Refusal {
    /// What a kernel said of its own call.
    pub fn of(command: usize, error: KernelError) -> Refusal {
        Refusal { command, error, reason: Reason::Sizes }
    }

    pub fn program(command: usize, reason: Reason, value: f64, limit: f64) -> Refusal {
        Refusal { command, error: KernelError::Program { value, limit }, reason }
    }

    /// Code, command, value, limit, reason.
    pub fn numbers(self) -> [f64; 5] {
        let (code, value, limit) = match self.error {
            KernelError::Panic => (1.0, 0.0, 0.0),
            KernelError::Cancelled => (2.0, 0.0, 0.0),
            KernelError::Index { value, limit } => (3.0, value, limit),
            KernelError::Numeric { value, limit } => (4.0, value, limit),
            KernelError::Program { value, limit } => (5.0, value, limit),
            KernelError::Memory { bytes } => (6.0, bytes, 0.0),
        };
        [code, self.command as f64, value, limit, self.reason as u32 as f64]
    }
}
