//! Programs: decoding and checking a command list. Knows memory by address and length; who owns it is the caller's affair.

use crate::call::{Call, Element, Look, Operand, Row, OPERANDS, SCALARS};
use crate::error::{Reason, Refusal};
use crate::tier::Tier;
use crate::{
    activation, arrange, attention, blocks, embed, flash, linear, loss, matmul, normalize, optimize, pointwise, recurrent, reduce, scoring,
    select, window,
};
use std::sync::LazyLock;

/// Version of the wire format.
const VERSION: f64 = 2.0;
const MOST_COMMANDS: usize = 1 << 20;
const MOST_REGISTERS: usize = 256;
/// Integers up to here are exact in an f64.
const MOST: f64 = 9_007_199_254_740_991.0;
/// Sizes that do not count anything.
const FRACTIONS: [&str; 25] = [
    "ahead",
    "epsilon",
    "scale",
    "softcap",
    "milliseconds",
    "value",
    "rate",
    "alpha",
    "beta",
    "beta1",
    "beta2",
    "learningRate",
    "weightDecay",
    "momentum",
    "smoothing",
    "temperature",
    "correction1",
    "correction2",
    "slope",
    "rho",
    "margin",
    "delta",
    "decay",
    "maxNorm",
    "dampening",
];

/// A row with its signature taken apart.
pub struct Shape {
    pub row: &'static Row,
    operands: Vec<Vec<&'static str>>,
    /// Operands from here on are written.
    written: usize,
    /// Pairs that may lie on top of each other.
    aliases: Vec<(usize, usize)>,
    counts: Vec<bool>,
}

impl Shape {
    /// Kernels take what they read and what they write as separate memory: what is written overlaps nothing, but for pairs that the row names.
    fn apart(&self, at: usize, operands: &[Operand]) -> Result<(), Refusal> {
        let range = |operand: &Operand| {
            let start = operand.pointer as usize;
            start..start + operand.length * operand.element.bytes()
        };
        for (i, written) in operands.iter().enumerate().skip(self.written) {
            let mine = range(written);
            for (j, other) in operands.iter().enumerate().filter(|(j, _)| *j < self.written || *j < i) {
                let theirs = range(other);
                if mine.is_empty() || theirs.is_empty() || mine.start >= theirs.end || theirs.start >= mine.end {
                    continue;
                }
                if !(mine == theirs && self.aliases.contains(&(i, j))) {
                    return Err(Refusal::program(at, Reason::Overlap, i as f64, j as f64));
                }
            }
        }
        Ok(())
    }
}

static TABLE: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let families = [
        activation::ROWS_OF_FAMILY,
        arrange::ROWS_OF_FAMILY,
        attention::ROWS_OF_FAMILY,
        blocks::ROWS_OF_FAMILY,
        embed::ROWS_OF_FAMILY,
        flash::ROWS_OF_FAMILY,
        linear::ROWS_OF_FAMILY,
        loss::ROWS_OF_FAMILY,
        matmul::ROWS_OF_FAMILY,
        normalize::ROWS_OF_FAMILY,
        optimize::ROWS_OF_FAMILY,
        pointwise::ROWS_OF_FAMILY,
        recurrent::ROWS_OF_FAMILY,
        reduce::ROWS_OF_FAMILY,
        scoring::ROWS_OF_FAMILY,
        select::ROWS_OF_FAMILY,
        window::ROWS_OF_FAMILY,
    ];
    families.into_iter().flatten().map(shape_of).collect()
});

/// All rows of the table, in the order of their wire index.
pub fn table() -> &'static [Shape] {
    &TABLE
}

