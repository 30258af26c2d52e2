//! A block of rows through time, forward and backward. No tile waits for another: the recurrent matrix is packed into the scratch of each, and stays in its second cache.

use super::cells::{Backward, Cell, Forward};
use super::product::{multiply, pack, pack_transposed, Held, Product};
use crate::call::Look;
use crate::tier::Tier;
use crate::vector::portable::Portable;
use crate::vector::LANES;
use std::ops::Range;

/// Most rows of a tile.
pub const ROWS: usize = 16;

/// What both directions know of a call. Null pointers stand for what is not there.
#[derive(Clone)]
pub struct Walk<C: Cell> {
    pub cell: C,
    pub tier: Tier,
    pub look: Look,
    pub rows: Range<usize>,
    pub steps: usize,
    pub units: usize,
    /// From the last step to the first.
    pub reverse: bool,
    /// Outputs of skipped steps are zero; else those of the step before.
    pub zero_masked: bool,
    pub mask: *const i32,
}

impl<C: Cell> Walk<C> {
    fn padded(&self) -> usize {
        self.units.next_multiple_of(LANES)
    }

    fn packed(&self) -> usize {
        C::GATES * self.padded() * self.units
    }

    fn time(&self, step: usize) -> usize {
        if self.reverse {
            self.steps - 1 - step
        } else {
            step
        }
    }

    /// Whether a step counts.
    ///
    /// # Safety
    /// The mask, if any, has all rows and steps.
    #[inline(always)]
    unsafe fn counts(&self, row: usize, time: usize) -> bool {
        // SAFETY: as promised.
        self.mask.is_null() || unsafe { *self.mask.add(row * self.steps + time) } != 0
    }
}

/// Floats of scratch of a forward and of a backward tile.
pub fn scratch<C: Cell>(units: usize) -> usize {
    let padded = units.next_multiple_of(LANES);
    C::GATES * padded * padded + ROWS * padded * (C::GATES + 2)
}

/// Operands of a forward walk.
pub struct Inputs {
    pub gates: *const f32,
    pub hidden0: *const f32,
    pub cell0: *const f32,
    pub outputs: *mut f32,
    pub hidden: *mut f32,
    pub cell: *mut f32,
    pub saved: *mut f32,
    pub before: *mut f32,
}

/// Operands of a backward walk.
pub struct Gradients {
    pub saved: *const f32,
    pub before: *const f32,
    pub d_outputs: *const f32,
    pub d_hidden: *const f32,
    pub d_cell: *const f32,
    pub d_gates: *mut f32,
    pub d_inner: *mut f32,
    pub d_hidden0: *mut f32,
    pub d_cell0: *mut f32,
    pub accumulate: bool,
}

/// Walks forward; true unless it was cancelled.
///
/// # Safety
/// Operands cover the sizes; the rows are this tile's alone.
pub unsafe fn forward<C: Cell>(walk: &Walk<C>, inputs: &Inputs, kernel: &[f32], scratch: &mut [f32]) -> bool {
    assert!(scratch.len() >= self::scratch::<C>(walk.units) && walk.rows.len() <= ROWS);
    if walk.units == 0 {
        return true;
    }
    pack(kernel, walk.units, C::GATES, &mut scratch[..walk.packed()]);
    let place = scratch.as_mut_ptr();
    // SAFETY: the tier was chosen from what the CPU declares; the rest as promised.
    unsafe {
        match walk.tier {
            #[cfg(target_arch = "x86_64")]
            tier if tier >= Tier::Avx512 => forward_avx512(walk, inputs, place),
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => forward_avx2(walk, inputs, place),
            _ => forward_body::<Portable, C>(walk, inputs, place),
        }
    }
}

