//! How threads share a list: phases in order, the tiles of a phase to whoever is free.
//! A phase ends when its finished tiles are all its tiles, not when all threads have arrived: a helper that the system has put aside,
//! or that comes late, holds nobody up and finds nothing left to claim.

use crate::call::Look;
use crate::error::KernelError;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::Mutex;

/// What is shared. No phase is without tiles.
pub trait Work: Sync {
    fn phases(&self) -> usize;
    fn tiles(&self, phase: usize) -> u32;
    fn run(&self, phase: usize, tile: u32, thread: usize) -> Result<(), KernelError>;
    /// All tiles of the phase are finished. Called by one thread.
    fn done(&self, phase: usize);
}

/// A tile that failed.
#[derive(Clone, Copy)]
pub struct Failure {
    pub phase: usize,
    pub tile: u32,
    pub error: KernelError,
}

#[repr(align(128))]
#[derive(Default)]
struct Alone<T>(T);

/// Progress of one run. The claim word is phase · 2^32 + next tile.
#[derive(Default)]
pub struct Phases {
    claim: Alone<AtomicU64>,
    finished: Alone<AtomicU32>,
    stopped: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

impl Phases {
    /// Works until the last phase is over, or one has failed. Called by every thread that takes part, at any time.
    pub fn walk(&self, work: &impl Work, thread: usize, look: Look) {
        let end = work.phases();
        let mut waited = 0;
        loop {
            let seen = self.claim.0.load(Ordering::Acquire);
            let (phase, tile) = ((seen >> 32) as usize, seen as u32);
            if phase >= end {
                return;
            }
            let tiles = work.tiles(phase);
            if tile >= tiles {
                wait(&mut waited);
                continue;
            }
            if self.claim.0.compare_exchange(seen, seen + 1, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                continue;
            }
            waited = 0;
            self.tile(work, phase, tile, thread, look);
            if self.finished.0.fetch_add(1, Ordering::AcqRel) + 1 == tiles {
                self.advance(work, phase, end);
            }
        }
    }

    /// The failure of the smallest tile, if any failed. For the leader, after its walk.
    pub fn failure(&self) -> Option<Failure> {
        *self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    // After a failure the tiles left are claimed but not run, so that the phase ends when the last running one does.
    fn tile(&self, work: &impl Work, phase: usize, tile: u32, thread: usize, look: Look) {
        if self.stopped.load(Ordering::Acquire) {
            return;
        }
        if look.cancelled() {
            return self.stop(Failure { phase, tile, error: KernelError::Cancelled });
        }
        match catch_unwind(AssertUnwindSafe(|| work.run(phase, tile, thread))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.stop(Failure { phase, tile, error }),
            Err(payload) => {
                // A payload whose drop panics must not take the thread down.
                std::mem::forget(payload);
                self.stop(Failure { phase, tile, error: KernelError::Panic });
            }
        }
    }

    // The thread that finished the last tile is alone here: nothing of this phase is left to claim, and the next is not yet open.
    fn advance(&self, work: &impl Work, phase: usize, end: usize) {
        self.finished.0.store(0, Ordering::Relaxed);
        let next = if self.stopped.load(Ordering::Acquire) {
            end
        } else {
            work.done(phase);
            phase + 1
        };
        self.claim.0.store((next as u64) << 32, Ordering::Release);
    }

    fn stop(&self, failure: Failure) {
        let mut first = self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if first.is_none_or(|other| failure.tile < other.tile) {
            *first = Some(failure);
        }
        self.stopped.store(true, Ordering::Release);
    }
}

// A phase of a decode step takes microseconds: a moment of spinning, then the processor is offered to others.
fn wait(waited: &mut u32) {
    *waited += 1;
    if *waited < 256 {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting {
        tiles: Vec<u32>,
        seen: Vec<AtomicU32>,
        fails: Option<(usize, u32)>,
    }

    impl Work for Counting {
        fn phases(&self) -> usize {
            self.tiles.len()
        }
        fn tiles(&self, phase: usize) -> u32 {
            self.tiles[phase]
        }
        fn run(&self, phase: usize, tile: u32, _: usize) -> Result<(), KernelError> {
            // Everything of the phase before is finished.
            assert!(phase == 0 || self.seen[phase - 1].load(Ordering::Relaxed) == self.tiles[phase - 1]);
            if self.fails == Some((phase, tile)) {
                panic!("asked for");
            }
            self.seen[phase].fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        fn done(&self, _: usize) {}
    }

    fn walk(work: &Counting, threads: usize) -> Phases {
        let phases = Phases::default();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let phases = &phases;
                scope.spawn(move || phases.walk(work, thread, Look(std::ptr::null())));
            }
        });
        phases
    }

    fn counting(fails: Option<(usize, u32)>) -> Counting {
        let tiles: Vec<u32> = (0..500).map(|i| 1 + i % 7).collect();
        let seen = tiles.iter().map(|_| AtomicU32::new(0)).collect();
        Counting { tiles, seen, fails }
    }

    #[test]
    fn every_tile_runs_once_and_after_the_phase_before() {
        for threads in [1, 2, 3] {
            let work = counting(None);
            assert!(walk(&work, threads).failure().is_none());
            assert!(work.seen.iter().zip(&work.tiles).all(|(seen, tiles)| seen.load(Ordering::Relaxed) == *tiles));
        }
    }

    #[test]
    fn a_panic_ends_the_walk_of_every_thread_and_later_phases_do_not_run() {
        let work = counting(Some((300, 2)));
        let failure = walk(&work, 3).failure().expect("a failure");
        assert_eq!((failure.phase, failure.tile, failure.error), (300, 2, KernelError::Panic));
        assert_eq!(work.seen[301].load(Ordering::Relaxed), 0);
    }
}
