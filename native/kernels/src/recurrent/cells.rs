//! What happens in one step of one row: the gates of LSTM, GRU and the simple cell, and their derivatives.

use crate::vector::functions::{sigmoid, tanh};
use crate::vector::{Vector, LANES};

/// One row in one step, forward. `sums` has a block of `padded` a gate, the others blocks of `units`.
#[derive(Clone, Copy)]
pub struct Forward {
    pub gates: *const f32,
    pub sums: *const f32,
    pub hidden: *mut f32,
    pub cell: *mut f32,
    /// What the gradient needs; null where there will be none.
    pub saved: *mut f32,
    pub units: usize,
    pub padded: usize,
}

/// One row in one step, backward. On return `d_hidden` and `d_cell` are those of the state before, as far as they do not go through the product.
#[derive(Clone, Copy)]
pub struct Backward {
    pub saved: *const f32,
    pub before: *const f32,
    pub d_hidden: *mut f32,
    pub d_cell: *mut f32,
    pub d_gates: *mut f32,
    /// Gradients of h · U, where they are not those of the gates.
    pub d_inner: *mut f32,
    pub units: usize,
}

/// A cell: how many gates, how many values a unit it saves, and its arithmetic.
///
/// # Safety
/// Of all functions: the tier's features; pointers to what `Forward` and `Backward` say.
pub trait Cell: Copy {
    const GATES: usize;
    const SAVED: usize;
    /// What h · U is added to.
    unsafe fn begin<L: Vector>(self, gates: *const f32, sums: *mut f32, units: usize, padded: usize);
    unsafe fn forward<L: Vector>(self, at: Forward);
    unsafe fn backward<L: Vector>(self, at: Backward);
}

#[inline(always)]
unsafe fn copy_gates<L: Vector>(gates: *const f32, sums: *mut f32, count: usize, units: usize, padded: usize) {
    for gate in 0..count {
        for j in (0..units).step_by(LANES) {
            L::store(sums.add(gate * padded + j), L::load_left(gates.add(gate * units + j), units - j));
        }
    }
}

/// 1 - x.
#[inline(always)]
unsafe fn rest<L: Vector>(x: L::V) -> L::V {
    L::sub(L::splat(1.0), x)
}

/// x · (1 - x): the derivative of a sigmoid of value x.
#[inline(always)]
unsafe fn sigmoid_slope<L: Vector>(x: L::V) -> L::V {
    L::mul(x, rest::<L>(x))
}

/// 1 - x²: that of a tanh of value x.
#[inline(always)]
unsafe fn tanh_slope<L: Vector>(x: L::V) -> L::V {
    L::sub(L::splat(1.0), L::mul(x, x))
}

/// i, f, g, o; saves them and the cell before.
#[derive(Clone, Copy)]
pub struct Lstm;

impl Cell for Lstm {
    const GATES: usize = 4;
    const SAVED: usize = 5;

    #[inline(always)]
    unsafe fn begin<L: Vector>(self, gates: *const f32, sums: *mut f32, units: usize, padded: usize) {
        copy_gates::<L>(gates, sums, 4, units, padded)
    }

    #[inline(always)]
    unsafe fn forward<L: Vector>(self, at: Forward) {
        for j in (0..at.units).step_by(LANES) {
            let left = at.units - j;
            let i = sigmoid::<L>(L::load(at.sums.add(j)));
            let f = sigmoid::<L>(L::load(at.sums.add(at.padded + j)));
            let g = tanh::<L>(L::load(at.sums.add(2 * at.padded + j)));
            let o = sigmoid::<L>(L::load(at.sums.add(3 * at.padded + j)));
            let before = L::load(at.cell.add(j));
            let cell = L::fma(f, before, L::mul(i, g));
            if !at.saved.is_null() {
                L::store_left(at.saved.add(j), left, i);
                L::store_left(at.saved.add(at.units + j), left, f);
                L::store_left(at.saved.add(2 * at.units + j), left, g);
                L::store_left(at.saved.add(3 * at.units + j), left, o);
                L::store_left(at.saved.add(4 * at.units + j), left, before);
            }
            L::store(at.cell.add(j), cell);
            L::store(at.hidden.add(j), L::mul(o, tanh::<L>(cell)));
        }
    }

    #[inline(always)]
    unsafe fn backward<L: Vector>(self, at: Backward) {
        for j in (0..at.units).step_by(LANES) {
            let left = at.units - j;
            let i = L::load_left(at.saved.add(j), left);
            let f = L::load_left(at.saved.add(at.units + j), left);
            let g = L::load_left(at.saved.add(2 * at.units + j), left);
            let o = L::load_left(at.saved.add(3 * at.units + j), left);
            let before = L::load_left(at.saved.add(4 * at.units + j), left);
            let squashed = tanh::<L>(L::fma(f, before, L::mul(i, g)));
            let dh = L::load(at.d_hidden.add(j));
            let dc = L::fma(L::mul(dh, o), tanh_slope::<L>(squashed), L::load(at.d_cell.add(j)));
            L::store_left(at.d_gates.add(j), left, L::mul(L::mul(dc, g), sigmoid_slope::<L>(i)));
            L::store_left(at.d_gates.add(at.units + j), left, L::mul(L::mul(dc, before), sigmoid_slope::<L>(f)));
            L::store_left(at.d_gates.add(2 * at.units + j), left, L::mul(L::mul(dc, i), tanh_slope::<L>(g)));
            L::store_left(at.d_gates.add(3 * at.units + j), left, L::mul(L::mul(dh, squashed), sigmoid_slope::<L>(o)));
            L::store(at.d_cell.add(j), L::mul(dc, f));
            L::store(at.d_hidden.add(j), L::splat(0.0));
        }
    }
}

