//! What a long call looks at and writes while it works: cancelled or not, how far, on how many threads. Knows no service.

use crate::ServiceError;
use std::sync::atomic::{AtomicI32, Ordering};

/// The why of a call that was cancelled.
pub const CANCELLED: &str = "cancelled";

/// Two words of shared memory, where there are any, and the threads that may work.
pub struct Control<'a> {
    pub cancel: Option<&'a AtomicI32>,
    pub progress: Option<&'a AtomicI32>,
    pub threads: usize,
}

impl Control<'_> {
    pub const NONE: Control<'static> = Control { cancel: None, progress: None, threads: 1 };

    /// Refuses to go on when the cancel word is set.
    pub fn look(&self) -> Result<(), ServiceError> {
        match self.cancel {
            Some(word) if word.load(Ordering::Relaxed) != 0 => Err(ServiceError::new(CANCELLED)),
            _ => Ok(()),
        }
    }

    /// Adds to the progress word.
    pub fn advance(&self, by: i32) {
        if let Some(word) = self.progress {
            word.fetch_add(by, Ordering::Relaxed);
        }
    }
}
