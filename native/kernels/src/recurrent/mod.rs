//! Whole recurrent layers over time, forward and backward: LSTM, GRU, the simple cell.
//! Products with the input, and what comes of all steps' gradients together, are matrix products like any other and not made here.

mod cells;
mod product;
mod walk;

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use cells::{Cell, Gru, Lstm, Simple};
use walk::{Gradients, Inputs, Walk, ROWS};

fn floats(scratch: &mut [u8], length: usize) -> &mut [f32] {
    assert!(scratch.len() >= length * 4);
    // SAFETY: scratch is 64-byte aligned and as long as the kernel asked for.
    unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, length) }
}

/// Rows go to tiles so that every thread has some, and no more tiles than that: each packs the matrix anew.
fn rows_per_tile(call: &Call) -> usize {
    let share = call.size(0).div_ceil(call.threads.max(1));
    if share > 8 {
        ROWS
    } else {
        8
    }
}

fn tiles(call: &Call) -> usize {
    call.size(0).div_ceil(rows_per_tile(call))
}

fn walk_scratch<C: Cell>(call: &Call) -> usize {
    walk::scratch::<C>(call.size(2)) * 4
}

/// Scalars from `first` on are 0 or 1.
fn switches(scalars: &[f64], range: std::ops::Range<usize>) -> Result<(), KernelError> {
    match scalars[range].iter().find(|value| **value > 1.0) {
        Some(value) => Err(KernelError::Program { value: *value, limit: 1.0 }),
        None => Ok(()),
    }
}

fn optional(call: &Call, operand: usize, there: bool) -> *const f32 {
    if there {
        call.out::<f32>(operand)
    } else {
        std::ptr::null()
    }
}

fn written(call: &Call, operand: usize, there: bool) -> *mut f32 {
    optional(call, operand, there) as *mut f32
}

/// `mask`: its operand and whether it is there; `flags`: where `reverse` and `zeroMasked` are.
fn walk_of<C: Cell>(call: &Call, tile: usize, cell: C, mask: (usize, bool), flags: usize) -> Walk<C> {
    Walk {
        cell,
        tier: call.tier,
        look: call.look,
        rows: span(tile, rows_per_tile(call), call.size(0)),
        steps: call.size(1),
        units: call.size(2),
        reverse: call.flag(flags),
        zero_masked: call.flag(flags + 1),
        mask: if mask.1 { call.out::<i32>(mask.0) } else { std::ptr::null() },
    }
}

fn run_forward<C: Cell>(walk: Walk<C>, inputs: Inputs, kernel: &[f32], scratch: &mut [u8]) -> Result<(), KernelError> {
    let scratch = floats(scratch, walk::scratch::<C>(walk.units));
    // SAFETY: extents were checked; rows of tiles are disjoint.
    if unsafe { walk::forward(&walk, &inputs, kernel, scratch) } {
        Ok(())
    } else {
        Err(KernelError::Cancelled)
    }
}

fn run_backward<C: Cell>(walk: Walk<C>, gradients: Gradients, kernel: &[f32], scratch: &mut [u8]) -> Result<(), KernelError> {
    let scratch = floats(scratch, walk::scratch::<C>(walk.units));
    // SAFETY: as above.
    if unsafe { walk::backward(&walk, &gradients, kernel, scratch) } {
        Ok(())
    } else {
        Err(KernelError::Cancelled)
    }
}

fn lstm(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (state, keeps) = (call.flag(3), call.flag(5));
    let inputs = Inputs {
        gates: call.out(0),
        hidden0: optional(call, 2, state),
        cell0: optional(call, 3, state),
        outputs: call.out(5),
        hidden: call.out(6),
        cell: call.out(7),
        saved: written(call, 8, keeps),
        before: written(call, 9, keeps),
    };
    run_forward(walk_of(call, tile, Lstm, (4, call.flag(4)), 6), inputs, call.f32s(1), scratch)
}

fn lstm_grad(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let gradients = Gradients {
        saved: call.out(0),
        before: std::ptr::null(),
        d_outputs: optional(call, 3, call.flag(4)),
        d_hidden: optional(call, 4, call.flag(5)),
        d_cell: optional(call, 5, call.flag(6)),
        d_gates: call.out(6),
        d_inner: call.out(6),
        d_hidden0: call.out(7),
        d_cell0: call.out(8),
        accumulate: call.flag(9),
    };
    run_backward(walk_of(call, tile, Lstm, (2, call.flag(3)), 7), gradients, call.f32s(1), scratch)
}

fn gru(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (state, keeps) = (call.flag(3), call.flag(5));
    let inputs = Inputs {
        gates: call.out(0),
        hidden0: optional(call, 3, state),
        cell0: std::ptr::null(),
        outputs: call.out(5),
        hidden: call.out(6),
        cell: std::ptr::null_mut(),
        saved: written(call, 7, keeps),
        before: written(call, 8, keeps),
    };
    let cell = Gru { bias: optional(call, 2, call.flag(6)) };
    run_forward(walk_of(call, tile, cell, (4, call.flag(4)), 7), inputs, call.f32s(1), scratch)
}

fn gru_grad(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let gradients = Gradients {
        saved: call.out(0),
        before: call.out(1),
        d_outputs: optional(call, 4, call.flag(4)),
        d_hidden: optional(call, 5, call.flag(5)),
        d_cell: std::ptr::null(),
        d_gates: call.out(6),
        d_inner: call.out(7),
        d_hidden0: call.out(8),
        d_cell0: std::ptr::null_mut(),
        accumulate: call.flag(8),
    };
    let cell = Gru { bias: std::ptr::null() };
    run_backward(walk_of(call, tile, cell, (3, call.flag(3)), 6), gradients, call.f32s(2), scratch)
}

