//! One thread team a process: the calling thread leads, helpers join. Knows nothing of what the work is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Work that any number of threads can join, at any time: one that comes too late finds nothing to do.
pub trait Job: Send + Sync {
    /// Threads that may take part, the leader included.
    fn threads(&self) -> usize;
    fn walk(&self, thread: usize);
}

/// A helper looks for the next job this long before it sleeps: the steps of a generation follow each other within this.
const AWAKE: Duration = Duration::from_micros(600);

#[derive(Default)]
struct Board {
    job: Option<Arc<dyn Job>>,
    ticket: u64,
    helpers: usize,
    asleep: usize,
}

/// The team of the process.
pub struct Team {
    board: Mutex<Board>,
    changed: Condvar,
    latest: AtomicU64,
    turn: Mutex<()>,
}

impl Default for Team {
    fn default() -> Team {
        Team::new()
    }
}

impl Team {
    pub const fn new() -> Team {
        Team {
            board: Mutex::new(Board { job: None, ticket: 0, helpers: 0, asleep: 0 }),
            changed: Condvar::new(),
            latest: AtomicU64::new(0),
            turn: Mutex::new(()),
        }
    }

    /// Runs a job on the calling thread and its helpers. One job at a time; callers take turns.
    pub fn run(&'static self, job: Arc<dyn Job>) {
        let _turn = self.turn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let helpers = job.threads().saturating_sub(1);
        if helpers == 0 {
            return job.walk(0);
        }
        self.announce(job.clone(), helpers);
        job.walk(0);
        self.board().job = None;
    }

    /// Runs work of the calling thread alone, between jobs: it sees the memory of no job half done.
    pub fn alone<T>(&'static self, work: impl FnOnce() -> T) -> T {
        let _turn = self.turn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        work()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn announce(&'static self, job: Arc<dyn Job>, helpers: usize) {
        let mut board = self.board();
        while board.helpers < helpers {
            let thread = board.helpers + 1;
            // Without the thread the work is done by those that are there.
            if std::thread::Builder::new().name(format!("inkstone-{thread}")).spawn(move || self.help(thread)).is_err() {
                break;
            }
            board.helpers = thread;
        }
        board.job = Some(job);
        board.ticket += 1;
        self.latest.store(board.ticket, Ordering::Release);
        if board.asleep > 0 {
            self.changed.notify_all();
        }
    }

    fn help(&self, thread: usize) {
        let mut seen = 0;
        loop {
            self.watch(seen);
            let job = {
                let mut board = self.board();
                while board.ticket == seen {
                    board.asleep += 1;
                    board = self.changed.wait(board).unwrap_or_else(|poisoned| poisoned.into_inner());
                    board.asleep -= 1;
                }
                seen = board.ticket;
                board.job.clone()
            };
            if let Some(job) = job.filter(|job| thread < job.threads()) {
                job.walk(thread);
            }
        }
    }

    // Looks for a new ticket for a while, without the lock.
    fn watch(&self, seen: u64) {
        let begin = Instant::now();
        while begin.elapsed() < AWAKE {
            for _ in 0..64 {
                if self.latest.load(Ordering::Acquire) != seen {
                    return;
                }
                std::hint::spin_loop();
            }
            std::thread::yield_now();
        }
    }
}
