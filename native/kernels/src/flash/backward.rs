//! The backward pass of one sequence and key-value head: for every block of queries the weights of every key block are computed again from the log-sums.
//! One tile owns its keys, values and the queries of all heads that share them, so sums have one order whoever runs it.

use super::forward::{depth_below, rows_below};
use super::problem::{Dropping, Problem, Row, Sight, SIDE};
use super::product::{Ahead, Multiply, Product};
use super::turn::{copy, put, some, turn, turn_back};
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
pub fn scratch(width: usize, keys: usize) -> usize {
    let stride = width.next_multiple_of(LANES);
    SIDE * (6 * stride + 2 * SIDE + 3) + 2 * keys * stride
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
    let stride = p.stride();
    let group = p.heads / p.shared;
    let mut ahead = Ahead::default();
    // SAFETY: inside scratch and operands.
    unsafe {
        let part = |n: usize| w.scratch.add(n * SIDE * stride);
        let weights = part(6);
        let lse = weights.add(2 * SIDE * SIDE);
        let dk = lse.add(3 * SIDE);
        let place = Place {
            q: part(0),
            q_turned: part(1),
            dy: part(2),
            dy_turned: part(3),
            dq_turned: part(4),
            k: part(5),
            weights,
            scores: weights.add(SIDE * SIDE),
            lse,
            delta: lse.add(SIDE),
            scale: lse.add(2 * SIDE),
            dk,
            dv: dk.add(p.keys * stride),
            ahead: &mut ahead,
        };
        std::ptr::write_bytes(dk, 0, 2 * p.keys * stride);
        for i in 0..SIDE {
            *place.scale.add(i) = p.scale;
        }
        for head in w.shared * group..(w.shared + 1) * group {
            for q in (0..p.queries).step_by(SIDE) {
                queries::<L>(w, &place, head, q);
            }
        }
        for j in 0..p.keys {
            for d in (0..p.width).step_by(LANES) {
                let at = p.key(w.b, j, w.shared) + d;
                let lanes = (p.width - d).min(LANES);
                put::<L>(w.dk.add(at), lanes, L::load(place.dk.add(j * stride + d)), w.add);
                put::<L>(w.dv.add(at), lanes, L::load(place.dv.add(j * stride + d)), w.add);
            }
        }
    }
}

#[inline(always)]
unsafe fn queries<L: Vector>(w: &Work, place: &Place, head: usize, q: usize) {
    let p = &w.problem;
    let (count, step, width) = (SIDE.min(p.queries - q), p.query_step(), p.width);
    let at = p.query(w.b, q, head);
    // SAFETY: as `backward`.
    unsafe {
        turn::<L>(w.q.add(at), step, count, width, p.scale, place.q_turned, place.q);
        turn::<L>(w.dy.add(at), step, count, width, 1.0, place.dy_turned, place.dy);
        look_ahead(w, place, head, q);
        let lse = w.lse.add((w.b * p.heads + head) * p.queries + q);
        for i in 0..count {
            *place.lse.add(i) = *lse.add(i);
            *place.delta.add(i) = dot::<L>(w.y.add(at + i * step), w.dy.add(at + i * step), width);
        }
        let mut begun = false;
        for k in (0..p.keys).step_by(SIDE) {
            let sight = p.sight(w.b, q, k);
            if sight != Sight::None {
                keys::<L>(w, place, head, q, k, sight, begun);
                begun = true;
            }
        }
        if !begun {
            std::ptr::write_bytes(place.dq_turned, 0, SIDE * p.stride());
        }
        turn_back::<L>(place.dq_turned, place.scale, w.dq.add(at), step, count, width, w.add);
    }
}

/// What will be read after this block of queries, and where its gradient is written.
#[inline(always)]
unsafe fn look_ahead(w: &Work, place: &Place, head: usize, q: usize) {
    let (p, next) = (&w.problem, q + SIDE);
    // SAFETY: rows of operands.
    unsafe {
        let ahead = &mut *place.ahead;
        ahead.push(w.dq.add(p.query(w.b, q, head)), p.query_step(), SIDE.min(p.queries - q), p.width);
        if next < p.queries {
            let (at, rows) = (p.query(w.b, next, head), SIDE.min(p.queries - next));
            for operand in [w.q, w.dy, w.y] {
                ahead.push(operand.add(at), p.query_step(), rows, p.width);
            }
        }
    }
}

#[inline(always)]
unsafe fn keys<L: Vector>(w: &Work, place: &Place, head: usize, q: usize, k: usize, sight: Sight, begun: bool) {
    let p = &w.problem;
    let (count, queries, stride) = (SIDE.min(p.keys - k), SIDE.min(p.queries - q), p.stride());
    let columns = queries.div_ceil(LANES);
    let diagonal = p.diagonal(q, k);
    // SAFETY: as `backward`.
    unsafe {
        let key = p.key(w.b, k, w.shared);
        let rows = SIDE.min(p.keys - (k + SIDE).min(p.keys));
        if !diagonal && rows > 0 {
            let next = p.key(w.b, k + SIDE, w.shared);
            (*place.ahead).push(w.k.add(next), p.key_step(), rows, p.width);
            (*place.ahead).push(w.v.add(next), p.key_step(), rows, p.width);
        }
        if q + SIDE >= p.queries {
            // The last queries: what was summed for these keys is written soon.
            (*place.ahead).push(w.dk.add(key), p.key_step(), count, p.width);
            (*place.ahead).push(w.dv.add(key), p.key_step(), count, p.width);
        }
        let scores = Product {
            rows: count,
            depth: p.width,
            columns,
            a: w.k.add(key),
            a_row: p.key_step(),
            a_depth: 1,
            b: place.q_turned,
            b_row: SIDE,
            c: place.weights,
            c_row: SIDE,
            add: false,
            ahead: place.ahead,
        };
        rows_below(w.multiply, scores, diagonal);
        rows_below(w.multiply, Product { a: w.v.add(key), b: place.dy_turned, c: place.scores, ..scores }, diagonal);
        if sight == Sight::Some {
            p.hide(w.b, q, k, place.weights as *mut Row);
        }
        let group = (w.b * p.heads + head) * p.queries.div_ceil(SIDE) + q / SIDE;
        weigh::<L>(w, place, count, columns, diagonal, ((group * p.keys + k) * LANES) as u64);
        copy::<L>(w.k.add(key), p.key_step(), count, p.width, place.k);
        let dv = Product {
            rows: count,
            depth: queries,
            columns: stride / LANES,
            a: place.weights,
            a_row: SIDE,
            a_depth: 1,
            b: place.dy,
            b_row: stride,
            c: place.dv.add(k * stride),
            c_row: stride,
            add: true,
            ahead: place.ahead,
        };
        above(w.multiply, dv, diagonal);
        above(w.multiply, Product { a: place.scores, b: place.q, c: place.dk.add(k * stride), ..dv }, diagonal);
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
            sums = L::fma(some::<L>(a.add(d), lanes), some::<L>(b.add(d), lanes), sums);
        }
        L::sum(sums)
    }
}
