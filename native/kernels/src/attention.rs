//! Rotary positions, the paged key-value cache, causal grouped-query attention.
//! Keys lie 16 positions side by side, so scores need no sum across lanes; key tiles of 64 are aligned to absolute positions, so chunking a prompt changes no bit.

use crate::call::{span, Call, Element, Row};
use crate::error::KernelError;
use crate::for_tiers;
use crate::lanes::{exp, fma, from_bf16, sum, to_bf16, Lanes};

/// Positions of a page.
pub const PAGE: usize = 256;
/// Positions of a key tile of the softmax.
const TILE: usize = 64;
/// Query rows of a work tile.
const ROWS: usize = 8;

fn rotary(call: &Call, row: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (heads, width, start) = (call.size(1), call.size(2), call.size(3));
    let half = width / 2;
    let table = &call.f32s(0)[(start + row) * width..(start + row + 1) * width];
    // SAFETY: rows are disjoint.
    let x = unsafe { call.f32s_mut(1, row * heads * width, heads * width) };
    for head in x.chunks_exact_mut(width) {
        for i in 0..half {
            let (cos, sin) = (table[2 * i], table[2 * i + 1]);
            let (a, b) = if call.flag(5) { (2 * i, 2 * i + 1) } else { (i, i + half) };
            let (p, q) = (head[a], head[b]);
            head[a] = p * cos - q * sin;
            head[b] = p * sin + q * cos;
        }
    }
    Ok(())
}

/// Where a position lies: page of the pool and place in it.
fn place(call: &Call, pages: usize, position: usize, limit: usize) -> Result<(usize, usize), KernelError> {
    let page = call.i32s(pages)[position / PAGE];
    if page < 0 || page as usize >= limit {
        return Err(KernelError::Index { value: page as f64, limit: limit as f64 });
    }
    Ok((page as usize, position % PAGE))
}

unsafe fn put(call: &Call, operand: usize, index: usize, value: f32) {
    // SAFETY: extents cover every page of the pool; each position is written by one tile.
    unsafe {
        if call.operands[operand].element == Element::Bf16 {
            *call.out::<u16>(operand).add(index) = to_bf16(value);
        } else {
            *call.out::<f32>(operand).add(index) = value;
        }
    }
}

fn append_key_value(call: &Call, row: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (heads, width, start, limit) = (call.size(1), call.size(2), call.size(3), call.size(4));
    let (page, at) = place(call, 2, start + row, limit)?;
    let (k, v) = (call.f32s(0), call.f32s(1));
    for head in 0..heads {
        let base = (page * heads + head) * PAGE * width;
        let source = (row * heads + head) * width;
        for d in 0..width {
            // SAFETY: see put.
            unsafe {
                put(call, 3, base + at / 16 * 16 * width + d * 16 + at % 16, k[source + d]);
                put(call, 4, base + at * width + d, v[source + d]);
            }
        }
    }
    Ok(())
}

/// One work tile of attention: `rows` query rows of the heads that share one key-value head.
struct Group<'a> {
    q: &'a [f32],
    y: *mut f32,
    keys: *const u8,
    values: *const u8,
    bf16: bool,
    pages: &'a [i32],
    rows: std::ops::Range<usize>,
    heads: usize,
    heads_here: std::ops::Range<usize>,
    key_value_heads: usize,
    width: usize,
    start: usize,
    scale: f32,
    scratch: &'a mut [f32],
}

#[inline(always)]
unsafe fn load<const FUSED: bool>(base: *const u8, bf16: bool, index: usize) -> Lanes {
    let mut lanes: Lanes = [0.0; 16];
    // SAFETY: 16 elements at index, inside the pool.
    unsafe {
        if bf16 {
            let p = (base as *const u16).add(index);
            for (i, lane) in lanes.iter_mut().enumerate() {
                *lane = from_bf16(*p.add(i));
            }
        } else {
            let p = (base as *const f32).add(index);
            for (i, lane) in lanes.iter_mut().enumerate() {
                *lane = *p.add(i);
            }
        }
    }
    lanes
}

