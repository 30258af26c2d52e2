//! Kernels: attention over whole sequences, forward and backward, without scores in memory.

mod backward;
mod forward;
mod problem;
mod product;
mod turn;
mod weights;

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::tier::Tier;
use crate::vector::portable::Portable;
use crate::{for_tiers, for_vectors};
use backward::backward as backward_pass;
use forward::forward as forward_pass;
use problem::{Dropping, Problem, SIDE};
use product::{multiply, Multiply, Product};

/// Pairs of a block of queries and a block of keys that a tile of the forward pass takes.
const PAIRS: usize = 16;
/// Queries of a tile of weights.
const QUERIES: usize = 16;

// Products are called through a pointer: it is compiled once a tier, not once a place.
fn multiply_on(tier: Tier) -> Multiply {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,f16c")]
    unsafe fn avx2(product: &Product) {
        multiply::<crate::vector::avx2::Avx2, false>(product)
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
    unsafe fn avx512(product: &Product) {
        multiply::<crate::vector::avx512::Avx512, true>(product)
    }
    match tier {
        #[cfg(target_arch = "x86_64")]
        Tier::Avx2 => avx2,
        #[cfg(target_arch = "x86_64")]
        tier if tier >= Tier::Avx512 => avx512,
        _ => multiply::<Portable, false>,
    }
}

// Blocks of queries of a forward tile.
fn blocks_per_tile(call: &Call) -> usize {
    (PAIRS / call.size(2).div_ceil(SIDE).max(1)).max(1)
}

fn forward_tiles(call: &Call) -> usize {
    call.size(0) * call.size(3) * call.size(1).div_ceil(SIDE).div_ceil(blocks_per_tile(call))
}

fn flash_attention(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let problem = Problem::new(call, 3, 16);
    let lines = problem.batch * problem.heads;
    let runs = forward_tiles(call) / lines;
    // The last queries see most keys where attention is causal: they go first, so that the threads end together.
    let run = runs - 1 - tile / lines;
    assert!(scratch.len() >= forward::scratch(problem.width, problem.value_width) * 4);
    let work = &forward::Work {
        dropping: Dropping::new(call),
        b: tile % lines / problem.heads,
        head: tile % problem.heads,
        blocks: span(run, blocks_per_tile(call), problem.queries.div_ceil(SIDE)),
        q: call.f32s(0).as_ptr(),
        k: call.f32s(1).as_ptr(),
        v: call.f32s(2).as_ptr(),
        y: call.out(5),
        lse: call.out(6),
        scratch: scratch.as_mut_ptr() as *mut f32,
        multiply: multiply_on(call.tier),
        problem,
    };
    // Extents were checked, scratch is aligned, and each query belongs to one tile.
    for_vectors!(call.tier, forward_pass, (work: &forward::Work));
    Ok(())
}

fn flash_attention_grad(call: &Call, tile: usize, scratch: &mut [u8]) -> Result<(), KernelError> {
    let problem = Problem::new(call, 6, 16);
    assert!(scratch.len() >= backward::scratch(problem.width, problem.value_width, problem.keys) * 4);
    let work = &backward::Work {
        dropping: Dropping::new(call),
        b: tile / problem.shared,
        shared: tile % problem.shared,
        q: call.f32s(0).as_ptr(),
        k: call.f32s(1).as_ptr(),
        v: call.f32s(2).as_ptr(),
        y: call.f32s(3).as_ptr(),
        lse: call.f32s(4).as_ptr(),
        dy: call.f32s(5).as_ptr(),
        dq: call.out(8),
        dk: call.out(9),
        dv: call.out(10),
        add: call.flag(17),
        scratch: scratch.as_mut_ptr() as *mut f32,
        multiply: multiply_on(call.tier),
        problem,
    };
    // As above; a key-value head of a sequence, and the query heads that share it, belong to one tile.
    for_vectors!(call.tier, backward_pass, (work: &backward::Work));
    Ok(())
}

fn attention_weights(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let p = &Problem::new(call, 2, 11);
    let (q, k) = (call.f32s(0), call.f32s(1));
    for row in span(tile, QUERIES, p.batch * p.heads * p.queries) {
        let (b, head, i) = (row / p.queries / p.heads, row / p.queries % p.heads, row % p.queries);
        // SAFETY: rows are disjoint.
        let weights = unsafe { call.f32s_mut(4, row * p.keys, p.keys) };
        weigh_on(call.tier, p, [b, head, i], q, k, weights);
    }
    Ok(())
}

fn weigh_on(tier: Tier, p: &Problem, place: [usize; 3], q: &[f32], k: &[f32], weights: &mut [f32]) {
    for_tiers!(tier, weigh, (p: &Problem, place: [usize; 3], q: &[f32], k: &[f32], weights: &mut [f32]) -> ())
}

#[inline(always)]
fn weigh<const FUSED: bool>(p: &Problem, [b, head, i]: [usize; 3], q: &[f32], k: &[f32], weights: &mut [f32]) {
    weights::weigh::<FUSED>(p, b, head, i, q, k, weights)
}

fn check(s: &[f64]) -> Result<(), KernelError> {
    if s[4] >= 1.0 && s[3] % s[4] == 0.0 {
        Ok(())
    } else {
        Err(KernelError::Program { value: s[3], limit: s[4] })
    }
}

// Elements of queries, of keys, of values, of results, of log-sums, and of both segments.
fn extents(s: &[f64]) -> [f64; 7] {
    let (query, key) = (s[0] * s[1] * s[3], s[0] * s[2] * s[4]);
    [query * s[5], key * s[5], key * s[6], query * s[6], query, s[7] * s[0] * s[1], s[8] * s[0] * s[2]]
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "flashAttention",
        signature: "flashAttention(q:f32,k:f32,v:f32,querySegments:i32,keySegments:i32;y:f32,lse:f32;;batch,queries,keys,heads,keyValueHeads,width,valueWidth,hasQuerySegments,hasKeySegments,firstSegment,scale,rate,seedLow,seedHigh,step,operation;causal)",
        extents: |s| {
            let [query, key, value, result, lse, query_segments, key_segments] = extents(s);
            vec![query, key, value, query_segments, key_segments, result, lse]
        },
        check,
        tiles: forward_tiles,
        scratch: |call| forward::scratch(call.size(5), call.size(6)) * 4,
        run: flash_attention,
    },
    Row {
        name: "flashAttentionGrad",
        signature: "flashAttentionGrad(q:f32,k:f32,v:f32,y:f32,lse:f32,dy:f32,querySegments:i32,keySegments:i32;;dq:f32,dk:f32,dv:f32;batch,queries,keys,heads,keyValueHeads,width,valueWidth,hasQuerySegments,hasKeySegments,firstSegment,scale,rate,seedLow,seedHigh,step,operation;causal,accumulate)",
        extents: |s| {
            let [query, key, value, result, lse, query_segments, key_segments] = extents(s);
            vec![query, key, value, result, lse, result, query_segments, key_segments, query, key, value]
        },
        check,
        tiles: |call| call.size(0) * call.size(4),
        scratch: |call| backward::scratch(call.size(5), call.size(6), call.size(2)) * 4,
        run: flash_attention_grad,
    },
    Row {
        name: "attentionWeights",
        signature: "attentionWeights(q:f32,k:f32,querySegments:i32,keySegments:i32;weights:f32;;batch,queries,keys,heads,keyValueHeads,width,valueWidth,hasQuerySegments,hasKeySegments,firstSegment,scale;causal)",
        extents: |s| {
            let [query, key, _, _, lse, query_segments, key_segments] = extents(s);
            vec![query, key, query_segments, key_segments, lse * s[2]]
        },
        check,
        tiles: |call| (call.size(0) * call.size(1) * call.size(3)).div_ceil(QUERIES),
        scratch: |_| 0,
        run: attention_weights,
    },
];
