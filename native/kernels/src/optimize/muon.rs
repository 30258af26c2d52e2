//! What Muon needs beside products of matrices: its momentum, and sums of two matrices.

use super::norm::keep_squares;
use super::{elements, part, Seen};
use crate::call::Call;
use crate::error::KernelError;

pub fn momentum(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let g = &call.f32s(0)[range.clone()];
    let [_, momentum, delta, has_partials, nesterov]: [f64; 5] = std::array::from_fn(|i| call.scalars[i]);
    if has_partials != 0.0 {
        keep_squares(call, 3, tile, g);
    }
    let seen = Seen::new(call.f32s(1), delta);
    let (kept, rest) = (momentum as f32, (1.0 - momentum) as f32);
    let (update, buffer) = (part(call, 2, &range), part(call, 4, &range));
    for ((update, buffer), g) in update.iter_mut().zip(buffer.iter_mut()).zip(g) {
        let d = seen.of(*g);
        let moved = kept * *buffer + rest * d;
        *buffer = moved;
        *update = if nesterov != 0.0 { kept * moved + rest * d } else { moved };
    }
    Ok(())
}

pub fn combine(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let [_, alpha, beta, has_b]: [f64; 4] = std::array::from_fn(|i| call.scalars[i]);
    let (alpha, beta) = (alpha as f32 * call.f32s(2)[0], beta as f32);
    let a = &call.f32s(0)[range.clone()];
    let y = part(call, 3, &range);
    if has_b != 0.0 {
        for ((y, a), b) in y.iter_mut().zip(a).zip(&call.f32s(1)[range]) {
            *y = alpha * a + beta * b;
        }
    } else {
        for (y, a) in y.iter_mut().zip(a) {
            *y = alpha * a;
        }
    }
    Ok(())
}
