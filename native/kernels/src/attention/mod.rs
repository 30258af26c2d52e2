//! Rotary positions, the paged key-value cache, causal grouped-query attention.
//! A step holds rows of any mixture of sequences: runs of rows say whose they are.
//! Keys lie 16 positions side by side, so scores need no sum across lanes; key tiles of 64 are aligned to absolute positions, so chunking a prompt changes no bit.

mod attend;
mod batch;
mod cache;
mod history;
mod rotary;

use crate::call::{span, Call, Element, Row};
use crate::error::KernelError;
use attend::{Group, TILE};
use batch::{Batch, Run};
use cache::PAGE;
use std::ops::Range;

/// Query vectors of a work tile: enough to use each key and value many times while it is in the first cache.
const VECTORS: usize = 48;

/// The batch of a call whose sizes from `first` on are runCount, slots, tablePages, pageCount, layer, layers, and whose operands from `operand` on are runs and table.
fn batch_of(call: &Call, operand: usize, first: usize) -> Batch<'_> {
    Batch {
        runs: call.i32s(operand),
        table: call.i32s(operand + 1),
        rows: call.size(0),
        pages: call.size(first + 2),
        pool: call.size(first + 3),
        layer: call.size(first + 4),
        layers: call.size(first + 5),
    }
}

fn append_key_value(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    cache::append(call, &batch_of(call, 2, 3), span(tile, cache::ROWS, call.size(0)))
}

/// Heads whose keys are the same go together, unless there are fewer such groups than threads and only one row to share out.
fn heads_per_tile(call: &Call) -> usize {
    if call.size(0) == 1 && call.size(2) < call.threads {
        1
    } else {
        call.size(1) / call.size(2)
    }
}

fn rows_per_tile(call: &Call) -> usize {
    (VECTORS / (call.size(1) / call.size(2))).max(1)
}

// As many as the runs may come to: where they begin and end is in memory. Tiles without rows do nothing.
fn attention_tiles(call: &Call) -> usize {
    if call.size(0) == 0 {
        return 0;
    }
    (call.size(0).div_ceil(rows_per_tile(call)) + call.size(4).saturating_sub(1)) * (call.size(1) / heads_per_tile(call))
}

fn attention_scratch(call: &Call) -> usize {
    let vectors = rows_per_tile(call) * (call.size(1) / call.size(2));
    vectors * (call.size(3).next_multiple_of(16) + TILE + 2) * 4
}

/// Rows number `from_end` from the last, in steps within runs. The last rows have most keys: they go first, so that the threads end together.
fn rows_of_tile(batch: &Batch, step: usize, from_end: usize) -> Result<Option<(Run, Range<usize>)>, KernelError> {
    let mut left = from_end;
    for at in (0..batch.count()).rev() {
        let run = batch.run(at)?;
        let pieces = run.rows.len().div_ceil(step);
        if left < pieces {
            let piece = span(pieces - 1 - left, step, run.rows.len());
            let rows = run.rows.start + piece.start..run.rows.start + piece.end;
            return Ok(Some((run, rows)));
        }
        left -= pieces;
    }
    Ok(None)
}

fn attention(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (heads, width) = (call.size(1), call.size(3));
    let together = heads_per_tile(call);
    let groups = heads / together;
    let batch = batch_of(call, 3, 4);
    let Some((run, rows)) = rows_of_tile(&batch, rows_per_tile(call), tile / groups)? else {
        return Ok(());
    };
    let position = run.start + rows.start - run.rows.start;
    let first_head = tile % groups * together;
    let group = Group {
        q: call.f32s(0),
        y: call.out(5),
        pages: batch.pages(&run, position + rows.len() - 1)?,
        rows,
        heads,
        heads_here: first_head..first_head + together,
        key_value_heads: call.size(2),
        key_value_head: first_head / (heads / call.size(2)),
        width,
        position,
        layers: batch.layers,
        layer: batch.layer,
        window: call.size(10),
        scale: call.scalars[11] as f32,
        cap: call.scalars[12] as f32,
        tier: call.tier,
        // SAFETY: scratch is aligned and as long as attention_scratch says.
        scratch: unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, scratch.len() / 4) },
    };
    // SAFETY: extents cover the whole pool, pages lie in it, and each query row and head belongs to one tile.
    unsafe {
        match (call.operands[1].element, call.operands[2].element) {
            (Element::F32, Element::F32) => attend::run::<f32, f32>(group, call.out(1), call.out(2)),
            (Element::F32, _) => attend::run::<f32, Bf16>(group, call.out(1), call.out(2)),
            (_, Element::F32) => attend::run::<Bf16, f32>(group, call.out(1), call.out(2)),
            _ => attend::run::<Bf16, Bf16>(group, call.out(1), call.out(2)),
        }
    }
    Ok(())
}

