//! Running a compiled list: calls resolved for the registers of this run, grouped into phases, shared by the thread team.
//! What did not change since the last run is kept, and nothing is allocated by a run that is like the one before.

use crate::buffer::{freed_so_far, Buffer};
use crate::call::{Call, Look, Row};
use crate::error::{KernelError, Reason, Refusal};
use crate::phases::{Phases, Work};
use crate::program::Program;
use crate::team::{Job, Team};
use crate::tier::Tier;
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
    pub fn compile(words: &[f64], tier: Tier, find: &dyn Fn(f64) -> Option<Arc<Buffer>>) -> Result<List, Refusal> {
        Ok(List { program: Program::decode(words, tier, find)?, run: Mutex::new(None), poisoned: AtomicBool::new(false) })
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
        let ready = Arc::get_mut(&mut run)
            .map_or(Err(Refusal::of(0, KernelError::Panic)), |run| run.prepare(&self.program, registers, threads, control));
        if ready.is_ok() {
            if !run.phases.is_empty() {
                TEAM.run(run.clone());
            }
            if run.walk.failure().is_none() {
                control.report(self.program.commands.len());
            }
        }
        let failure = run.refusal();
        *slot = Some(run);
        ready?;
        failure.map_or(Ok(()), |refusal| {
            self.poisoned.store(refusal.error == KernelError::Panic, Ordering::Release);
            Err(refusal)
        })
    }

    pub fn len(&self) -> usize {
        self.program.commands.len()
    }

    pub fn is_empty(&self) -> bool {
        self.program.commands.is_empty()
    }
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
    freed: u64,
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
            freed: u64::MAX,
            control: Control::NONE,
        }
    }
}

// SAFETY: each thread uses its own stride of the scratch; calls are as Call says; the control words are touched only while a phase is open.
unsafe impl Sync for Run {}
unsafe impl Send for Run {}

impl Run {
    fn prepare(&mut self, program: &Program, registers: &[f64], threads: usize, control: Control) -> Result<(), Refusal> {
        self.walk = Phases::default();
        self.phases.clear();
        self.control = control;
        self.check_freed(program)?;
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

    fn check_freed(&mut self, program: &Program) -> Result<(), Refusal> {
        let freed = freed_so_far();
        if freed == self.freed {
            return Ok(());
        }
        for (at, command) in program.commands.iter().enumerate() {
            if let Some(operand) = command.places.iter().position(|place| place.buffer.is_freed()) {
                return Err(Refusal::program(at, Reason::Freed, operand as f64, command.places.len() as f64));
            }
        }
        self.freed = freed;
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
