//! One thread team a process. The leader and its helpers walk the same list of phases; whoever is free claims the next tile.
//! A phase ends when its finished tiles are all tiles, not when all threads have arrived, so a helper that the system has put aside never holds the leader up.

use crate::error::KernelError;
use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What a job does: `run(phase, tile, thread)`.
pub trait Work: Send + Sync {
    fn phases(&self) -> usize;
    fn tiles(&self, phase: usize) -> usize;
    fn run(&self, phase: usize, tile: usize, thread: usize) -> Result<(), KernelError>;
}

/// Shared words of a control block: cancel and progress.
#[derive(Clone, Copy)]
pub struct Control(pub Option<(*const AtomicI32, *const AtomicI32)>);
// SAFETY: the words live in shared memory that outlives the call to `Team::run`; helpers never touch them.
unsafe impl Send for Control {}
unsafe impl Sync for Control {}

impl Control {
    pub fn cancelled(&self) -> bool {
        // SAFETY: see above.
        self.0.is_some_and(|(cancel, _)| unsafe { (*cancel).load(Ordering::Relaxed) != 0 })
    }

    fn progress(&self, phase: usize) {
        if let Some((_, progress)) = self.0 {
            // SAFETY: see above.
            unsafe { (*progress).store(phase as i32, Ordering::Relaxed) }
        }
    }
}

struct Job {
    work: Arc<dyn Work>,
    next: Vec<AtomicU32>,
    finished: Vec<AtomicU32>,
    stopped: AtomicU32,
    failure: Mutex<Option<(usize, KernelError)>>,
    inside: AtomicUsize,
}

impl Job {
    fn stop(&self, phase: usize, error: KernelError) {
        let mut failure = self.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if failure.is_none() {
            *failure = Some((phase, error));
        }
        self.stopped.store(1, Ordering::Release);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire) != 0
    }

    fn walk(&self, thread: usize, control: &Control) {
        for phase in 0..self.work.phases() {
            let tiles = self.work.tiles(phase) as u32;
            loop {
                if self.is_stopped() {
                    return;
                }
                if control.cancelled() {
                    self.stop(phase, KernelError::Cancelled);
                    return;
                }
                // Looking first keeps a late thread from running the counter up.
                if self.next[phase].load(Ordering::Relaxed) >= tiles {
                    break;
                }
                let tile = self.next[phase].fetch_add(1, Ordering::Relaxed);
                if tile >= tiles {
                    break;
                }
                match catch_unwind(AssertUnwindSafe(|| self.work.run(phase, tile as usize, thread))) {
                    Ok(Ok(())) => {
                        self.finished[phase].fetch_add(1, Ordering::Release);
                    }
                    Ok(Err(error)) => self.stop(phase, error),
                    Err(payload) => {
                        forget_payload(payload);
                        self.stop(phase, KernelError::Panic);
                    }
                }
            }
            let mut spins = 0u32;
            while self.finished[phase].load(Ordering::Acquire) < tiles {
                if self.is_stopped() {
                    return;
                }
                spins += 1;
                if spins % 64 == 0 && control.cancelled() {
                    self.stop(phase, KernelError::Cancelled);
                    return;
                }
                if spins < 4096 {
                    std::hint::spin_loop();
                } else {
                    std::thread::yield_now();
                }
            }
            control.progress(phase + 1);
        }
    }
}

// A payload whose drop panics must not take the thread down.
fn forget_payload(payload: Box<dyn Any + Send>) {
    std::mem::forget(payload);
}

#[derive(Default)]
struct Board {
    job: Option<Arc<Job>>,
    ticket: u64,
    helpers: usize,
}

/// The team of the process.
pub struct Team {
    board: Mutex<Board>,
    changed: Condvar,
    latest: AtomicU64,
    turn: Mutex<()>,
}

impl Team {
    pub const fn new() -> Team {
        Team {
            board: Mutex::new(Board { job: None, ticket: 0, helpers: 0 }),
            changed: Condvar::new(),
            latest: AtomicU64::new(0),
            turn: Mutex::new(()),
        }
    }

    /// Runs a job on the calling thread and `threads - 1` helpers. One job at a time; callers take turns.
    /// Returns after every thread that touched the job has left it.
    pub fn run(&'static self, work: Arc<dyn Work>, threads: usize, control: Control) -> Result<(), (usize, KernelError)> {
        let _turn = self.turn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let phases = work.phases();
        let job = Arc::new(Job {
            work,
            next: (0..phases).map(|_| AtomicU32::new(0)).collect(),
            finished: (0..phases).map(|_| AtomicU32::new(0)).collect(),
            stopped: AtomicU32::new(0),
            failure: Mutex::new(None),
            inside: AtomicUsize::new(0),
        });
        if threads > 1 {
            self.announce(&job, threads - 1);
        }
        job.walk(0, &control);
        if threads > 1 {
            self.withdraw();
            // A helper may still be inside a tile of a stopped job: its buffers must stay until it has left.
            while job.inside.load(Ordering::Acquire) > 0 {
                std::thread::yield_now();
            }
        }
        let failure = *job.failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        failure.map_or(Ok(()), Err)
    }

    fn announce(&'static self, job: &Arc<Job>, helpers: usize) {
        let mut board = self.board.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while board.helpers < helpers {
            board.helpers += 1;
            let thread = board.helpers;
            let spawned = std::thread::Builder::new().name(format!("inkstone-{thread}")).spawn(move || self.help(thread));
            if spawned.is_err() {
                board.helpers -= 1;
                break;
            }
        }
        board.job = Some(job.clone());
        board.ticket += 1;
        self.latest.store(board.ticket, Ordering::Release);
        self.changed.notify_all();
    }

    fn withdraw(&self) {
        self.board.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).job = None;
    }

    // Helpers spin a little for the next job (a decode step follows the last within microseconds), then sleep.
    fn help(&self, thread: usize) {
        let mut seen = 0;
        loop {
            for _ in 0..20_000 {
                if self.latest.load(Ordering::Acquire) != seen {
                    break;
                }
                std::hint::spin_loop();
            }
            let job = {
                let mut board = self.board.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                while board.ticket == seen {
                    board = self.changed.wait(board).unwrap_or_else(|poisoned| poisoned.into_inner());
                }
                seen = board.ticket;
                let job = board.job.clone();
                if let Some(job) = &job {
                    job.inside.fetch_add(1, Ordering::AcqRel);
                }
                job
            };
            if let Some(job) = job {
                job.walk(thread, &Control(None));
                job.inside.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }
}
