//! Programs and their execution: decoding and checking a command list, resolving registers, grouping commands into phases for the team.
//! Knows buffers only as reference-counted memory; handles belong to the binding.

use crate::buffer::Buffer;
use crate::call::{Call, Element, Operand, Row};
use crate::error::KernelError;
use crate::team::{Control, Team, Work};
use crate::tier::Tier;
use std::cell::UnsafeCell;
use std::sync::Arc;

static TEAM: Team = Team::new();

/// All rows of the table, in the order of their wire index.
pub fn table() -> impl Iterator<Item = &'static Row> {
    use crate::{activation, attention, linear, scoring};
    [activation::ROWS_OF_FAMILY, attention::ROWS_OF_FAMILY, linear::ROWS_OF_FAMILY, scoring::ROWS_OF_FAMILY].into_iter().flatten()
}

#[derive(Clone, Copy)]
enum Scalar {
    Literal(f64),
    Register(usize),
}

struct Place {
    buffer: Arc<Buffer>,
    offset: usize,
    element: Element,
}

struct Command {
    row: &'static Row,
    barrier: bool,
    places: Vec<Place>,
    scalars: Vec<Scalar>,
}

/// A compiled list.
pub struct List {
    commands: Vec<Command>,
    tier: Tier,
    registers: usize,
}

/// A refusal with the command it concerns.
pub type Refusal = (usize, KernelError);

struct Reader<'a> {
    words: &'a [f64],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self, command: usize) -> Result<f64, Refusal> {
        let word = *self.words.get(self.at).ok_or((command, KernelError::Program { value: self.at as f64, limit: self.words.len() as f64 }))?;
        self.at += 1;
        Ok(word)
    }

    /// A whole number in [0, limit).
    fn index(&mut self, command: usize, limit: usize) -> Result<usize, Refusal> {
        let word = self.next(command)?;
        if word >= 0.0 && word < limit as f64 && word.fract() == 0.0 {
            Ok(word as usize)
        } else {
            Err((command, KernelError::Program { value: word, limit: limit as f64 }))
        }
    }
}

/// Operand types of a signature, in order: `x:f32,keys:f32|bf16`.
fn operand_types(signature: &str) -> Vec<&str> {
    let inside = &signature[signature.find('(').map_or(0, |i| i + 1)..signature.len() - 1];
    inside.split(';').take(3).flat_map(|group| group.split(',')).filter_map(|operand| operand.split_once(':')).map(|(_, types)| types).collect()
}

fn scalar_count(signature: &str) -> usize {
    let inside = &signature[signature.find('(').map_or(0, |i| i + 1)..signature.len() - 1];
    inside.split(';').skip(3).flat_map(|group| group.split(',')).filter(|name| !name.is_empty()).count()
}

impl List {
    /// Decodes a program (wire format: version 1, count, then each command) and checks what literals tell.
    pub fn compile(program: &[f64], tier: Tier, find: &dyn Fn(f64) -> Option<Arc<Buffer>>) -> Result<List, Refusal> {
        let rows: Vec<&'static Row> = table().collect();
        let mut reader = Reader { words: program, at: 0 };
        if reader.next(0)? != 1.0 {
            return Err((0, KernelError::Program { value: program[0], limit: 1.0 }));
        }
        let count = reader.index(0, 1 << 20)?;
        let mut list = List { commands: Vec::new(), tier, registers: 0 };
        for at in 0..count {
            let row = rows[reader.index(at, rows.len())?];
            let barrier = reader.index(at, 2)? == 1;
            let types = operand_types(row.signature);
            let mut places = Vec::with_capacity(types.len());
            if reader.index(at, 64)? != types.len() {
                return Err((at, KernelError::Program { value: -1.0, limit: types.len() as f64 }));
            }
            for accepted in types {
                let handle = reader.next(at)?;
                let buffer = find(handle).ok_or((at, KernelError::Program { value: handle, limit: 0.0 }))?;
                let offset = reader.index(at, 1 << 48)?;
                let code = reader.next(at)?;
                let element = Element::from_code(code).filter(|e| accepted.split('|').any(|name| name == e.name()));
                let element = element.ok_or((at, KernelError::Program { value: code, limit: 3.0 }))?;
                places.push(Place { buffer, offset, element });
            }
            let expected = scalar_count(row.signature);
            if reader.index(at, 64)? != expected {
                return Err((at, KernelError::Program { value: -2.0, limit: expected as f64 }));
            }
            let mut scalars = Vec::with_capacity(expected);
            for _ in 0..expected {
                if reader.index(at, 2)? == 0 {
                    scalars.push(Scalar::Literal(reader.next(at)?));
                } else {
                    let register = reader.index(at, 256)?;
                    list.registers = list.registers.max(register + 1);
                    scalars.push(Scalar::Register(register));
                }
            }
            let command = Command { row, barrier, places, scalars };
            if command.scalars.iter().all(|s| matches!(s, Scalar::Literal(_))) {
                command.resolve(at, &[], tier, 1)?;
            }
            list.commands.push(command);
        }
        Ok(list)
    }

