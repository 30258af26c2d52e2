//! A sequence seen through windows: convolution's unfolding, pooling, and their gradients, which are gathered, so that tiles never meet.

use crate::call::{no_scratch, span, Call, Row};
use crate::error::KernelError;

/// Elements of a tile, about; channels of a tile of pooling's gradient.
const STEP: usize = 16_384;
const CHANNELS: usize = 64;

/// Window `to` looks at steps to · stride + k · dilation - padding.
struct Windows {
    batch: usize,
    length: usize,
    channels: usize,
    taps: usize,
    outputs: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
}

impl Windows {
    fn of(call: &Call, dilated: bool) -> Windows {
        let s = |i: usize| call.size(i);
        let (dilation, padding) = if dilated { (s(6), s(7)) } else { (1, s(6)) };
        Windows { batch: s(0), length: s(1), channels: s(2), taps: s(3), outputs: s(4), stride: s(5), dilation, padding }
    }

    /// The step that a tap looks at, unless it is padding.
    fn step(&self, to: usize, k: usize) -> Option<usize> {
        (to * self.stride + k * self.dilation).checked_sub(self.padding).filter(|t| *t < self.length)
    }

    /// Steps of a window of pooling.
    fn steps(&self, to: usize) -> std::ops::Range<usize> {
        let start = to * self.stride;
        start.saturating_sub(self.padding)..(start + self.taps).saturating_sub(self.padding).min(self.length)
    }
}

/// Rows of a tile, where each takes `width` elements.
fn rows_of(width: usize) -> usize {
    (STEP / width.max(1)).max(1)
}

fn unfold_tiles(call: &Call) -> usize {
    let w = Windows::of(call, true);
    (w.batch * w.outputs).div_ceil(rows_of(w.taps * w.channels))
}

fn unfold(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let w = Windows::of(call, true);
    let width = w.taps * w.channels;
    let x = call.f32s(0);
    for row in span(tile, rows_of(width), w.batch * w.outputs) {
        // SAFETY: rows are disjoint.
        let y = unsafe { call.f32s_mut(1, row * width, width) };
        let (b, to) = (row / w.outputs, row % w.outputs);
        for k in 0..w.taps {
            let y = &mut y[k * w.channels..(k + 1) * w.channels];
            match w.step(to, k) {
                Some(t) => y.copy_from_slice(&x[(b * w.length + t) * w.channels..][..w.channels]),
                None => y.fill(0.0),
            }
        }
    }
    Ok(())
}

fn unfold_grad_tiles(call: &Call) -> usize {
    let w = Windows::of(call, true);
    (w.batch * w.length).div_ceil(rows_of(w.channels * w.taps.div_ceil(w.stride)))
}

fn unfold_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let w = Windows::of(call, true);
    let dy = call.f32s(0);
    for row in span(tile, rows_of(w.channels * w.taps.div_ceil(w.stride)), w.batch * w.length) {
        // SAFETY: rows are disjoint.
        let dx = unsafe { call.f32s_mut(1, row * w.channels, w.channels) };
        if !call.flag(8) {
            dx.fill(0.0);
        }
        let (b, t) = (row / w.length, row % w.length);
        for k in 0..w.taps {
            // to · stride = t + padding - k · dilation.
            let Some(start) = (t + w.padding).checked_sub(k * w.dilation) else { break };
            let to = start / w.stride;
            if start % w.stride != 0 || to >= w.outputs {
                continue;
            }
            let dy = &dy[((b * w.outputs + to) * w.taps + k) * w.channels..][..w.channels];
            for (dx, dy) in dx.iter_mut().zip(dy) {
                *dx += dy;
            }
        }
    }
    Ok(())
}

fn pool_tiles(call: &Call) -> usize {
    let w = Windows::of(call, false);
    (w.batch * w.outputs).div_ceil(rows_of(w.taps * w.channels))
}