// Per query: running maximum, running sum and the unscaled output live in scratch; key tiles come in rising order.
#[inline(always)]
unsafe fn group_body<const FUSED: bool>(g: &mut Group) {
    let queries = g.rows.len() * g.heads_here.len();
    let (width, key_value_head) = (g.width, g.heads_here.start / (g.heads / g.key_value_heads));
    let (out, state) = g.scratch.split_at_mut(queries * width);
    out.fill(0.0);
    let (maxima, sums) = state.split_at_mut(queries);
    maxima.fill(f32::NEG_INFINITY);
    sums[..queries].fill(0.0);
    let end = g.start + g.rows.end;
    for tile in 0..end.div_ceil(TILE) {
        let first = tile * TILE;
        let base = (g.pages[first / PAGE] as usize * g.key_value_heads + key_value_head) * PAGE * width;
        let (key_base, value_base) = (base + first % PAGE * width, base + first % PAGE * width);
        for query in 0..queries {
            let (row, head) = (g.rows.start + query / g.heads_here.len(), g.heads_here.start + query % g.heads_here.len());
            if g.start + row < first {
                continue;
            }
            let count = (g.start + row + 1 - first).min(TILE);
            let q = &g.q[(row * g.heads + head) * width..][..width];
            let mut scores = [[0.0f32; 16]; TILE / 16];
            for (block, score) in scores.iter_mut().enumerate().take(count.div_ceil(16)) {
                let mut lanes: Lanes = [0.0; 16];
                for (d, value) in q.iter().enumerate() {
                    // SAFETY: the key tile lies in the pool.
                    let k = unsafe { load::<FUSED>(g.keys, g.bf16, key_base + block * 16 * width + d * 16) };
                    for i in 0..16 {
                        lanes[i] = fma::<FUSED>(*value, k[i], lanes[i]);
                    }
                }
                for i in 0..16 {
                    score[i] = if block * 16 + i < count { lanes[i] * g.scale } else { f32::NEG_INFINITY };
                }
            }
            let mut maximum = maxima[query];
            for value in scores.iter().flatten().take(count) {
                maximum = maximum.max(*value);
            }
            let correction = if maxima[query] == f32::NEG_INFINITY { 0.0 } else { exp::<FUSED>(maxima[query] - maximum) };
            maxima[query] = maximum;
            let mut total: Lanes = [0.0; 16];
            for score in scores.iter_mut().take(count.div_ceil(16)) {
                for i in 0..16 {
                    let p = exp::<FUSED>(score[i] - maximum);
                    score[i] = if score[i] == f32::NEG_INFINITY { 0.0 } else { p };
                    total[i] += score[i];
                }
            }
            sums[query] = fma::<FUSED>(sums[query], correction, sum(&total));
            let y = &mut out[query * width..(query + 1) * width];
            for (part, lanes) in y.chunks_exact_mut(16).enumerate() {
                for lane in lanes.iter_mut() {
                    *lane *= correction;
                }
                let mut held: Lanes = [0.0; 16];
                held.copy_from_slice(lanes);
                for j in 0..count {
                    let p = scores[j / 16][j % 16];
                    // SAFETY: positions up to the row's own have been written.
                    let v = unsafe { load::<FUSED>(g.values, g.bf16, value_base + j * width + part * 16) };
                    for i in 0..16 {
                        held[i] = fma::<FUSED>(p, v[i], held[i]);
                    }
                }
                lanes.copy_from_slice(&held);
            }
        }
    }
    for query in 0..queries {
        let (row, head) = (g.rows.start + query / g.heads_here.len(), g.heads_here.start + query % g.heads_here.len());
        let inverse = 1.0 / sums[query];
        for d in 0..width {
            // SAFETY: each query row and head belongs to one tile.
            unsafe { *g.y.add((row * g.heads + head) * width + d) = out[query * width + d] * inverse };
        }
    }
}