/// Walks backward; true unless it was cancelled.
///
/// # Safety
/// As `forward`.
pub unsafe fn backward<C: Cell>(walk: &Walk<C>, gradients: &Gradients, kernel: &[f32], scratch: &mut [f32]) -> bool {
    assert!(scratch.len() >= self::scratch::<C>(walk.units) && walk.rows.len() <= ROWS);
    if walk.units == 0 {
        return true;
    }
    pack_transposed(kernel, walk.units, C::GATES, &mut scratch[..walk.packed()]);
    let place = scratch.as_mut_ptr();
    // SAFETY: as above.
    unsafe {
        match walk.tier {
            #[cfg(target_arch = "x86_64")]
            tier if tier >= Tier::Avx512 => backward_avx512(walk, gradients, place),
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => backward_avx2(walk, gradients, place),
            _ => backward_body::<Portable, C>(walk, gradients, place),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn forward_avx512<C: Cell>(walk: &Walk<C>, inputs: &Inputs, place: *mut f32) -> bool {
    forward_body::<crate::vector::avx512::Avx512, C>(walk, inputs, place)
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn forward_avx2<C: Cell>(walk: &Walk<C>, inputs: &Inputs, place: *mut f32) -> bool {
    forward_body::<crate::vector::avx2::Avx2, C>(walk, inputs, place)
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn backward_avx512<C: Cell>(walk: &Walk<C>, gradients: &Gradients, place: *mut f32) -> bool {
    backward_body::<crate::vector::avx512::Avx512, C>(walk, gradients, place)
}
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn backward_avx2<C: Cell>(walk: &Walk<C>, gradients: &Gradients, place: *mut f32) -> bool {
    backward_body::<crate::vector::avx2::Avx2, C>(walk, gradients, place)
}

/// A row of a state: what is given, or zeros; filled up with zeros.
#[inline(always)]
unsafe fn load_state(from: *const f32, row: usize, units: usize, to: *mut f32, padded: usize) {
    std::ptr::write_bytes(to, 0, padded);
    if !from.is_null() {
        std::ptr::copy_nonoverlapping(from.add(row * units), to, units);
    }
}

#[inline(always)]
unsafe fn forward_body<L: Held, C: Cell>(walk: &Walk<C>, inputs: &Inputs, place: *mut f32) -> bool {
    let (units, padded, first, count) = (walk.units, walk.padded(), walk.rows.start, walk.rows.len());
    let (columns, wide) = (C::GATES * units, C::GATES * padded);
    // SAFETY: as promised to `forward`; scratch has packed matrix, sums, hidden states and cells.
    unsafe {
        let sums = place.add(walk.packed());
        let hidden = sums.add(ROWS * wide);
        let cell = hidden.add(ROWS * padded);
        let mut seen = [false; ROWS];
        for r in 0..count {
            load_state(inputs.hidden0, first + r, units, hidden.add(r * padded), padded);
            load_state(inputs.cell0, first + r, units, cell.add(r * padded), padded);
        }
        for step in 0..walk.steps {
            if walk.look.cancelled() {
                return false;
            }
            let time = walk.time(step);
            for r in 0..count {
                let at = (first + r) * walk.steps + time;
                walk.cell.begin::<L>(inputs.gates.add(at * columns), sums.add(r * wide), units, padded);
            }
            let product = Product {
                x: hidden,
                x_row: padded,
                x_step: 1,
                w: place,
                w_panel: units * LANES,
                w_step: LANES,
                count: units,
                sums,
                sums_row: wide,
            };
            multiply::<L>(product, count, wide / LANES);
            for r in 0..count {
                let at = (first + r) * walk.steps + time;
                let (state, output) = (hidden.add(r * padded), inputs.outputs.add(at * units));
                let keeps = !inputs.saved.is_null();
                if keeps {
                    std::ptr::copy_nonoverlapping(state, inputs.before.add(at * units), units);
                }
                let saved = if keeps { inputs.saved.add(at * C::SAVED * units) } else { std::ptr::null_mut() };
                if walk.counts(first + r, time) {
                    seen[r] = true;
                    walk.cell.forward::<L>(Forward {
                        gates: inputs.gates.add(at * columns),
                        sums: sums.add(r * wide),
                        hidden: state,
                        cell: cell.add(r * padded),
                        saved,
                        units,
                        padded,
                    });
                } else if keeps {
                    std::ptr::write_bytes(saved, 0, C::SAVED * units);
                }
                if walk.counts(first + r, time) || (seen[r] && !walk.zero_masked) {
                    std::ptr::copy_nonoverlapping(state, output, units);
                } else {
                    std::ptr::write_bytes(output, 0, units);
                }
            }
        }
        for r in 0..count {
            std::ptr::copy_nonoverlapping(hidden.add(r * padded), inputs.hidden.add((first + r) * units), units);
            if !inputs.cell.is_null() {
                std::ptr::copy_nonoverlapping(cell.add(r * padded), inputs.cell.add((first + r) * units), units);
            }
        }
    }
    true
}

/// to += from.
#[inline(always)]
unsafe fn add_row<L: Held>(from: *const f32, to: *mut f32, units: usize) {
    for j in (0..units).step_by(LANES) {
        L::store(to.add(j), L::add(L::load(to.add(j)), L::load_left(from.add(j), units - j)));
    }
}

#[inline(always)]
unsafe fn backward_body<L: Held, C: Cell>(walk: &Walk<C>, g: &Gradients, place: *mut f32) -> bool {
    let (units, padded, first, count) = (walk.units, walk.padded(), walk.rows.start, walk.rows.len());
    let columns = C::GATES * units;
    // SAFETY: as promised to `backward`; scratch has packed matrix, gradients of hidden states and of cells.
    unsafe {
        let d_hidden = place.add(walk.packed());
        let d_cell = d_hidden.add(ROWS * padded);
        let mut begins = [walk.steps; ROWS];
        for r in 0..count {
            load_state(g.d_hidden, first + r, units, d_hidden.add(r * padded), padded);
            load_state(g.d_cell, first + r, units, d_cell.add(r * padded), padded);
            let mut step = 0;
            while step < walk.steps && !walk.counts(first + r, walk.time(step)) {
                step += 1;
            }
            begins[r] = step;
        }
        for step in (0..walk.steps).rev() {
            if walk.look.cancelled() {
                return false;
            }
            let time = walk.time(step);
            for r in 0..count {
                let at = (first + r) * walk.steps + time;
                let (counts, state) = (walk.counts(first + r, time), d_hidden.add(r * padded));
                if !g.d_outputs.is_null() && (counts || (step > begins[r] && !walk.zero_masked)) {
                    add_row::<L>(g.d_outputs.add(at * units), state, units);
                }
                let (d_gates, d_inner) = (g.d_gates.add(at * columns), g.d_inner.add(at * columns));
                if counts {
                    walk.cell.backward::<L>(Backward {
                        saved: g.saved.add(at * C::SAVED * units),
                        before: g.before.wrapping_add(at * units),
                        d_hidden: state,
                        d_cell: d_cell.add(r * padded),
                        d_gates,
                        d_inner,
                        units,
                    });
                } else {
                    std::ptr::write_bytes(d_gates, 0, columns);
                    std::ptr::write_bytes(d_inner, 0, columns);
                }
            }
            let product = Product {
                x: g.d_inner.add((first * walk.steps + time) * columns),
                x_row: walk.steps * columns,
                x_step: 1,
                w: place,
                w_panel: columns * LANES,
                w_step: LANES,
                count: columns,
                sums: d_hidden,
                sums_row: padded,
            };
            multiply::<L>(product, count, padded / LANES);
        }
        for r in 0..count {
            give(d_hidden.add(r * padded), g.d_hidden0.add((first + r) * units), units, g.accumulate);
            if !g.d_cell0.is_null() {
                give(d_cell.add(r * padded), g.d_cell0.add((first + r) * units), units, g.accumulate);
            }
        }
    }
    true
}

#[inline(always)]
unsafe fn give(from: *const f32, to: *mut f32, count: usize, accumulate: bool) {
    for j in 0..count {
        *to.add(j) = if accumulate { *to.add(j) + *from.add(j) } else { *from.add(j) };
    }
}