// `name(reads;writes;updates;sizes;flags)`, an operand as `keys:f32|bf16`; behind the flags each pair of aliases as `;y=x`.
fn shape_of(row: &'static Row) -> Shape {
    let inside = row.signature.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')'));
    let groups: Vec<&str> = inside.split(';').collect();
    let names = |range: std::ops::Range<usize>| {
        let parts = groups.get(range).unwrap_or(&[]).iter().flat_map(|group| group.split(','));
        parts.filter(|part| !part.is_empty()).collect::<Vec<&str>>()
    };
    let operands: Vec<Vec<&str>> =
        names(0..3).iter().map(|operand| operand.split_once(':').map_or(Vec::new(), |(_, types)| types.split('|').collect())).collect();
    let called: Vec<&str> = names(0..3).iter().map(|operand| operand.split(':').next().unwrap_or("")).collect();
    let place = |name: &str| called.iter().position(|other| *other == name);
    let aliases = groups.iter().skip(5).filter_map(|pair| pair.split_once('=').and_then(|(a, b)| Some((place(a)?, place(b)?)))).collect();
    let counts: Vec<bool> = names(3..5).iter().map(|name| !FRACTIONS.contains(name)).collect();
    // A row that is longer than a call is a mistake of this crate: the loader, which asks for all signatures, finds it.
    assert!(operands.len() <= OPERANDS && counts.len() <= SCALARS, "{} has too many operands or sizes", row.name);
    Shape { row, operands, written: names(0..1).len(), aliases, counts }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Scalar {
    Literal(f64),
    Register(usize),
}

/// An operand by its memory: where its first element is, and how many there are from it on.
pub struct Place {
    start: *mut u8,
    held: usize,
    element: Element,
}

// SAFETY: an address; who reads and writes there, and when, is ordered by the list that runs.
unsafe impl Send for Place {}
// SAFETY: as above.
unsafe impl Sync for Place {}

/// One command of a program.
pub struct Command {
    pub shape: &'static Shape,
    pub barrier: bool,
    pub places: Vec<Place>,
    pub scalars: Vec<Scalar>,
}

/// A decoded program.
pub struct Program {
    pub commands: Vec<Command>,
    pub tier: Tier,
    /// Registers that must be given.
    pub registers: usize,
}

struct Reader<'a> {
    words: &'a [f64],
    at: usize,
    command: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<f64, Refusal> {
        let length = self.words.len() as f64;
        let word = *self.words.get(self.at).ok_or(Refusal::program(self.command, Reason::Truncated, self.at as f64, length))?;
        self.at += 1;
        Ok(word)
    }

    /// A whole number in [0, limit).
    fn index(&mut self, limit: usize, reason: Reason) -> Result<usize, Refusal> {
        let word = self.next()?;
        let whole = word >= 0.0 && word < limit as f64 && word.fract() == 0.0;
        whole.then_some(word as usize).ok_or(Refusal::program(self.command, reason, word, limit as f64))
    }

    /// This very number.
    fn exactly(&mut self, expected: usize, reason: Reason) -> Result<(), Refusal> {
        let word = self.next()?;
        (word == expected as f64).then_some(()).ok_or(Refusal::program(self.command, reason, word, expected as f64))
    }

    // On the wire: address and bytes of the buffer, the element at which the operand begins, its type.
    fn place(&mut self, accepted: &[&str]) -> Result<Place, Refusal> {
        let address = self.index(1 << 53, Reason::NoBuffer)?;
        let bytes = self.index(1 << 53, Reason::NoBuffer)?;
        if address == 0 {
            return Err(Refusal::program(self.command, Reason::NoBuffer, 0.0, 0.0));
        }
        let offset = self.index(1 << 53, Reason::Offset)?;
        let code = self.next()?;
        let element = Element::from_code(code).filter(|element| accepted.contains(&element.name()));
        let element = element.ok_or(Refusal::program(self.command, Reason::OperandType, code, 3.0))?;
        let held = bytes / element.bytes();
        if offset > held {
            return Err(Refusal::program(self.command, Reason::Offset, offset as f64, held as f64));
        }
        let start = (address as *mut u8).wrapping_add(offset * element.bytes());
        Ok(Place { start, held: held - offset, element })
    }

    fn scalar(&mut self) -> Result<Scalar, Refusal> {
        if self.index(2, Reason::ScalarCount)? == 0 {
            return Ok(Scalar::Literal(self.next()?));
        }
        Ok(Scalar::Register(self.index(MOST_REGISTERS, Reason::Register)?))
    }

    fn command(&mut self) -> Result<Command, Refusal> {
        let shape = &table()[self.index(table().len(), Reason::Kernel)?];
        let barrier = self.index(2, Reason::Kernel)? == 1;
        self.exactly(shape.operands.len(), Reason::OperandCount)?;
        let places = shape.operands.iter().map(|accepted| self.place(accepted)).collect::<Result<Vec<Place>, Refusal>>()?;
        self.exactly(shape.counts.len(), Reason::ScalarCount)?;
        let scalars = shape.counts.iter().map(|_| self.scalar()).collect::<Result<Vec<Scalar>, Refusal>>()?;
        Ok(Command { shape, barrier, places, scalars })
    }
}

