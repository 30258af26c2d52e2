//! The backward pass of one sequence and key-value head: for every block of queries the weights of every key block are computed again from the log-sums.
//! One tile owns its keys, values and the queries of all heads that share them, so sums have one order whoever runs it.

use super::forward::{depth_below, rows_below};
use super::problem::{Dropping, Problem, Row, Sight, SIDE};
use super::product::{Ahead, Multiply, Product};
use super::turn::{copy, put, turn, turn_back};
use crate::vector::{Vector, LANES};

/// What a work tile computes.
pub struct Work<'a> {
    pub problem: Problem<'a>,
    pub dropping: Option<Dropping>,
    pub b: usize,
    pub shared: usize,
    pub q: *const f32,
    pub k: *const f32,
    pub v: *const f32,
    pub y: *const f32,
    pub lse: *const f32,
    pub dy: *const f32,
    pub dq: *mut f32,
    pub dk: *mut f32,
    pub dv: *mut f32,
    pub add: bool,
    pub scratch: *mut f32,
    pub multiply: Multiply,
}

/// Floats of scratch.
pub fn scratch(width: usize, value_width: usize, keys: usize) -> usize {
    let (stride, value_stride) = (width.next_multiple_of(LANES), value_width.next_multiple_of(LANES));
    SIDE * (4 * stride + 2 * value_stride + 2 * SIDE + 3) + keys * (stride + value_stride)
}

struct Place {
    /// Queries times the scale, as rows and turned; the same of dy.
    q: *mut f32,
    q_turned: *mut f32,
    dy: *mut f32,
    dy_turned: *mut f32,
    dq_turned: *mut f32,
    k: *mut f32,
    weights: *mut f32,
    scores: *mut f32,
    lse: *mut f32,
    delta: *mut f32,
    scale: *mut f32,
    dk: *mut f32,
    dv: *mut f32,
    ahead: *mut Ahead,
}

/// # Safety
/// Operands and scratch as the extents say; the key-value head of this sequence is this tile's alone.
#[inline(always)]
pub unsafe fn backward<L: Vector>(w: &Work) {
    let p = &w.problem;
    let (stride, value_stride) = (p.width.next_multiple_of(LANES), p.value_width.next_multiple_of(LANES));
    let group = p.heads / p.shared;
    let mut ahead = Ahead::default();
    // SAFETY: inside scratch and operands.
    unsafe {
        let (part, size) = (w.scratch, SIDE * stride);
        let dy = part.add(4 * size);
        let weights = dy.add(2 * SIDE * value_stride);
        let lse = weights.add(2 * SIDE * SIDE);
        let dk = lse.add(3 * SIDE);
        let place = Place {
            q: part,
            q_turned: part.add(size),
            dq_turned: part.add(2 * size),
            k: part.add(3 * size),
            dy,
            dy_turned: dy.add(SIDE * value_stride),
            weights,
            scores: weights.add(SIDE * SIDE),
            lse,
            delta: lse.add(SIDE),
            scale: lse.add(2 * SIDE),
            dk,
            dv: dk.add(p.keys * stride),
            ahead: &mut ahead,
        };
        std::ptr::write_bytes(dk, 0, p.keys * (stride + value_stride));
        for i in 0..SIDE {
            *place.scale.add(i) = p.scale;
        }
        for head in w.shared * group..(w.shared + 1) * group {
            for q in (0..p.queries).step_by(SIDE) {
                queries::<L>(w, &place, head, q);
            }
        }
        for j in 0..p.keys {
            let key = p.key(w.b, j, w.shared);
            rows_out::<L>(place.dk.add(j * stride), w.dk.add(key * p.width), p.width, w.add);
            rows_out::<L>(place.dv.add(j * value_stride), w.dv.add(key * p.value_width), p.value_width, w.add);
        }
    }
}

#[inline(always)]
unsafe fn rows_out<L: Vector>(from: *const f32, to: *mut f32, width: usize, add: bool) {
    for d in (0..width).step_by(LANES) {
        // SAFETY: as `backward`.
        unsafe { put::<L>(to.add(d), (width - d).min(LANES), L::load(from.add(d)), add) };
    }
}

