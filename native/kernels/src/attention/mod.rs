//! Rotary positions, the paged key-value cache, causal grouped-query attention.
//! Keys lie 16 positions side by side, so scores need no sum across lanes; key tiles of 64 are aligned to absolute positions, so chunking a prompt changes no bit.

mod attend;
mod cache;
mod rotary;

use crate::call::{span, Call, Element, Row};
use crate::error::KernelError;
use attend::{Group, TILE};
use cache::PAGE;

/// Query vectors of a work tile: enough to use each key and value many times while it is in the first cache.
const VECTORS: usize = 48;

fn pages_of(rows: f64, start: f64) -> f64 {
    if rows == 0.0 {
        0.0
    } else {
        ((start + rows) / PAGE as f64).ceil()
    }
}

fn checked_pages<'a>(call: &'a Call, operand: usize, positions: usize, limit: f64) -> Result<&'a [i32], KernelError> {
    let pages = &call.i32s(operand)[..positions.div_ceil(PAGE)];
    match pages.iter().find(|page| **page < 0 || **page as f64 >= limit) {
        Some(page) => Err(KernelError::Index { value: *page as f64, limit }),
        None => Ok(pages),
    }
}

fn append_key_value(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let rows = span(tile, cache::ROWS, call.size(0));
    let pages = checked_pages(call, 2, call.size(3) + rows.end, call.scalars[4])?;
    cache::append(call, pages, rows);
    Ok(())
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

fn attention_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(rows_per_tile(call)) * (call.size(1) / heads_per_tile(call))
}

fn attention_scratch(call: &Call) -> usize {
    let vectors = rows_per_tile(call) * (call.size(1) / call.size(2));
    vectors * (call.size(3).next_multiple_of(16) + TILE + 2) * 4
}

fn attention(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (rows, heads, width, start) = (call.size(0), call.size(1), call.size(3), call.size(4));
    let (together, step) = (heads_per_tile(call), rows_per_tile(call));
    let groups = heads / together;
    // The last rows have most keys: they go first, so that the threads end together.
    let rows_here = span(rows.div_ceil(step) - 1 - tile / groups, step, rows);
    let pages = checked_pages(call, 3, start + rows_here.end, call.scalars[5])?;
    let first_head = tile % groups * together;
    let group = Group {
        q: call.f32s(0),
        y: call.out(4),
        pages,
        rows: rows_here,
        heads,
        heads_here: first_head..first_head + together,
        key_value_heads: call.size(2),
        key_value_head: first_head / (heads / call.size(2)),
        width,
        start,
        scale: call.scalars[6] as f32,
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
    if s[2] >= 1.0 && s[1] % s[2] == 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[1], limit: s[2] })
    }
}

fn check_rotary(s: &[f64]) -> Result<(), KernelError> {
    if s[2] % 2.0 != 0.0 {
        return Err(KernelError::Program { value: s[2], limit: 2.0 });
    }
    if s[0] > 0.0 && s[5] < 1.0 {
        return Err(KernelError::Program { value: s[5], limit: 1.0 });
    }
    let last = s[3] + s[0].min(s[5]);
    if s[0] > 0.0 && last > s[4] {
        return Err(KernelError::Index { value: last - 1.0, limit: s[4] });
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "rotary",
        signature: "rotary(table:f32;;x:f32;rows,heads,width,start,positions,period;adjacent,back)",
        extents: |s| vec![s[4] * s[2], s[0] * s[1] * s[2]],
        check: check_rotary,
        tiles: |call| call.size(0).div_ceil(rotary::ROWS),
        scratch: |_| 0,
        run: |call, tile, _| {
            rotary::rotate(call, span(tile, rotary::ROWS, call.size(0)));
            Ok(())
        },
    },
    Row {
        name: "appendKeyValue",
        signature: "appendKeyValue(k:f32,v:f32,pages:i32;;keys:f32|bf16,values:f32|bf16;rows,heads,width,start,pageCount;)",
        extents: |s| {
            let (row, pool) = (s[0] * s[1] * s[2], s[4] * s[1] * PAGE as f64 * s[2]);
            vec![row, row, pages_of(s[0], s[3]), pool, pool]
        },
        check: |_| Ok(()),
        tiles: |call| call.size(0).div_ceil(cache::ROWS),
        scratch: |_| 0,
        run: append_key_value,
    },
    Row {
        name: "attention",
        signature: "attention(q:f32,keys:f32|bf16,values:f32|bf16,pages:i32;y:f32;;rows,heads,keyValueHeads,width,start,pageCount,scale;)",
        extents: |s| {
            let pool = s[5] * s[2] * PAGE as f64 * s[3];
            vec![s[0] * s[1] * s[3], pool, pool, pages_of(s[0], s[4]), s[0] * s[1] * s[3]]
        },
        check: check_attention,
        tiles: attention_tiles,
        scratch: attention_scratch,
        run: attention,
    },
];
