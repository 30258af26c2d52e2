//! Layer norm, RMS norm, softmax and their gradients.

mod norm;
mod softmax;
pub mod sums;

use crate::call::Row;
use crate::error::KernelError;

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "norm",
        signature: "norm(x:f32,gamma:f32,beta:f32;y:f32;;rows,width,epsilon,hasGamma,hasBeta;centered)",
        extents: |s| vec![s[0] * s[1], s[1] * s[3], s[1] * s[4], s[0] * s[1]],
        check: |_| Ok(()),
        tiles: norm::norm_tiles,
        scratch: |_| 0,
        run: norm::norm,
    },
    Row {
        name: "normGrad",
        signature: "normGrad(x:f32,gamma:f32,dy:f32;partial:f32;dx:f32;rows,width,epsilon,hasGamma,hasPartial,block;centered,accumulate)",
        extents: |s| {
            let n = s[0] * s[1];
            vec![n, s[1] * s[3], n, 2.0 * (s[0] / s[5]).ceil() * s[1] * s[4], n]
        },
        check: |s| if s[5] > 0.0 { Ok(()) } else { Err(KernelError::Program { value: s[5], limit: 1.0 }) },
        tiles: norm::grad_tiles,
        scratch: |_| 0,
        run: norm::norm_grad,
    },
    Row {
        name: "softmax",
        signature: "softmax(x:f32;y:f32;;rows,width;logarithm)",
        extents: |s| vec![s[0] * s[1]; 2],
        check: |_| Ok(()),
        tiles: softmax::row_tiles,
        scratch: |_| 0,
        run: softmax::softmax,
    },
    Row {
        name: "softmaxGrad",
        signature: "softmaxGrad(y:f32,dy:f32;;dx:f32;rows,width;logarithm,accumulate)",
        extents: |s| vec![s[0] * s[1]; 3],
        check: |_| Ok(()),
        tiles: softmax::row_tiles,
        scratch: |_| 0,
        run: softmax::softmax_grad,
    },
];
