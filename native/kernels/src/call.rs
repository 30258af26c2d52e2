//! One kernel call with its operands resolved: what a kernel's functions see. Knows no list and no thread.

use crate::error::KernelError;
use crate::tier::Tier;
use std::sync::atomic::{AtomicI32, Ordering};

/// Most operands and scalars that a row of the table has.
pub const OPERANDS: usize = 14;
pub const SCALARS: usize = 20;

/// Element types of the boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    F32,
    Bf16,
    I32,
    U8,
}

impl Element {
    /// The type with this number on the wire.
    pub fn from_code(code: f64) -> Option<Element> {
        [Element::F32, Element::Bf16, Element::I32, Element::U8]
            .into_iter()
            .enumerate()
            .find(|(number, _)| *number as f64 == code)
            .map(|(_, element)| element)
    }

    pub fn bytes(self) -> usize {
        match self {
            Element::F32 | Element::I32 => 4,
            Element::Bf16 => 2,
            Element::U8 => 1,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Element::F32 => "f32",
            Element::Bf16 => "bf16",
            Element::I32 => "i32",
            Element::U8 => "u8",
        }
    }
}

/// An operand: `length` elements at `pointer`.
#[derive(Clone, Copy)]
pub struct Operand {
    pub pointer: *mut u8,
    pub length: usize,
    pub element: Element,
}

impl Operand {
    pub const NONE: Operand = Operand { pointer: std::ptr::null_mut(), length: 0, element: Element::U8 };
}

/// The cancel word of an execution, for kernels that run long inside one tile.
#[derive(Clone, Copy)]
pub struct Look(pub *const AtomicI32);

impl Look {
    pub fn cancelled(&self) -> bool {
        // SAFETY: the word outlives the execution, and a tile runs only during it.
        !self.0.is_null() && unsafe { (*self.0).load(Ordering::Relaxed) } != 0
    }
}

/// Operands and scalars of one command, in table order.
#[derive(Clone)]
pub struct Call {
    pub operands: [Operand; OPERANDS],
    pub scalars: [f64; SCALARS],
    pub tier: Tier,
    pub threads: usize,
    pub look: Look,
}

// SAFETY: tiles of a call write disjoint parts, and the list orders calls that share memory; the executor keeps the buffers alive.
unsafe impl Send for Call {}
// SAFETY: as above.
unsafe impl Sync for Call {}

impl Call {
    /// A scalar that counts something.
    pub fn size(&self, index: usize) -> usize {
        self.scalars[index] as usize
    }

    pub fn flag(&self, index: usize) -> bool {
        self.scalars[index] != 0.0
    }

    fn operand(&self, index: usize, element: Element) -> Operand {
        let operand = self.operands[index];
        debug_assert!(operand.element == element);
        operand
    }

    pub fn f32s(&self, index: usize) -> &[f32] {
        let operand = self.operand(index, Element::F32);
        // SAFETY: extents were checked before the call; concurrent writers touch other parts or other phases.
        unsafe { std::slice::from_raw_parts(operand.pointer as *const f32, operand.length) }
    }

    pub fn i32s(&self, index: usize) -> &[i32] {
        let operand = self.operand(index, Element::I32);
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(operand.pointer as *const i32, operand.length) }
    }

    pub fn bytes(&self, index: usize) -> &[u8] {
        let operand = self.operand(index, Element::U8);
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(operand.pointer, operand.length) }
    }

    /// Start of an operand that tiles write.
    pub fn out<T>(&self, index: usize) -> *mut T {
        self.operands[index].pointer as *mut T
    }

    /// A part of an f32 operand that this tile alone writes.
    ///
    /// # Safety
    /// No other tile of the phase touches it.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn f32s_mut(&self, index: usize, start: usize, length: usize) -> &mut [f32] {
        let operand = self.operand(index, Element::F32);
        assert!(start + length <= operand.length);
        // SAFETY: inside the operand; exclusive as promised.
        unsafe { std::slice::from_raw_parts_mut((operand.pointer as *mut f32).add(start), length) }
    }
}

/// What the table says of a kernel.
pub struct Row {
    pub name: &'static str,
    /// Equal to `signatureOf(name)` on the other side.
    pub signature: &'static str,
    /// Elements that each operand must hold for these scalars.
    pub extents: fn(&[f64]) -> Vec<f64>,
    /// Refuses scalars that make no sense (checked before anything runs).
    pub check: fn(&[f64]) -> Result<(), KernelError>,
    pub tiles: fn(&Call) -> usize,
    pub scratch: fn(&Call) -> usize,
    pub run: fn(&Call, usize, &mut [u8]) -> Result<(), KernelError>,
}

/// The `check` of rows that take any scalars.
pub fn no_check(_: &[f64]) -> Result<(), KernelError> {
    Ok(())
}

/// The `scratch` of rows that need none.
pub fn no_scratch(_: &Call) -> usize {
    0
}

/// Splits `count` items in runs of `step`: the run of a tile.
pub fn span(tile: usize, step: usize, count: usize) -> std::ops::Range<usize> {
    (tile * step).min(count)..((tile + 1) * step).min(count)
}