type Bf16 = u16;

fn check_attention(s: &[f64]) -> Result<(), KernelError> {
    if s[2] < 1.0 || s[1] < 1.0 || s[1] % s[2] != 0.0 {
        return Err(KernelError::Program { value: s[1], limit: s[2] });
    }
    check_layer(s[8], s[9])
}

fn check_layer(layer: f64, layers: f64) -> Result<(), KernelError> {
    if layer < layers {
        Ok(())
    } else {
        Err(KernelError::Program { value: layer, limit: layers })
    }
}

fn check_history(s: &[f64]) -> Result<(), KernelError> {
    if s[0] > s[1] {
        return Err(KernelError::Program { value: s[0], limit: s[1] });
    }
    if s[4] < s[5] {
        Ok(())
    } else {
        Err(KernelError::Index { value: s[4], limit: s[5] })
    }
}

fn check_rotary(s: &[f64]) -> Result<(), KernelError> {
    let (rows, width, turned, start, positions, period) = (s[0], s[2], s[3], s[4], s[5], s[6]);
    if turned % 2.0 != 0.0 || turned > width {
        return Err(KernelError::Program { value: turned, limit: width });
    }
    if rows == 0.0 || s[7] != 0.0 {
        return Ok(());
    }
    if period < 1.0 {
        return Err(KernelError::Program { value: period, limit: 1.0 });
    }
    let last = start + rows.min(period);
    if last > positions {
        return Err(KernelError::Index { value: last - 1.0, limit: positions });
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "rotary",
        signature: "rotary(table:f32,places:i32;;x:f32;rows,heads,width,turned,start,positions,period,hasPlaces;adjacent,back)",
        extents: |s| vec![s[5] * s[3], if s[7] != 0.0 { s[0] } else { 0.0 }, s[0] * s[1] * s[2]],
        check: check_rotary,
        tiles: |call| call.size(0).div_ceil(rotary::ROWS),
        scratch: |_| 0,
        run: |call, tile, _| rotary::rotate(call, span(tile, rotary::ROWS, call.size(0))),
    },
    Row {
        name: "appendKeyValue",
        signature: "appendKeyValue(k:f32,v:f32,runs:i32,table:i32;;keys:f32|bf16,values:f32|bf16;rows,heads,width,runCount,slots,tablePages,pageCount,layer,layers;)",
        extents: |s| {
            let (row, pool) = (s[0] * s[1] * s[2], s[6] * s[8] * s[1] * PAGE as f64 * s[2]);
            vec![row, row, s[3] * 3.0, s[4] * s[5], pool, pool]
        },
        check: |s| check_layer(s[7], s[8]),
        tiles: |call| call.size(0).div_ceil(cache::ROWS),
        scratch: |_| 0,
        run: append_key_value,
    },
    Row {
        name: "attention",
        signature: "attention(q:f32,keys:f32|bf16,values:f32|bf16,runs:i32,table:i32;y:f32;;rows,heads,keyValueHeads,width,runCount,slots,tablePages,pageCount,layer,layers,window,scale,softcap;)",
        extents: |s| {
            let (row, pool) = (s[0] * s[1] * s[3], s[7] * s[9] * s[2] * PAGE as f64 * s[3]);
            vec![row, pool, pool, s[4] * 3.0, s[5] * s[6], row]
        },
        check: check_attention,
        tiles: attention_tiles,
        scratch: attention_scratch,
        run: attention,
    },
    Row {
        name: "historyAttention",
        signature: "historyAttention(q:f32,k:f32,v:f32,ancestors:i32,bias:f32;y:f32;keys:f32,values:f32;rows,slots,heads,width,position,capacity,scale,hasBias;)",
        extents: |s| {
            let (row, pool) = (s[0] * s[2] * s[3], s[5] * s[1] * s[2] * s[3]);
            vec![row, row, row, s[0] * s[5], s[7] * s[2] * s[5], row, pool, pool]
        },
        check: check_history,
        tiles: |call| call.size(0) * call.size(2),
        scratch: history::scratch,
        run: history::run,
    },
];