/// One row: a tile a head. More: a tile for each block of rows and key-value head, whose heads share the keys in cache.
fn heads_per_tile(call: &Call) -> usize {
    if call.size(0) == 1 {
        1
    } else {
        call.size(1) / call.size(2)
    }
}

fn attention_tiles(call: &Call) -> usize {
    call.size(0).div_ceil(ROWS) * (call.size(1) / heads_per_tile(call))
}

fn attention(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let (rows, heads, key_value_heads, width, start) = (call.size(0), call.size(1), call.size(2), call.size(3), call.size(4));
    let here = heads_per_tile(call);
    let groups = heads / here;
    let pages = &call.i32s(3)[..(start + rows).div_ceil(PAGE)];
    for page in pages {
        if *page < 0 || *page as usize >= call.size(5) {
            return Err(KernelError::Index { value: *page as f64, limit: call.scalars[5] });
        }
    }
    // The last blocks have most keys: they go first, so the threads end together.
    let block = rows.div_ceil(ROWS) - 1 - tile / groups;
    let mut group = Group {
        q: call.f32s(0),
        y: call.out(4),
        keys: call.out(1),
        values: call.out(2),
        bf16: call.operands[1].element == Element::Bf16,
        pages,
        rows: span(block, ROWS, rows),
        heads,
        heads_here: tile % groups * here..(tile % groups + 1) * here,
        key_value_heads,
        width,
        start,
        scale: call.scalars[6] as f32,
        // SAFETY: scratch is aligned and as long as attention_scratch says.
        scratch: unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, scratch.len() / 4) },
    };
    let g = &mut group;
    for_tiers!(call.tier, group_body, (g: &mut Group<'_>) -> ());
    Ok(())
}

fn attention_scratch(call: &Call) -> usize {
    ROWS * (call.size(1) / call.size(2)) * (call.size(3) + 2) * 4
}

fn check_attention(s: &[f64]) -> Result<(), KernelError> {
    if s[3] % 16.0 != 0.0 {
        return Err(KernelError::Program { value: s[3], limit: 16.0 });
    }
    if s[2] < 1.0 || s[1] % s[2] != 0.0 {
        return Err(KernelError::Program { value: s[1], limit: s[2] });
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "rotary",
        signature: "rotary(table:f32;;x:f32;rows,heads,width,start,positions;adjacent)",
        extents: |s| vec![s[4] * s[2], s[0] * s[1] * s[2]],
        check: |s| if s[3] + s[0] <= s[4] { Ok(()) } else { Err(KernelError::Index { value: s[3] + s[0], limit: s[4] }) },
        tiles: |call| call.size(0),
        scratch: |_| 0,
        run: rotary,
    },
    Row {
        name: "appendKeyValue",
        signature: "appendKeyValue(k:f32,v:f32,pages:i32;;keys:f32|bf16,values:f32|bf16;rows,heads,width,start,pageCount;)",
        extents: |s| {
            let (row, pool) = (s[0] * s[1] * s[2], s[4] * s[1] * PAGE as f64 * s[2]);
            vec![row, row, ((s[3] + s[0]) / PAGE as f64).ceil(), pool, pool]
        },
        check: |_| Ok(()),
        tiles: |call| call.size(0),
        scratch: |_| 0,
        run: append_key_value,
    },
    Row {
        name: "attention",
        signature: "attention(q:f32,keys:f32|bf16,values:f32|bf16,pages:i32;y:f32;;rows,heads,keyValueHeads,width,start,pageCount,scale;)",
        extents: |s| {
            let pool = s[5] * s[2] * PAGE as f64 * s[3];
            vec![s[0] * s[1] * s[3], pool, pool, ((s[4] + s[0]) / PAGE as f64).ceil(), s[0] * s[1] * s[3]]
        },
        check: check_attention,
        tiles: attention_tiles,
        scratch: attention_scratch,
        run: attention,
    },
];