fn pool(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let w = Windows::of(call, false);
    let (x, average) = (call.f32s(0), call.flag(7));
    for row in span(tile, rows_of(w.taps * w.channels), w.batch * w.outputs) {
        // SAFETY: rows are disjoint.
        let y = unsafe { call.f32s_mut(1, row * w.channels, w.channels) };
        let steps = w.steps(row % w.outputs);
        let first = (row / w.outputs * w.length + steps.start) * w.channels;
        y.copy_from_slice(&x[first..][..w.channels]);
        for t in 1..steps.len() {
            let x = &x[first + t * w.channels..][..w.channels];
            for (y, x) in y.iter_mut().zip(x) {
                // A NaN stays: nothing is above it.
                *y = if average {
                    *y + x
                } else if *x > *y || x.is_nan() {
                    *x
                } else {
                    *y
                };
            }
        }
        if average {
            let share = 1.0 / steps.len() as f32;
            y.iter_mut().for_each(|y| *y *= share);
        }
    }
    Ok(())
}

// A tile has all steps of some channels of one example: windows that overlap are its own.
fn pool_grad_tiles(call: &Call) -> usize {
    let w = Windows::of(call, false);
    w.batch * w.channels.div_ceil(CHANNELS)
}

fn pool_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let w = Windows::of(call, false);
    let blocks = w.channels.div_ceil(CHANNELS);
    let (b, channels) = (tile / blocks, span(tile % blocks, CHANNELS, w.channels));
    let (x, dy, average) = (call.f32s(0), call.f32s(1), call.flag(7));
    let at = |t: usize| (b * w.length + t) * w.channels + channels.start;
    // SAFETY: examples and channels are disjoint.
    let part = |t: usize| unsafe { call.f32s_mut(2, at(t), channels.len()) };
    if !call.flag(8) {
        for t in 0..w.length {
            part(t).fill(0.0);
        }
    }
    for to in 0..w.outputs {
        let steps = w.steps(to);
        let dy = &dy[(b * w.outputs + to) * w.channels + channels.start..][..channels.len()];
        if average {
            let share = 1.0 / steps.len() as f32;
            for t in steps {
                for (dx, dy) in part(t).iter_mut().zip(dy) {
                    *dx += dy * share;
                }
            }
            continue;
        }
        for (c, dy) in dy.iter().enumerate() {
            let mut best = steps.start;
            for t in steps.clone().skip(1) {
                let (value, most) = (x[at(t) + c], x[at(best) + c]);
                if value > most || (value.is_nan() && !most.is_nan()) {
                    best = t;
                }
            }
            part(best)[c] += dy;
        }
    }
    Ok(())
}

fn some(s: &[f64], dilation: f64) -> Result<(), KernelError> {
    let least = s[3].min(s[5]).min(dilation);
    if least > 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: least, limit: 1.0 })
    }
}

// Each window must hold a step: the first and the last do, so all between.
fn pooled(s: &[f64]) -> Result<(), KernelError> {
    some(s, 1.0)?;
    if s[4] == 0.0 || (s[6] < s[3] && (s[4] - 1.0) * s[5] < s[1] + s[6] && s[1] > 0.0) {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[4], limit: 0.0 })
    }
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "unfold",
        signature: "unfold(x:f32;y:f32;;batch,length,channels,taps,outputs,stride,dilation,padding;)",
        extents: |s| vec![s[0] * s[1] * s[2], s[0] * s[4] * s[3] * s[2]],
        check: |s| some(s, s[6]),
        tiles: unfold_tiles,
        scratch: no_scratch,
        run: unfold,
    },
    Row {
        name: "unfoldGrad",
        signature: "unfoldGrad(dy:f32;;dx:f32;batch,length,channels,taps,outputs,stride,dilation,padding;accumulate)",
        extents: |s| vec![s[0] * s[4] * s[3] * s[2], s[0] * s[1] * s[2]],
        check: |s| some(s, s[6]),
        tiles: unfold_grad_tiles,
        scratch: no_scratch,
        run: unfold_grad,
    },
    Row {
        name: "pool",
        signature: "pool(x:f32;y:f32;;batch,length,channels,taps,outputs,stride,padding;average)",
        extents: |s| vec![s[0] * s[1] * s[2], s[0] * s[4] * s[2]],
        check: pooled,
        tiles: pool_tiles,
        scratch: no_scratch,
        run: pool,
    },
    Row {
        name: "poolGrad",
        signature: "poolGrad(x:f32,dy:f32;;dx:f32;batch,length,channels,taps,outputs,stride,padding;average,accumulate)",
        extents: |s| vec![s[0] * s[1] * s[2], s[0] * s[4] * s[2], s[0] * s[1] * s[2]],
        check: pooled,
        tiles: pool_grad_tiles,
        scratch: no_scratch,
        run: pool_grad,
    },
];