#[inline(always)]
unsafe fn queries<L: Vector>(w: &Work, place: &Place, head: usize, q: usize) {
    let p = &w.problem;
    let (count, at) = (SIDE.min(p.queries - q), p.query(w.b, q, head));
    let (step, y_step) = (p.heads * p.width, p.heads * p.value_width);
    // SAFETY: as `backward`.
    unsafe {
        let (y, dy) = (w.y.add(at * p.value_width), w.dy.add(at * p.value_width));
        turn::<L>(w.q.add(at * p.width), step, count, p.width, p.scale, place.q_turned, place.q);
        turn::<L>(dy, y_step, count, p.value_width, 1.0, place.dy_turned, place.dy);
        look_ahead(w, place, head, q);
        let lse = w.lse.add((w.b * p.heads + head) * p.queries + q);
        for i in 0..count {
            *place.lse.add(i) = *lse.add(i);
            *place.delta.add(i) = dot::<L>(y.add(i * y_step), dy.add(i * y_step), p.value_width);
        }
        let mut begun = false;
        for k in (0..p.keys).step_by(SIDE) {
            let sight = p.sight(w.b, q..(q + SIDE).min(p.queries), k..(k + SIDE).min(p.keys));
            if sight != Sight::None {
                keys::<L>(w, place, head, q, k, sight, begun);
                begun = true;
            }
        }
        if !begun {
            std::ptr::write_bytes(place.dq_turned, 0, SIDE * p.width);
        }
        turn_back::<L>(place.dq_turned, place.scale, w.dq.add(at * p.width), step, count, p.width, w.add);
    }
}

/// What will be read after this block of queries, and where its gradient is written.
#[inline(always)]
unsafe fn look_ahead(w: &Work, place: &Place, head: usize, q: usize) {
    let (p, next) = (&w.problem, q + SIDE);
    // SAFETY: rows of operands.
    unsafe {
        let ahead = &mut *place.ahead;
        let (step, y_step) = (p.heads * p.width, p.heads * p.value_width);
        ahead.push(w.dq.add(p.query(w.b, q, head) * p.width), step, SIDE.min(p.queries - q), p.width);
        if next < p.queries {
            let (at, rows) = (p.query(w.b, next, head), SIDE.min(p.queries - next));
            ahead.push(w.q.add(at * p.width), step, rows, p.width);
            ahead.push(w.dy.add(at * p.value_width), y_step, rows, p.value_width);
            ahead.push(w.y.add(at * p.value_width), y_step, rows, p.value_width);
        }
    }
}

/// What will be read after this block of keys, and where its gradients are written.
#[inline(always)]
unsafe fn look_on(w: &Work, place: &Place, q: usize, k: usize, diagonal: bool) {
    let p = &w.problem;
    let (k_step, v_step) = (p.shared * p.width, p.shared * p.value_width);
    // SAFETY: rows of operands.
    unsafe {
        let ahead = &mut *place.ahead;
        if !diagonal && k + SIDE < p.keys {
            let (next, rows) = (p.key(w.b, k + SIDE, w.shared), SIDE.min(p.keys - k - SIDE));
            ahead.push(w.k.add(next * p.width), k_step, rows, p.width);
            ahead.push(w.v.add(next * p.value_width), v_step, rows, p.value_width);
        }
        if q + SIDE >= p.queries {
            // The last queries: what was summed for these keys is written soon.
            let (key, count) = (p.key(w.b, k, w.shared), SIDE.min(p.keys - k));
            ahead.push(w.dk.add(key * p.width), k_step, count, p.width);
            ahead.push(w.dv.add(key * p.value_width), v_step, count, p.value_width);
        }
    }
}

