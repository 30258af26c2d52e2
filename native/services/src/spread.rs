//! Spreads pieces of work over threads. Which thread does which piece must not matter: each writes to its own place. Knows no work.

use crate::{Control, ServiceError};
use std::sync::Mutex;

/// Calls `work` for every piece, on as many threads as the control says. The first refusal ends all.
pub fn spread<T: Send>(
    control: &Control<'_>,
    pieces: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<(), ServiceError> + Sync,
) -> Result<(), ServiceError> {
    let pieces = Mutex::new(pieces);
    let walk = || -> Result<(), ServiceError> {
        loop {
            control.look()?;
            let next = pieces.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
            let Some(piece) = next else { return Ok(()) };
            work(piece)?;
        }
    };
    std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..control.threads.max(1)).map(|_| scope.spawn(walk)).collect();
        let mut result = walk();
        for helper in helpers {
            match helper.join() {
                Ok(ended) => result = result.and(ended),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        result
    })
}