/// z, r, new, the reset after the product; saves them and h · U + b of the new state.
#[derive(Clone, Copy)]
pub struct Gru {
    /// Bias of h · U, three blocks of units; null: none.
    pub bias: *const f32,
}

impl Cell for Gru {
    const GATES: usize = 3;
    const SAVED: usize = 4;

    #[inline(always)]
    unsafe fn begin<L: Vector>(self, gates: *const f32, sums: *mut f32, units: usize, padded: usize) {
        for gate in 0..3 {
            for j in (0..units).step_by(LANES) {
                let at = gate * units + j;
                let bias = if self.bias.is_null() { L::splat(0.0) } else { L::load_left(self.bias.add(at), units - j) };
                let sum = if gate == 2 { bias } else { L::add(L::load_left(gates.add(at), units - j), bias) };
                L::store(sums.add(gate * padded + j), sum);
            }
        }
    }

    #[inline(always)]
    unsafe fn forward<L: Vector>(self, at: Forward) {
        for j in (0..at.units).step_by(LANES) {
            let left = at.units - j;
            let z = sigmoid::<L>(L::load(at.sums.add(j)));
            let r = sigmoid::<L>(L::load(at.sums.add(at.padded + j)));
            let inner = L::load(at.sums.add(2 * at.padded + j));
            let new = tanh::<L>(L::fma(r, inner, L::load_left(at.gates.add(2 * at.units + j), left)));
            if !at.saved.is_null() {
                L::store_left(at.saved.add(j), left, z);
                L::store_left(at.saved.add(at.units + j), left, r);
                L::store_left(at.saved.add(2 * at.units + j), left, new);
                L::store_left(at.saved.add(3 * at.units + j), left, inner);
            }
            let before = L::load(at.hidden.add(j));
            L::store(at.hidden.add(j), L::fma(z, L::sub(before, new), new));
        }
    }

    #[inline(always)]
    unsafe fn backward<L: Vector>(self, at: Backward) {
        for j in (0..at.units).step_by(LANES) {
            let left = at.units - j;
            let z = L::load_left(at.saved.add(j), left);
            let r = L::load_left(at.saved.add(at.units + j), left);
            let new = L::load_left(at.saved.add(2 * at.units + j), left);
            let inner = L::load_left(at.saved.add(3 * at.units + j), left);
            let before = L::load_left(at.before.add(j), left);
            let dh = L::load(at.d_hidden.add(j));
            let dz = L::mul(L::mul(dh, L::sub(before, new)), sigmoid_slope::<L>(z));
            let d_new = L::mul(L::mul(dh, rest::<L>(z)), tanh_slope::<L>(new));
            let dr = L::mul(L::mul(d_new, inner), sigmoid_slope::<L>(r));
            for (place, last) in [(at.d_gates, d_new), (at.d_inner, L::mul(d_new, r))] {
                L::store_left(place.add(j), left, dz);
                L::store_left(place.add(at.units + j), left, dr);
                L::store_left(place.add(2 * at.units + j), left, last);
            }
            L::store(at.d_hidden.add(j), L::mul(dh, z));
        }
    }
}

/// h = tanh(x + h · U), or relu of it; saves h.
#[derive(Clone, Copy)]
pub struct Simple {
    pub relu: bool,
}

impl Cell for Simple {
    const GATES: usize = 1;
    const SAVED: usize = 1;

    #[inline(always)]
    unsafe fn begin<L: Vector>(self, gates: *const f32, sums: *mut f32, units: usize, padded: usize) {
        copy_gates::<L>(gates, sums, 1, units, padded)
    }

    #[inline(always)]
    unsafe fn forward<L: Vector>(self, at: Forward) {
        for j in (0..at.units).step_by(LANES) {
            let sum = L::load(at.sums.add(j));
            let hidden = if self.relu { L::max(L::splat(0.0), sum) } else { tanh::<L>(sum) };
            if !at.saved.is_null() {
                L::store_left(at.saved.add(j), at.units - j, hidden);
            }
            L::store(at.hidden.add(j), hidden);
        }
    }

    #[inline(always)]
    unsafe fn backward<L: Vector>(self, at: Backward) {
        for j in (0..at.units).step_by(LANES) {
            let left = at.units - j;
            let hidden = L::load_left(at.saved.add(j), left);
            let dh = L::load(at.d_hidden.add(j));
            let zero = L::splat(0.0);
            let d = if self.relu { L::above(hidden, zero, dh, zero) } else { L::mul(dh, tanh_slope::<L>(hidden)) };
            L::store_left(at.d_gates.add(j), left, d);
            L::store(at.d_hidden.add(j), zero);
        }
    }
}