#[inline(always)]
unsafe fn keys<L: Vector>(w: &Work, place: &Place, head: usize, q: usize, k: usize, sight: Sight, begun: bool) {
    let p = &w.problem;
    let (count, queries) = (SIDE.min(p.keys - k), SIDE.min(p.queries - q));
    let (stride, value_stride) = (p.width.next_multiple_of(LANES), p.value_width.next_multiple_of(LANES));
    let (k_step, v_step) = (p.shared * p.width, p.shared * p.value_width);
    let columns = queries.div_ceil(LANES);
    let diagonal = p.diagonal(q, k);
    // SAFETY: as `backward`.
    unsafe {
        let key = p.key(w.b, k, w.shared);
        look_on(w, place, q, k, diagonal);
        let scores = Product {
            rows: count,
            depth: p.width,
            columns,
            a: w.k.add(key * p.width),
            a_row: k_step,
            a_depth: 1,
            b: place.q_turned,
            b_row: SIDE,
            c: place.weights,
            c_row: SIDE,
            add: false,
            ahead: place.ahead,
        };
        rows_below(w.multiply, scores, diagonal);
        let values = w.v.add(key * p.value_width);
        let back = Product { depth: p.value_width, a: values, a_row: v_step, b: place.dy_turned, c: place.scores, ..scores };
        rows_below(w.multiply, back, diagonal);
        if sight == Sight::Some {
            p.hide(w.b, q, k, place.weights as *mut Row);
        }
        let group = (w.b * p.heads + head) * p.queries.div_ceil(SIDE) + q / SIDE;
        weigh::<L>(w, place, count, columns, diagonal, ((group * p.keys + k) * LANES) as u64);
        copy::<L>(w.k.add(key * p.width), k_step, count, p.width, place.k);
        let dv = Product {
            rows: count,
            depth: queries,
            columns: value_stride / LANES,
            a: place.weights,
            a_row: SIDE,
            a_depth: 1,
            b: place.dy,
            b_row: value_stride,
            c: place.dv.add(k * value_stride),
            c_row: value_stride,
            add: true,
            ahead: place.ahead,
        };
        above(w.multiply, dv, diagonal);
        let dk = Product {
            columns: stride / LANES,
            a: place.scores,
            b: place.q,
            b_row: stride,
            c: place.dk.add(k * stride),
            c_row: stride,
            ..dv
        };
        above(w.multiply, dk, diagonal);
        let dq = Product {
            rows: p.width,
            depth: count,
            columns,
            a: place.k,
            a_row: 1,
            a_depth: stride,
            b: place.scores,
            b_row: SIDE,
            c: place.dq_turned,
            c_row: SIDE,
            add: begun,
            ahead: place.ahead,
        };
        depth_below(w.multiply, dq, diagonal);
    }
}

/// Scores to weights, and what came back through the values to gradients of the scores (without their scale).
#[inline(always)]
unsafe fn weigh<L: Vector>(w: &Work, place: &Place, count: usize, columns: usize, diagonal: bool, first: u64) {
    // SAFETY: inside scratch.
    unsafe {
        for j in 0..count {
            let factors = match &w.dropping {
                Some(dropping) => dropping.factors(first + (j * LANES) as u64),
                None => [1.0; SIDE],
            };
            for t in (if diagonal { j / LANES } else { 0 })..columns {
                let (weights, scores) = (place.weights.add(j * SIDE + t * LANES), place.scores.add(j * SIDE + t * LANES));
                let score = L::load(weights);
                let weight = L::kept(score, L::exp(L::sub(score, L::load(place.lse.add(t * LANES)))));
                let factor = L::load(factors.as_ptr().add(t * LANES));
                let back = L::sub(L::mul(L::load(scores), factor), L::load(place.delta.add(t * LANES)));
                L::store(scores, L::kept(score, L::mul(weight, back)));
                L::store(weights, L::mul(weight, factor));
            }
        }
    }
}

/// A product whose rows are keys and which is summed over queries: on the diagonal, sixteen keys at a time, only over queries that may see them.
#[inline(always)]
unsafe fn above(multiply: Multiply, whole: Product, diagonal: bool) {
    // SAFETY: parts of the whole.
    unsafe {
        if !diagonal {
            return multiply(&whole);
        }
        for from in (0..whole.rows.min(whole.depth)).step_by(LANES) {
            multiply(&Product {
                rows: (whole.rows - from).min(LANES),
                depth: whole.depth - from,
                a: whole.a.add(from * whole.a_row + from * whole.a_depth),
                b: whole.b.add(from * whole.b_row),
                c: whole.c.add(from * whole.c_row),
                ..whole
            });
        }
    }
}

#[inline(always)]
unsafe fn dot<L: Vector>(a: *const f32, b: *const f32, width: usize) -> f32 {
    // SAFETY: as `backward`.
    unsafe {
        let mut sums = L::splat(0.0);
        for d in (0..width).step_by(LANES) {
            let lanes = (width - d).min(LANES);
            sums = L::fma(L::load_left(a.add(d), lanes), L::load_left(b.add(d), lanes), sums);
        }
        L::sum(sums)
    }
}
