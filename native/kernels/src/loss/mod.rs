//! Losses and their gradients.

mod cross_entropy;
mod small;

use crate::call::{no_check, Row};

fn gradients_of(s: &[f64], per_row: f64) -> f64 {
    if per_row != 0.0 {
        s[0]
    } else {
        1.0
    }
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "crossEntropy",
        signature: "crossEntropy(logits:f32,targets:i32,weights:f32;losses:f32,counted:f32,normalizer:f32;;rows,vocabulary,value,smoothing,hasWeights;)",
        extents: |s| vec![s[0] * s[1], s[0], s[1] * s[4], s[0], s[0], 2.0 * s[0]],
        check: no_check,
        tiles: cross_entropy::row_tiles,
        scratch: |_| 0,
        run: cross_entropy::cross_entropy,
    },
    Row {
        name: "crossEntropyGrad",
        signature: "crossEntropyGrad(logits:f32,targets:i32,weights:f32,normalizer:f32,share:f32,dy:f32;;dlogits:f32;rows,vocabulary,value,smoothing,hasWeights,perRow;accumulate;dlogits=logits)",
        extents: |s| vec![s[0] * s[1], s[0], s[1] * s[4], 2.0 * s[0], 1.0, gradients_of(s, s[5]), s[0] * s[1]],
        check: no_check,
        tiles: cross_entropy::row_tiles,
        scratch: |_| 0,
        run: cross_entropy::cross_entropy_grad,
    },
    Row {
        name: "softCrossEntropy",
        signature: "softCrossEntropy(logits:f32,targets:f32;losses:f32,normalizer:f32;;rows,vocabulary,smoothing;)",
        extents: |s| vec![s[0] * s[1], s[0] * s[1], s[0], 2.0 * s[0]],
        check: no_check,
        tiles: cross_entropy::row_tiles,
        scratch: |_| 0,
        run: cross_entropy::soft_cross_entropy,
    },
    Row {
        name: "softCrossEntropyGrad",
        signature: "softCrossEntropyGrad(logits:f32,targets:f32,normalizer:f32,share:f32,dy:f32;;dlogits:f32;rows,vocabulary,smoothing,perRow;accumulate)",
        extents: |s| vec![s[0] * s[1], s[0] * s[1], 2.0 * s[0], 1.0, gradients_of(s, s[3]), s[0] * s[1]],
        check: no_check,
        tiles: cross_entropy::row_tiles,
        scratch: |_| 0,
        run: cross_entropy::soft_cross_entropy_grad,
    },
    Row {
        name: "totalLoss",
        signature: "totalLoss(losses:f32,counted:f32;y:f32,share:f32;;rows;sum)",
        extents: |s| vec![s[0], s[0], 1.0, 1.0],
        check: no_check,
        tiles: |_| 1,
        scratch: |_| 0,
        run: small::total_loss,
    },
    Row {
        name: "finite",
        signature: "finite(x:f32;y:f32;;n;)",
        extents: |s| vec![s[0]; 2],
        check: no_check,
        tiles: small::element_tiles,
        scratch: |_| 0,
        run: small::finite,
    },
    Row {
        name: "clip",
        signature: "clip(x:f32;y:f32;;n,alpha,beta;)",
        extents: |s| vec![s[0]; 2],
        check: no_check,
        tiles: small::element_tiles,
        scratch: |_| 0,
        run: small::clip,
    },
    Row {
        name: "clipGrad",
        signature: "clipGrad(x:f32,dy:f32;;dx:f32;n,alpha,beta;accumulate)",
        extents: |s| vec![s[0]; 3],
        check: no_check,
        tiles: small::element_tiles,
        scratch: |_| 0,
        run: small::clip_grad,
    },
    Row {
        name: "scaleBy",
        signature: "scaleBy(x:f32,a:f32,b:f32;;y:f32;n;accumulate;y=x)",
        extents: |s| vec![s[0], 1.0, 1.0, s[0]],
        check: no_check,
        tiles: small::element_tiles,
        scratch: |_| 0,
        run: small::scale_by,
    },
];
