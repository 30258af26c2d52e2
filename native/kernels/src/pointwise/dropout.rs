//! Dropout: which elements stay is a function of seed, step, operation and element, so nothing is stored and threads cannot change it.

use super::{element_tiles, no_scratch, STEP};
use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::for_tiers;
use crate::philox::{philox, WORDS};

#[derive(Clone, Copy)]
struct Stream {
    key: [u32; 2],
    step: u32,
    operation: u32,
    /// The smallest word of an element that stays.
    least: u32,
    scale: f32,
    accumulate: bool,
}

#[inline(always)]
fn drop_body<const FUSED: bool>(x: &[f32], y: &mut [f32], start: usize, stream: Stream) {
    for (part, (x, y)) in x.chunks(WORDS).zip(y.chunks_mut(WORDS)).enumerate() {
        let words = philox(((start + part * WORDS) / 4) as u64, stream.step, stream.operation, stream.key);
        for ((y, x), word) in y.iter_mut().zip(x).zip(&words) {
            // A choice, not a product with 0: what is dropped may be infinite.
            let kept = if *word >= stream.least { *x * stream.scale } else { 0.0 };
            *y = if stream.accumulate { *y + kept } else { kept };
        }
    }
}

fn dropout(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = span(tile, STEP, call.size(0));
    let x = &call.f32s(0)[range.clone()];
    let start = range.start;
    let word = |index: usize| (call.scalars[index] as u64) as u32;
    let stream = Stream {
        key: [word(2), word(3)],
        step: word(4),
        operation: word(5),
        // A rate just below 1 may ask for 2^32.
        least: (call.scalars[1] * 4_294_967_296.0).ceil().min(4_294_967_295.0) as u32,
        scale: (1.0 / (1.0 - call.scalars[1])) as f32,
        accumulate: call.flag(6),
    };
    // SAFETY: tiles are disjoint.
    let y = unsafe { call.f32s_mut(1, range.start, range.len()) };
    for_tiers!(call.tier, drop_body, (x: &[f32], y: &mut [f32], start: usize, stream: Stream) -> ());
    Ok(())
}

pub const DROPOUT: Row = Row {
    name: "dropout",
    signature: "dropout(x:f32;;y:f32;n,rate,seedLow,seedHigh,step,operation;accumulate)",
    extents: |s| vec![s[0]; 2],
    check: |s| {
        if s[1] >= 0.0 && s[1] < 1.0 {
            Ok(())
        } else {
            Err(KernelError::Program { value: s[1], limit: 1.0 })
        }
    },
    tiles: element_tiles,
    scratch: no_scratch,
    run: dropout,
};