fn simple_rnn(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (state, keeps) = (call.flag(3), call.flag(5));
    let inputs = Inputs {
        gates: call.out(0),
        hidden0: optional(call, 2, state),
        cell0: std::ptr::null(),
        outputs: call.out(4),
        hidden: call.out(5),
        cell: std::ptr::null_mut(),
        saved: written(call, 6, keeps),
        before: written(call, 7, keeps),
    };
    run_forward(walk_of(call, tile, Simple { relu: call.flag(8) }, (3, call.flag(4)), 6), inputs, call.f32s(1), scratch)
}

fn simple_rnn_grad(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let gradients = Gradients {
        saved: call.out(0),
        before: std::ptr::null(),
        d_outputs: optional(call, 3, call.flag(4)),
        d_hidden: optional(call, 4, call.flag(5)),
        d_cell: std::ptr::null(),
        d_gates: call.out(5),
        d_inner: call.out(5),
        d_hidden0: call.out(6),
        d_cell0: std::ptr::null_mut(),
        accumulate: call.flag(9),
    };
    run_backward(walk_of(call, tile, Simple { relu: call.flag(8) }, (2, call.flag(3)), 6), gradients, call.f32s(1), scratch)
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "lstm",
        signature: "lstm(gates:f32,recurrentKernel:f32,hidden0:f32,cell0:f32,mask:i32;outputs:f32,hidden:f32,cell:f32,saved:f32,before:f32;;rows,steps,units,hasState,hasMask,keeps;reverse,zeroMasked)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![4.0 * all, 4.0 * s[2] * s[2], s[3] * state, s[3] * state, s[4] * s[0] * s[1], all, state, state, s[5] * 5.0 * all, s[5] * all]
        },
        check: |s| switches(s, 3..6),
        tiles,
        scratch: walk_scratch::<Lstm>,
        run: lstm,
    },
    Row {
        name: "lstmGrad",
        signature: "lstmGrad(saved:f32,recurrentKernel:f32,mask:i32,dOutputs:f32,dHidden:f32,dCell:f32;dGates:f32;dHidden0:f32,dCell0:f32;rows,steps,units,hasMask,hasOutputs,hasHidden,hasCell;reverse,zeroMasked,accumulate)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![5.0 * all, 4.0 * s[2] * s[2], s[3] * s[0] * s[1], s[4] * all, s[5] * state, s[6] * state, 4.0 * all, state, state]
        },
        check: |s| switches(s, 3..7),
        tiles,
        scratch: walk_scratch::<Lstm>,
        run: lstm_grad,
    },
    Row {
        name: "gru",
        signature: "gru(gates:f32,recurrentKernel:f32,recurrentBias:f32,hidden0:f32,mask:i32;outputs:f32,hidden:f32,saved:f32,before:f32;;rows,steps,units,hasState,hasMask,keeps,hasBias;reverse,zeroMasked)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![3.0 * all, 3.0 * s[2] * s[2], s[6] * 3.0 * s[2], s[3] * state, s[4] * s[0] * s[1], all, state, s[5] * 4.0 * all, s[5] * all]
        },
        check: |s| switches(s, 3..7),
        tiles,
        scratch: walk_scratch::<Gru>,
        run: gru,
    },
    Row {
        name: "gruGrad",
        signature: "gruGrad(saved:f32,before:f32,recurrentKernel:f32,mask:i32,dOutputs:f32,dHidden:f32;dGates:f32,dInner:f32;dHidden0:f32;rows,steps,units,hasMask,hasOutputs,hasHidden;reverse,zeroMasked,accumulate)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![4.0 * all, all, 3.0 * s[2] * s[2], s[3] * s[0] * s[1], s[4] * all, s[5] * state, 3.0 * all, 3.0 * all, state]
        },
        check: |s| switches(s, 3..6),
        tiles,
        scratch: walk_scratch::<Gru>,
        run: gru_grad,
    },
    Row {
        name: "simpleRnn",
        signature: "simpleRnn(gates:f32,recurrentKernel:f32,hidden0:f32,mask:i32;outputs:f32,hidden:f32,saved:f32,before:f32;;rows,steps,units,hasState,hasMask,keeps;reverse,zeroMasked,relu)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![all, s[2] * s[2], s[3] * state, s[4] * s[0] * s[1], all, state, s[5] * all, s[5] * all]
        },
        check: |s| switches(s, 3..6),
        tiles,
        scratch: walk_scratch::<Simple>,
        run: simple_rnn,
    },
    Row {
        name: "simpleRnnGrad",
        signature: "simpleRnnGrad(saved:f32,recurrentKernel:f32,mask:i32,dOutputs:f32,dHidden:f32;dGates:f32;dHidden0:f32;rows,steps,units,hasMask,hasOutputs,hasHidden;reverse,zeroMasked,relu,accumulate)",
        extents: |s| {
            let (state, all) = (s[0] * s[2], s[0] * s[1] * s[2]);
            vec![all, s[2] * s[2], s[3] * s[0] * s[1], s[4] * all, s[5] * state, all, state]
        },
        check: |s| switches(s, 3..6),
        tiles,
        scratch: walk_scratch::<Simple>,
        run: simple_rnn_grad,
    },
];
