//! Attention of each row to its own history, which may run through the places of other rows: beams are told apart by a table of ancestors, nothing is ever copied.
//! A row and a head are a tile: it writes its key and value, and reads those of the positions before.

use crate::call::Call;
use crate::error::KernelError;
use crate::for_vectors;
use crate::vector::{Vector, LANES};

/// One row and head. `keys` and `values` begin at this head; a place is `stride` from the next.
struct Step<'a> {
    q: &'a [f32],
    keys: *const f32,
    values: *const f32,
    stride: usize,
    /// Where each position lies, in places.
    places: &'a [u32],
    /// Added to the score of the position that is so far back; empty: nothing.
    bias: &'a [f32],
    scale: f32,
    weights: *mut f32,
    y: *mut f32,
}

/// As many floats of scratch as a row and head needs, and places behind them.
pub fn scratch(call: &Call) -> usize {
    let positions = (call.size(4) + 1).next_multiple_of(LANES);
    2 * positions * 4
}

/// Runs a tile.
pub fn run(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (slots, heads, width) = (call.size(1), call.size(2), call.size(3));
    let (position, capacity) = (call.size(4), call.size(5));
    let (row, head) = (tile / heads, tile % heads);
    let own = (row * heads + head) * width;
    let ancestors = &call.i32s(3)[row * capacity..][..position];
    let padded = (position + 1).next_multiple_of(LANES);
    // SAFETY: scratch is aligned and as long as `scratch` says: weights, then places.
    let (weights, places) = unsafe {
        let base = scratch.as_mut_ptr();
        (base as *mut f32, std::slice::from_raw_parts_mut((base as *mut u32).add(padded), position + 1))
    };
    for (j, ancestor) in ancestors.iter().enumerate() {
        if *ancestor < 0 || *ancestor as usize >= slots {
            return Err(KernelError::Index { value: *ancestor as f64, limit: slots as f64 });
        }
        places[j] = (j * slots + *ancestor as usize) as u32;
    }
    places[position] = (position * slots + row) as u32;
    let at = ((position * slots + row) * heads + head) * width;
    // SAFETY: a row and head belong to one tile; other tiles read positions before this one only, and their own.
    unsafe {
        call.f32s_mut(6, at, width).copy_from_slice(&call.f32s(1)[own..own + width]);
        call.f32s_mut(7, at, width).copy_from_slice(&call.f32s(2)[own..own + width]);
    }
    let step = Step {
        q: &call.f32s(0)[own..own + width],
        keys: call.out::<f32>(6).wrapping_add(head * width),
        values: call.out::<f32>(7).wrapping_add(head * width),
        stride: heads * width,
        places,
        bias: if call.flag(7) { &call.f32s(4)[head * capacity..][..capacity] } else { &[] },
        scale: call.scalars[6] as f32,
        weights,
        y: call.out::<f32>(5).wrapping_add(own),
    };
    for_vectors!(call.tier, attend, (step: Step));
    Ok(())
}

#[inline(always)]
unsafe fn attend<L: Vector>(step: Step) {
    let (width, count) = (step.q.len(), step.places.len());
    // SAFETY: places lie in the cache, by the extents and the check of ancestors; scratch holds a weight for each, rounded up to whole vectors.
    unsafe {
        for j in 0..count {
            let key = step.keys.add(step.places[j] as usize * step.stride);
            let mut sums = L::splat(0.0);
            for d in (0..width).step_by(LANES) {
                sums = L::fma(L::load_left(step.q.as_ptr().add(d), width - d), L::load_left(key.add(d), width - d), sums);
            }
            let bias = if step.bias.is_empty() { 0.0 } else { step.bias[count - 1 - j] };
            *step.weights.add(j) = L::sum(sums) * step.scale + bias;
        }
        let padded = count.next_multiple_of(LANES);
        for j in count..padded {
            *step.weights.add(j) = f32::NEG_INFINITY;
        }
        let mut most = L::splat(f32::NEG_INFINITY);
        for j in (0..padded).step_by(LANES) {
            most = L::max(L::load(step.weights.add(j)), most);
        }
        let most = L::splat(L::largest(most));
        let mut total = L::splat(0.0);
        for j in (0..padded).step_by(LANES) {
            let weight = L::first((count - j).min(LANES), L::exp(L::sub(L::load(step.weights.add(j)), most)), L::splat(0.0));
            L::store(step.weights.add(j), weight);
            total = L::add(total, weight);
        }
        let total = L::splat(L::sum(total));
        for d in (0..width).step_by(LANES) {
            let mut sums = L::splat(0.0);
            for j in 0..count {
                let value = step.values.add(step.places[j] as usize * step.stride + d);
                sums = L::fma(L::splat(*step.weights.add(j)), L::load_left(value, width - d), sums);
            }
            L::store_left(step.y.add(d), width - d, L::div(sums, total));
        }
    }
}