    /// Runs the list on `threads` threads. Registers that the list names must be there.
    pub fn execute(&self, registers: &[f64], threads: usize, control: Control) -> Result<(), Refusal> {
        if registers.len() < self.registers {
            return Err((0, KernelError::Program { value: registers.len() as f64, limit: self.registers as f64 }));
        }
        let mut calls = Vec::with_capacity(self.commands.len());
        let mut phases: Vec<(usize, usize)> = Vec::with_capacity(self.commands.len());
        let mut scratch = 0;
        for (at, command) in self.commands.iter().enumerate() {
            let call = command.resolve(at, registers, self.tier, threads)?;
            let tiles = (command.row.tiles)(&call);
            scratch = scratch.max((command.row.scratch)(&call));
            calls.push((command.row, call, tiles));
            match phases.last_mut() {
                Some(phase) if !command.barrier => phase.1 = at + 1,
                _ => phases.push((at, at + 1)),
            }
        }
        let stride = scratch.div_ceil(64) * 64;
        let memory = Buffer::new((stride * threads).max(64)).ok_or((0, KernelError::Numeric { value: scratch as f64, limit: 0.0 }))?;
        let run = Arc::new(Run { calls, phases, scratch: UnsafeCell::new(memory), stride });
        TEAM.run(run.clone(), threads, control).map_err(|(phase, error)| {
            let at = if error == KernelError::Cancelled { 0 } else { run.phases[phase & 0xffff_ffff].0 + (phase >> 32) };
            (at, error)
        })
    }

    pub fn len(&self) -> usize {
        self.commands.len()
    }

    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }
}

impl Command {
    // Every operand must hold what the scalars ask for, before anything runs.
    fn resolve(&self, at: usize, registers: &[f64], tier: Tier, threads: usize) -> Result<Call, Refusal> {
        let scalars: Vec<f64> = self
            .scalars
            .iter()
            .map(|scalar| match scalar {
                Scalar::Literal(value) => *value,
                Scalar::Register(index) => registers[*index],
            })
            .collect();
        (self.row.check)(&scalars).map_err(|error| (at, error))?;
        let extents = (self.row.extents)(&scalars);
        let mut operands = Vec::with_capacity(self.places.len());
        for (place, needed) in self.places.iter().zip(extents) {
            let held = (place.buffer.len() / place.element.bytes()).saturating_sub(place.offset);
            if !(needed >= 0.0 && needed <= held as f64) || place.buffer.is_freed() {
                return Err((at, KernelError::Program { value: needed, limit: held as f64 }));
            }
            // SAFETY: the offset lies inside the buffer, as just checked.
            let pointer = unsafe { place.buffer.pointer().add(place.offset * place.element.bytes()) };
            operands.push(Operand { pointer, length: needed as usize, element: place.element });
        }
        Ok(Call { operands, scalars, tier, threads })
    }
}

struct Run {
    calls: Vec<(&'static Row, Call, usize)>,
    phases: Vec<(usize, usize)>,
    scratch: UnsafeCell<Buffer>,
    stride: usize,
}

// SAFETY: each thread uses its own stride of the scratch; calls are as Call says.
unsafe impl Sync for Run {}
unsafe impl Send for Run {}

impl Work for Run {
    fn phases(&self) -> usize {
        self.phases.len()
    }

    fn tiles(&self, phase: usize) -> usize {
        let (first, end) = self.phases[phase];
        self.calls[first..end].iter().map(|(_, _, tiles)| tiles).sum()
    }

    fn run(&self, phase: usize, mut tile: usize, thread: usize) -> Result<(), KernelError> {
        let (first, end) = self.phases[phase];
        for (row, call, tiles) in &self.calls[first..end] {
            if tile < *tiles {
                // SAFETY: this thread's own stride.
                let scratch = unsafe { std::slice::from_raw_parts_mut((*self.scratch.get()).pointer().add(thread * self.stride), self.stride) };
                return (row.run)(call, tile, scratch);
            }
            tile -= tiles;
        }
        Ok(())
    }
}

/// What a list calls the command at an index.
pub fn name_of(list: &List, at: usize) -> &'static str {
    list.commands.get(at).map_or("", |command| command.row.name)
}
