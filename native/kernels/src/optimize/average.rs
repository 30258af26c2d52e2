//! Moving averages of parameters.

use super::{elements, part};
use crate::call::Call;
use crate::error::KernelError;

pub fn update(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    let (momentum, rest) = (call.scalars[1] as f32, (1.0 - call.scalars[1]) as f32);
    let x = &call.f32s(0)[range.clone()];
    for (average, x) in part(call, 1, &range).iter_mut().zip(x) {
        *average = momentum * *average + rest * x;
    }
    Ok(())
}

pub fn exchange(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let range = elements(call, tile);
    part(call, 0, &range).swap_with_slice(part(call, 1, &range));
    Ok(())
}
