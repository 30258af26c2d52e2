//! Running a compiled list: calls resolved for the registers of this run, grouped into phases, shared by the thread team.
//! What did not change since the last run is kept. The memory of a list is its owner's affair: it must be there as long as the list may run.

use crate::buffer::Buffer;
use crate::call::{Call, Look, Row};
use crate::error::{KernelError, Reason, Refusal};
use crate::phases::{Phases, Work};
use crate::program::{Command, Program};
use crate::team::{Job, Team};
use crate::tier::Tier;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

static TEAM: Team = Team::new();

/// Shared words of a control block: cancel and progress. Null without one.
#[derive(Clone, Copy)]
pub struct Control {
    pub cancel: *const AtomicI32,
    pub progress: *const AtomicI32,
}

impl Control {
    pub const NONE: Control = Control { cancel: std::ptr::null(), progress: std::ptr::null() };

    fn report(&self, commands: usize) {
        if !self.progress.is_null() {
            // SAFETY: the word outlives the execution; called only during it.
            unsafe { (*self.progress).store(commands as i32, Ordering::Relaxed) }
        }
    }
}

/// A compiled list.
pub struct List {
    program: Program,
    run: Mutex<Option<Arc<Run>>>,
    poisoned: AtomicBool,
}

impl List {
    /// Decodes and checks a program.
    pub fn compile(words: &[f64], tier: Tier) -> Result<List, Refusal> {
        Ok(List { program: Program::decode(words, tier)?, run: Mutex::new(None), poisoned: AtomicBool::new(false) })
    }

    /// Runs the list on `threads` threads. Registers that the list names must be there. After a panic the list refuses to run again.
    pub fn execute(&self, registers: &[f64], threads: usize, control: Control) -> Result<(), Refusal> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Refusal::program(0, Reason::Poisoned, 0.0, 0.0));
        }
        if registers.len() < self.program.registers {
            return Err(Refusal::program(0, Reason::Register, registers.len() as f64, self.program.registers as f64));
        }
        let mut slot = self.run.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // A helper that was put aside may still hold the last run: then this one gets memory of its own.
        let mut run = slot.take().filter(|run| Arc::strong_count(run) == 1).unwrap_or_default();
        // What a kernel says of its tiles and scratch is its own code, too: a panic there is a refusal like one in a tile.
        let prepare = || match Arc::get_mut(&mut run) {
            Some(run) => run.prepare(&self.program, registers, threads, control),
            None => Err(Refusal::of(0, KernelError::Panic)),
        };
        let ready = caught(prepare);
        if ready.is_ok() {
            if !run.phases.is_empty() {
                TEAM.run(run.clone());
            }
            if run.walk.failure().is_none() {
                control.report(self.program.commands.len());
            }
        }
        let result = ready.and_then(|()| run.refusal().map_or(Ok(()), Err));
        *slot = Some(run);
        if result.is_err_and(|refusal| refusal.error == KernelError::Panic) {
            self.poisoned.store(true, Ordering::Release);
        }
        result
    }

    pub fn len(&self) -> usize {
        self.program.commands.len()
    }

    pub fn is_empty(&self) -> bool {
        self.program.commands.is_empty()
    }
}

thread_local! {
    /// Scratch of commands that run alone, kept from one to the next.
    static SCRATCH: RefCell<Option<Buffer>> = const { RefCell::new(None) };
}

/// Most scratch that a thread keeps for commands that run alone.
const KEPT: usize = 4 << 20;

/// Runs one command that is no part of a list: nothing is kept of it. `words`: a program of one command without registers.
pub fn once(words: &[f64], tier: Tier, threads: usize) -> Result<(), Refusal> {
    let command = Command::single(words)?;
    let row = command.shape.row;
    let prepare = || -> Result<(Call, usize, usize), Refusal> {
        let call = command.resolve(0, &[], tier, threads)?;
        let (tiles, scratch) = ((row.tiles)(&call), (row.scratch)(&call));
        Ok((call, tiles, scratch))
    };
    let (call, tiles, scratch) = caught(prepare)?;
    if tiles > 1 && threads > 1 {
        return together(Prepared { row, call, tiles: tiles.min(u32::MAX as usize / 2) as u32 }, threads);
    }
    SCRATCH.with_borrow_mut(|kept| {
        if scratch > 0 && kept.as_ref().is_none_or(|buffer| buffer.len() < scratch) {
            *kept = Some(Buffer::new(scratch, false).ok_or(Refusal::of(0, KernelError::Memory { bytes: scratch as f64 }))?);
        }
        let space = kept.as_ref().filter(|_| scratch > 0).map_or(&mut [][..], |buffer| {
            // SAFETY: this thread's own buffer, of at least that length, used by this call alone.
            unsafe { std::slice::from_raw_parts_mut(buffer.pointer(), scratch) }
        });
        let result =
            TEAM.alone(|| caught(|| (0..tiles).try_for_each(|tile| (row.run)(&call, tile, space)).map_err(|error| Refusal::of(0, error))));
        if scratch > KEPT {
            *kept = None;
        }
        result
    })
}

fn together(prepared: Prepared, threads: usize) -> Result<(), Refusal> {
    let mut run = Run { threads: threads.min(prepared.tiles as usize), ..Run::default() };
    run.phases.push(Phase { first: 0, end: 1, tiles: prepared.tiles });
    run.prepared.push(prepared);
    run.make_scratch(threads)?;
    let run = Arc::new(run);
    TEAM.run(run.clone());
    run.refusal().map_or(Ok(()), Err)
}