impl Program {
    /// Decodes a program (wire format: version, count, then each command) and checks what literals tell.
    pub fn decode(words: &[f64], tier: Tier) -> Result<Program, Refusal> {
        let mut reader = Reader { words, at: 0, command: 0 };
        let version = reader.next()?;
        if version != VERSION {
            return Err(Refusal::program(0, Reason::Truncated, version, VERSION));
        }
        let count = reader.index(MOST_COMMANDS, Reason::Truncated)?;
        let mut program = Program { commands: Vec::new(), tier, registers: 0 };
        for at in 0..count {
            reader.command = at;
            let command = reader.command()?;
            for scalar in &command.scalars {
                if let Scalar::Register(register) = scalar {
                    program.registers = program.registers.max(register + 1);
                }
            }
            if !command.has_registers() {
                command.resolve(at, &[], tier, 1)?;
            }
            program.commands.push(command);
        }
        Ok(program)
    }
}

impl Command {
    /// The one command of a program without registers.
    pub fn single(words: &[f64]) -> Result<Command, Refusal> {
        let mut reader = Reader { words, at: 0, command: 0 };
        let version = reader.next()?;
        if version != VERSION {
            return Err(Refusal::program(0, Reason::Truncated, version, VERSION));
        }
        reader.exactly(1, Reason::Truncated)?;
        let command = reader.command()?;
        if command.has_registers() {
            return Err(Refusal::program(0, Reason::Register, 0.0, 0.0));
        }
        Ok(command)
    }

    pub fn has_registers(&self) -> bool {
        self.scalars.iter().any(|scalar| matches!(scalar, Scalar::Register(_)))
    }

    /// The scalars, registers filled in. The caller has checked that all registers are there.
    pub fn values(&self, registers: &[f64]) -> [f64; SCALARS] {
        let mut values = [0.0; SCALARS];
        for (value, scalar) in values.iter_mut().zip(&self.scalars) {
            *value = match scalar {
                Scalar::Literal(literal) => *literal,
                Scalar::Register(register) => registers[*register],
            };
        }
        values
    }

    /// The call for these registers. Every operand must hold what the scalars ask for, before anything runs.
    pub fn resolve(&self, at: usize, registers: &[f64], tier: Tier, threads: usize) -> Result<Call, Refusal> {
        let scalars = self.values(registers);
        let used = &scalars[..self.scalars.len()];
        for (value, count) in used.iter().zip(&self.shape.counts) {
            let fits = if *count { *value >= 0.0 && *value <= MOST && value.fract() == 0.0 } else { !value.is_nan() };
            if !fits {
                return Err(Refusal::program(at, Reason::NotACount, *value, MOST));
            }
        }
        (self.shape.row.check)(used).map_err(|error| Refusal::of(at, error))?;
        let extents = (self.shape.row.extents)(used);
        // A body would find a null pointer where its row forgets an operand.
        assert_eq!(extents.len(), self.places.len(), "the extents of {}", self.shape.row.name);
        let mut operands = [Operand::NONE; OPERANDS];
        for ((operand, place), needed) in operands.iter_mut().zip(&self.places).zip(extents) {
            if !(needed >= 0.0 && needed <= place.held as f64) {
                return Err(Refusal::program(at, Reason::Extent, needed, place.held as f64));
            }
            *operand = Operand { pointer: place.start, length: needed as usize, element: place.element };
        }
        self.shape.apart(at, &operands[..self.places.len()])?;
        Ok(Call { operands, scalars, tier, threads, look: Look(std::ptr::null()) })
    }
}
