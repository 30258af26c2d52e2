//! The forward pass of one run of queries of one head: key blocks of 64, running maxima and sums. Sixteen queries lie side by side, so softmaxes need no sum across lanes,
//! and keys and values are read as they lie. Per query the order of operations depends on its own place alone.

use super::problem::{Dropping, Problem, Row, Sight, SIDE};
use super::product::{Ahead, Multiply, Product};
use super::turn::{copy, turn, turn_back};
use crate::vector::functions::log;
use crate::vector::{Vector, LANES};
use std::ops::Range;

/// What a work tile computes.
pub struct Work<'a> {
    pub problem: Problem<'a>,
    pub dropping: Option<Dropping>,
    pub b: usize,
    pub head: usize,
    /// Blocks of queries.
    pub blocks: Range<usize>,
    pub q: *const f32,
    pub k: *const f32,
    pub v: *const f32,
    pub y: *mut f32,
    pub lse: *mut f32,
    pub scratch: *mut f32,
    pub multiply: Multiply,
}

/// Floats of scratch.
pub fn scratch(width: usize, value_width: usize) -> usize {
    SIDE * (width.next_multiple_of(LANES) + 2 * value_width.next_multiple_of(LANES) + SIDE + 2)
}

struct Place {
    q: *mut f32,
    out: *mut f32,
    v: *mut f32,
    scores: *mut f32,
    maxima: *mut f32,
    sums: *mut f32,
    ahead: *mut Ahead,
}

/// # Safety
/// Operands and scratch as the extents say; the queries (of a run of one segment that begins here, all) are this tile's alone.
#[inline(always)]
pub unsafe fn forward<L: Vector>(w: &Work) {
    let (width, stride) = (w.problem.width.next_multiple_of(LANES), w.problem.value_width.next_multiple_of(LANES));
    let mut ahead = Ahead::default();
    // SAFETY: inside scratch.
    unsafe {
        let out = w.scratch.add(SIDE * width);
        let scores = out.add(2 * SIDE * stride);
        let place = Place {
            q: w.scratch,
            out,
            v: out.add(SIDE * stride),
            scores,
            maxima: scores.add(SIDE * SIDE),
            sums: scores.add(SIDE * SIDE + SIDE),
            ahead: &mut ahead,
        };
        let p = &w.problem;
        let (begin, end) = (w.blocks.start * SIDE, (w.blocks.end * SIDE).min(p.queries));
        let pieces = p.pieces() && w.dropping.is_none();
        let mut q = if pieces { p.first_piece(w.b, begin) } else { begin };
        while q < end {
            let (count, keys) = if pieces { p.piece(w.b, q) } else { (SIDE.min(p.queries - q), 0..p.keys) };
            queries::<L>(w, &place, q, count, keys);
            q += count;
        }
    }
}

/// `count` queries, SIDE at the most; of the keys, those in `seen`.
#[inline(always)]
unsafe fn queries<L: Vector>(w: &Work, place: &Place, q: usize, count: usize, seen: Range<usize>) {
    let p = &w.problem;
    let columns = count.div_ceil(LANES);
    // SAFETY: as `forward`.
    unsafe {
        let at = p.query(w.b, q, w.head);
        let (q_step, y_step) = (p.heads * p.width, p.heads * p.value_width);
        let y = w.y.add(at * p.value_width);
        turn::<L>(w.q.add(at * p.width), q_step, count, p.width, p.scale, place.q, std::ptr::null_mut());
        (*place.ahead).push(y, y_step, count, p.value_width);
        if q + count < (w.blocks.end * SIDE).min(p.queries) {
            (*place.ahead).push(w.q.add(p.query(w.b, q + count, w.head) * p.width), q_step, SIDE.min(p.queries - q - count), p.width);
        }
        for i in 0..SIDE {
            *place.maxima.add(i) = f32::MIN;
            *place.sums.add(i) = 0.0;
        }
        let mut begun = false;
        for k in seen.clone().step_by(SIDE) {
            let sight = p.sight(w.b, q..q + count, k..(k + SIDE).min(seen.end));
            if sight != Sight::None {
                keys::<L>(w, place, q, k..(k + SIDE).min(seen.end), columns, sight, begun);
                begun = true;
            }
        }
        if !begun {
            std::ptr::write_bytes(place.out, 0, SIDE * p.value_width);
        }
        let lse = w.lse.add((w.b * p.heads + w.head) * p.queries + q);
        for i in (0..count).step_by(LANES) {
            let sum = L::load(place.sums.add(i));
            L::store_left(lse.add(i), count - i, L::add(L::load(place.maxima.add(i)), log::<L>(sum)));
            L::store(place.sums.add(i), L::above(L::splat(f32::MIN_POSITIVE), sum, L::splat(0.0), L::div(L::splat(1.0), sum)));
        }
        turn_back::<L>(place.out, place.sums, y, y_step, count, p.value_width, false);
    }
}