fn caught<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        // A payload whose drop panics must not take the thread down.
        std::mem::forget(payload);
        Err(Refusal::of(0, KernelError::Panic))
    })
}

struct Prepared {
    row: &'static Row,
    call: Call,
    tiles: u32,
}

struct Phase {
    first: usize,
    end: usize,
    tiles: u32,
}

/// One run of a list, and what the next one can keep of it.
struct Run {
    prepared: Vec<Prepared>,
    phases: Vec<Phase>,
    walk: Phases,
    scratch: Option<Buffer>,
    stride: usize,
    threads: usize,
    control: Control,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            prepared: Vec::new(),
            phases: Vec::new(),
            walk: Phases::default(),
            scratch: None,
            stride: 0,
            threads: 0,
            control: Control::NONE,
        }
    }
}

// SAFETY: each thread uses its own stride of the scratch; calls are as Call says; the control words are touched only while a phase is open.
unsafe impl Sync for Run {}
// SAFETY: as above.
unsafe impl Send for Run {}

impl Run {
    fn prepare(&mut self, program: &Program, registers: &[f64], threads: usize, control: Control) -> Result<(), Refusal> {
        self.walk = Phases::default();
        self.phases.clear();
        self.control = control;
        self.resolve(program, registers, threads)?;
        self.make_scratch(threads)?;
        let mut most = 0;
        for (at, (command, prepared)) in program.commands.iter().zip(&self.prepared).enumerate() {
            match self.phases.last_mut() {
                Some(phase) if !command.barrier => (phase.end, phase.tiles) = (at + 1, phase.tiles + prepared.tiles),
                Some(phase) if phase.tiles == 0 => *phase = Phase { first: at, end: at + 1, tiles: prepared.tiles },
                _ => self.phases.push(Phase { first: at, end: at + 1, tiles: prepared.tiles }),
            }
            most = most.max(self.phases.last().map_or(0, |phase| phase.tiles));
        }
        self.phases.retain(|phase| phase.tiles > 0);
        // Where no phase has work for two, nobody is woken.
        self.threads = threads.min(most as usize).max(1);
        Ok(())
    }

    // Calls whose registers are as they were are kept.
    fn resolve(&mut self, program: &Program, registers: &[f64], threads: usize) -> Result<(), Refusal> {
        let look = Look(self.control.cancel);
        for (at, command) in program.commands.iter().enumerate() {
            if let Some(prepared) = self.prepared.get_mut(at) {
                if prepared.call.threads == threads && (!command.has_registers() || command.values(registers) == prepared.call.scalars) {
                    prepared.call.look = look;
                    continue;
                }
            }
            let row = command.shape.row;
            let mut call = command.resolve(at, registers, program.tier, threads)?;
            call.look = look;
            let tiles = (row.tiles)(&call).min(u32::MAX as usize / 2) as u32;
            let prepared = Prepared { row, call, tiles };
            match self.prepared.get_mut(at) {
                Some(slot) => *slot = prepared,
                None => self.prepared.push(prepared),
            }
        }
        Ok(())
    }

    fn make_scratch(&mut self, threads: usize) -> Result<(), Refusal> {
        let needed = self.prepared.iter().map(|prepared| (prepared.row.scratch)(&prepared.call)).max().unwrap_or(0).div_ceil(128) * 128;
        if self.scratch.as_ref().is_none_or(|buffer| buffer.len() < needed * threads) {
            let bytes = needed * threads;
            self.scratch = Some(Buffer::new(bytes, false).ok_or(Refusal::of(0, KernelError::Memory { bytes: bytes as f64 }))?);
        }
        self.stride = needed;
        Ok(())
    }

    // The command and its tile that a tile of a phase is.
    fn locate(&self, phase: usize, tile: u32) -> (usize, u32) {
        let Phase { first, end, .. } = self.phases[phase];
        let mut left = tile;
        for at in first..end {
            if left < self.prepared[at].tiles {
                return (at, left);
            }
            left -= self.prepared[at].tiles;
        }
        (end - 1, left)
    }

    fn refusal(&self) -> Option<Refusal> {
        self.walk.failure().map(|failure| Refusal::of(self.locate(failure.phase, failure.tile).0, failure.error))
    }
}

impl Work for Run {
    fn phases(&self) -> usize {
        self.phases.len()
    }

    fn tiles(&self, phase: usize) -> u32 {
        self.phases[phase].tiles
    }

    fn run(&self, phase: usize, tile: u32, thread: usize) -> Result<(), KernelError> {
        let (at, tile) = self.locate(phase, tile);
        let Prepared { row, call, .. } = &self.prepared[at];
        let scratch = self.scratch.as_ref().map_or(&mut [][..], |buffer| {
            // SAFETY: this thread's own stride of a buffer that holds one for every thread.
            unsafe { std::slice::from_raw_parts_mut(buffer.pointer().add(thread * self.stride), self.stride) }
        });
        (row.run)(call, tile as usize, scratch)
    }

    fn done(&self, phase: usize) {
        self.control.report(self.phases[phase].end);
    }
}

impl Job for Run {
    fn threads(&self) -> usize {
        self.threads
    }

    fn walk(&self, thread: usize) {
        self.walk.walk(self, thread, Look(self.control.cancel));
    }
}