#[inline(always)]
unsafe fn keys<L: Vector>(w: &Work, place: &Place, q: usize, keys: Range<usize>, columns: usize, sight: Sight, begun: bool) {
    let p = &w.problem;
    let shared = w.head / (p.heads / p.shared);
    let (k, count) = (keys.start, keys.len());
    let (k_step, v_step) = (p.shared * p.width, p.shared * p.value_width);
    // SAFETY: as `forward`.
    unsafe {
        let key = p.key(w.b, k, shared);
        if k + SIDE < p.keys && !p.diagonal(q, k) {
            let (next, rows) = (p.key(w.b, k + SIDE, shared), SIDE.min(p.keys - k - SIDE));
            (*place.ahead).push(w.k.add(next * p.width), k_step, rows, p.width);
            (*place.ahead).push(w.v.add(next * p.value_width), v_step, rows, p.value_width);
        }
        let scores = Product {
            rows: count,
            depth: p.width,
            columns,
            a: w.k.add(key * p.width),
            a_row: k_step,
            a_depth: 1,
            b: place.q,
            b_row: SIDE,
            c: place.scores,
            c_row: SIDE,
            add: false,
            ahead: place.ahead,
        };
        rows_below(w.multiply, scores, p.diagonal(q, k));
        if sight == Sight::Some {
            p.hide(w.b, q, k, place.scores as *mut Row);
        }
        weigh::<L>(w, place, count, columns, p.diagonal(q, k), begun);
        if let Some(dropping) = w.dropping {
            let group = (w.b * p.heads + w.head) * p.queries.div_ceil(SIDE) + q / SIDE;
            for j in 0..count {
                let factors = dropping.factors(((group * p.keys + k + j) * LANES) as u64);
                let row = &mut *(place.scores as *mut Row).add(j);
                for i in 0..SIDE {
                    row[i] *= factors[i];
                }
            }
        }
        copy::<L>(w.v.add(key * p.value_width), v_step, count, p.value_width, place.v);
        let out = Product {
            rows: p.value_width,
            depth: count,
            columns,
            a: place.v,
            a_row: 1,
            a_depth: p.value_width.next_multiple_of(LANES),
            b: place.scores,
            b_row: SIDE,
            c: place.out,
            c_row: SIDE,
            add: begun,
            ahead: place.ahead,
        };
        depth_below(w.multiply, out, p.diagonal(q, k));
    }
}

/// Scores to weights: exp(score - maximum), zero where nothing is seen. What was summed under a smaller maximum is scaled down to the new one.
#[inline(always)]
unsafe fn weigh<L: Vector>(w: &Work, place: &Place, count: usize, columns: usize, diagonal: bool, begun: bool) {
    // SAFETY: inside scratch.
    unsafe {
        let mut corrections = [L::splat(1.0); SIDE / LANES];
        let mut grown = false;
        for t in 0..columns {
            let scores = place.scores.add(t * LANES);
            let count = if diagonal { count.min((t + 1) * LANES) } else { count };
            let before = L::load(place.maxima.add(t * LANES));
            let mut most = before;
            for j in 0..count {
                most = L::max(L::load(scores.add(j * SIDE)), most);
            }
            grown |= L::largest(L::sub(most, before)) > 0.0;
            corrections[t] = L::exp(L::sub(before, most));
            let mut total = L::splat(0.0);
            for j in 0..count {
                let score = L::load(scores.add(j * SIDE));
                let weight = L::kept(score, L::exp(L::sub(score, most)));
                L::store(scores.add(j * SIDE), weight);
                total = L::add(total, weight);
            }
            let sums = place.sums.add(t * LANES);
            L::store(sums, L::fma(L::load(sums), corrections[t], total));
            L::store(place.maxima.add(t * LANES), most);
        }
        if begun && grown {
            for d in 0..w.problem.value_width {
                for t in 0..columns {
                    let out = place.out.add(d * SIDE + t * LANES);
                    L::store(out, L::mul(L::load(out), corrections[t]));
                }
            }
        }
    }
}

/// A product whose rows are keys and whose columns are queries: on the diagonal, sixteen keys at a time, only for queries that may see them.
///
/// # Safety
/// As the product's.
#[inline(always)]
pub unsafe fn rows_below(multiply: Multiply, whole: Product, diagonal: bool) {
    // SAFETY: parts of the whole.
    unsafe {
        if !diagonal {
            return multiply(&whole);
        }
        for t in 0..whole.columns.min(whole.rows.div_ceil(LANES)) {
            let (row, column) = (t * LANES, t * LANES);
            multiply(&Product {
                rows: (whole.rows - row).min(LANES),
                columns: whole.columns - t,
                a: whole.a.add(row * whole.a_row),
                b: whole.b.add(column),
                c: whole.c.add(row * whole.c_row + column),
                ..whole
            });
        }
    }
}

/// A product summed over keys whose columns are queries: on the diagonal, for each sixteen queries only the keys that they may see.
///
/// # Safety
/// As the product's.
#[inline(always)]
pub unsafe fn depth_below(multiply: Multiply, whole: Product, diagonal: bool) {
    // SAFETY: parts of the whole.
    unsafe {
        if !diagonal {
            return multiply(&whole);
        }
        for t in 0..whole.columns {
            let depth = whole.depth.min((t + 1) * LANES);
            multiply(&Product { depth, columns: 1, b: whole.b.add(t * LANES), c: whole.c.add(t * LANES), ..whole });
        }
    }
}
