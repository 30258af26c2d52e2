//! Softmax(scale · q · Kᵀ) · V for the query vectors of one work tile, a key tile of 64 at a time with a running maximum.
//! Per vector the order of operations depends on its own position alone: width ascending in a score, positions ascending in a sum of values.
//! Registers hold several vectors at once, so that a key or a value is loaded once for all of them.

use super::cache::{PAGE, SIDE};
use crate::tier::Tier;
use crate::vector::functions::tanh;
use crate::vector::portable::Portable;
use crate::vector::{Vector, LANES};
use std::ops::Range;

/// Positions of a key tile of the softmax: aligned to absolute positions, never across pages.
pub const TILE: usize = 64;

/// What a work tile computes.
pub struct Group<'a> {
    pub q: &'a [f32],
    pub y: *mut f32,
    pub pages: &'a [i32],
    pub rows: Range<usize>,
    pub heads: usize,
    pub heads_here: Range<usize>,
    pub key_value_heads: usize,
    pub key_value_head: usize,
    pub width: usize,
    /// Position of the first row.
    pub position: usize,
    /// Pages of the pool that belong to a page of the table, and which of them is this layer's.
    pub layers: usize,
    pub layer: usize,
    /// How many positions a row sees, itself included; 0: all.
    pub window: usize,
    pub scale: f32,
    /// Scores s become cap · tanh(s / cap); 0: they stay.
    pub cap: f32,
    pub tier: Tier,
    pub scratch: &'a mut [f32],
}

/// An element of the cache.
pub trait Cached: Copy {
    /// # Safety
    /// As `Vector::load`.
    unsafe fn load<L: Vector>(from: *const Self) -> L::V;
    /// # Safety
    /// As `Vector::load_first`.
    unsafe fn load_first<L: Vector>(from: *const Self, count: usize) -> L::V;
}

impl Cached for f32 {
    #[inline(always)]
    unsafe fn load<L: Vector>(from: *const f32) -> L::V {
        L::load(from)
    }
    #[inline(always)]
    unsafe fn load_first<L: Vector>(from: *const f32, count: usize) -> L::V {
        L::load_first(from, count)
    }
}

/// bf16 by its bits.
impl Cached for u16 {
    #[inline(always)]
    unsafe fn load<L: Vector>(from: *const u16) -> L::V {
        L::load_bf16(from)
    }
    #[inline(always)]
    unsafe fn load_first<L: Vector>(from: *const u16, count: usize) -> L::V {
        L::load_bf16_first(from, count)
    }
}

/// Computes the group on its tier.
///
/// # Safety
/// `keys` and `values` cover every page that `pages` names; `y` is written at the group's rows and heads, by nobody else.
pub unsafe fn run<K: Cached, E: Cached>(group: Group, keys: *const K, values: *const E) {
    // SAFETY: the tier was chosen from what the CPU declares.
    unsafe {
        match group.tier {
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512 | Tier::Avx512Vnni | Tier::Avx512Bf16 | Tier::Amx => avx512(group, keys, values),
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => avx2(group, keys, values),
            _ => whole::<Portable, K, E, 1, 1>(group, keys, values),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
unsafe fn avx512<K: Cached, E: Cached>(group: Group, keys: *const K, values: *const E) {
    whole::<crate::vector::avx512::Avx512, K, E, 4, 4>(group, keys, values)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn avx2<K: Cached, E: Cached>(group: Group, keys: *const K, values: *const E) {
    whole::<crate::vector::avx2::Avx2, K, E, 2, 2>(group, keys, values)
}

/// Where things of a work tile lie in scratch: sums of values (rows of `stride`), scores (rows of TILE), running maxima and sums.
struct Place {
    out: *mut f32,
    scores: *mut f32,
    maxima: *mut f32,
    sums: *mut f32,
    stride: usize,
}

/// Keys or values of a tile, and where those of the next one are, if they are to be fetched meanwhile.
#[derive(Clone, Copy)]
struct Tile<E> {
    at: *const E,
    next: *const E,
}

impl<E> Tile<E> {
    #[inline(always)]
    fn new(pool: *const E, at: usize, next: Option<usize>) -> Tile<E> {
        Tile { at: pool.wrapping_add(at), next: next.map_or(std::ptr::null(), |next| pool.wrapping_add(next)) }
    }

    /// Fetches `count` elements of the next tile.
    #[inline(always)]
    unsafe fn fetch<L: Vector>(&self, from: usize, count: usize) {
        if self.next.is_null() {
            return;
        }
        for byte in (0..count * size_of::<E>()).step_by(64) {
            // SAFETY: any address will do.
            unsafe { L::prefetch((self.next.wrapping_add(from) as *const u8).wrapping_add(byte)) };
        }
    }
}

/// M: vectors at once; T: vectors of 16 positions or widths at once.
#[inline(always)]
unsafe fn whole<L: Vector, K: Cached, E: Cached, const M: usize, const T: usize>(g: Group, keys: *const K, values: *const E) {
    let (here, width) = (g.heads_here.len(), g.width);
    let vectors = g.rows.len() * here;
    let stride = width.next_multiple_of(LANES);
    assert!(g.scratch.len() >= vectors * (stride + TILE + 2));
    let base = g.scratch.as_mut_ptr();
    // SAFETY: offsets inside scratch, as asserted; query vectors inside q by the extents.
    unsafe {
        let scores = base.add(vectors * stride);
        let maxima = scores.add(vectors * TILE);
        let place = Place { out: base, scores, maxima, sums: maxima.add(vectors), stride };
        for v in 0..vectors {
            *place.maxima.add(v) = f32::NEG_INFINITY;
            *place.sums.add(v) = 0.0;
        }
        std::ptr::write_bytes(place.out, 0, vectors * stride);
        let query = |v: usize| g.q.as_ptr().add(((g.rows.start + v / here) * g.heads + g.heads_here.start + v % here) * width);
        let place_of = |first: usize| {
            let page = g.pages[first / PAGE] as usize * g.layers + g.layer;
            ((page * g.key_value_heads + g.key_value_head) * PAGE + first % PAGE) * width
        };
        // The first position that a vector sees: later rows see none before it either.
        let low = |v: usize| if g.window == 0 { 0 } else { (g.position + v / here + 1).saturating_sub(g.window) };
        let tiles = (g.position + g.rows.len()).div_ceil(TILE);
        for tile in low(0) / TILE..tiles {
            let first = tile * TILE;
            let at = place_of(first);
            // The first vectors fetch the next tile: one vector alone has too little to do to hide the way to memory.
            let mut next = if tile + 1 < tiles { Some(place_of(first + TILE)) } else { None };
            // Positions of this tile that a vector may see; vectors before `from` and those from `end` on see none.
            let from = first.saturating_sub(g.position) * here;
            let end = if g.window == 0 { vectors } else { vectors.min((first + TILE + g.window - 1).saturating_sub(g.position) * here) };
            let seen = |v: usize| (g.position + v / here + 1 - first).min(TILE);
            let mut v = from;
            while v < end {
                let count = (end - v).min(M);
                let q: [*const f32; M] = std::array::from_fn(|m| query(v + m.min(count - 1)));
                let used = seen(v + count - 1).div_ceil(SIDE);
                let (seen_keys, seen_values) = (Tile::new(keys, at, next), Tile::new(values, at, next));
                macro_rules! together {
                    ($n:expr) => {{
                        scores_of::<L, K, $n, T>(q.as_ptr(), seen_keys, width, used, g.scale, place.scores.add(v * TILE));
                        for m in v..v + count {
                            weigh::<L>(&place, m, low(m).saturating_sub(first)..seen(m), g.cap);
                        }
                        gather::<L, E, $n, T>(&place, v, seen_values, width, &seen);
                    }};
                }
                match count {
                    1 => together!(1),
                    2 => together!(2),
                    3 => together!(3),
                    _ => together!(M),
                }
                v += count;
                next = None;
            }
        }
        for v in 0..vectors {
            finish::<L>(&place, v, width, g.y.add(query(v).offset_from(g.q.as_ptr()) as usize));
        }
    }
}

/// Scores of N vectors at the first `used` sixteens of a key tile, scaled.
#[inline(always)]
unsafe fn scores_of<L: Vector, K: Cached, const N: usize, const T: usize>(
    q: *const *const f32,
    tile: Tile<K>,
    width: usize,
    used: usize,
    scale: f32,
    scores: *mut f32,
) {
    // SAFETY: as `run` promises.
    unsafe {
        let q: [*const f32; N] = std::array::from_fn(|n| *q.add(n));
        let mut side = 0;
        while side + T <= used.next_multiple_of(T).min(TILE / SIDE) {
            let mut sums = [[L::splat(0.0); T]; N];
            let keys = tile.at.add(side * SIDE * width);
            for d in 0..width {
                tile.fetch::<L>(side * SIDE * width + d * T * SIDE, T * SIDE);
                let k: [L::V; T] = std::array::from_fn(|t| K::load::<L>(keys.add((t * width + d) * SIDE)));
                for n in 0..N {
                    let x = L::splat(*q[n].add(d));
                    for t in 0..T {
                        sums[n][t] = L::fma(x, k[t], sums[n][t]);
                    }
                }
            }
            for n in 0..N {
                for t in 0..T {
                    L::store(scores.add(n * TILE + (side + t) * SIDE), L::mul(sums[n][t], L::splat(scale)));
                }
            }
            side += T;
        }
    }
}

/// Scores to weights: exp(score - maximum), zero outside of `seen`. What was summed under a smaller maximum is scaled down to the new one.
#[inline(always)]
unsafe fn weigh<L: Vector>(place: &Place, v: usize, seen: Range<usize>, cap: f32) {
    // SAFETY: inside scratch.
    unsafe {
        let count = seen.end;
        let scores = place.scores.add(v * TILE);
        let nothing = L::splat(f32::NEG_INFINITY);
        let sides = count.div_ceil(SIDE);
        let mut most = nothing;
        for side in 0..sides {
            let mut x = L::load(scores.add(side * SIDE));
            if cap > 0.0 {
                x = L::mul(L::splat(cap), tanh::<L>(L::div(x, L::splat(cap))));
            }
            x = L::first(count - side * SIDE, x, nothing);
            if seen.start > side * SIDE {
                x = L::first(seen.start - side * SIDE, nothing, x);
            }
            L::store(scores.add(side * SIDE), x);
            most = L::max(x, most);
        }
        let before = *place.maxima.add(v);
        let largest = L::largest(most);
        let maximum = if largest > before { largest } else { before };
        let mut total = L::splat(0.0);
        for side in 0..sides {
            let x = L::sub(L::load(scores.add(side * SIDE)), L::splat(maximum));
            let mut weight = L::first(count - side * SIDE, L::exp(x), L::splat(0.0));
            if seen.start > side * SIDE {
                weight = L::first(seen.start - side * SIDE, L::splat(0.0), weight);
            }
            L::store(scores.add(side * SIDE), weight);
            total = L::add(total, weight);
        }
        let mut sum = *place.sums.add(v);
        if maximum != before {
            let correction = L::exp(L::splat(before - maximum));
            let out = place.out.add(v * place.stride);
            for d in (0..place.stride).step_by(LANES) {
                L::store(out.add(d), L::mul(L::load(out.add(d)), correction));
            }
            sum *= L::largest(correction);
        }
        *place.sums.add(v) = sum + L::sum(total);
        *place.maxima.add(v) = maximum;
    }
}

/// Adds the weighted values of a tile to N vectors: together up to the last position that all of them see, then each by itself.
#[inline(always)]
unsafe fn gather<L: Vector, E: Cached, const N: usize, const T: usize>(
    place: &Place,
    v: usize,
    tile: Tile<E>,
    width: usize,
    seen: &impl Fn(usize) -> usize,
) {
    let shared = seen(v);
    // SAFETY: as `run` promises; positions up to a row's own have been written.
    unsafe {
        let mut d = 0;
        while d + T * LANES <= width {
            values_of::<L, E, N, T>(place, v, tile, width, d, 0..shared, LANES);
            d += T * LANES;
        }
        while d < width {
            values_of::<L, E, N, 1>(place, v, tile, width, d, 0..shared, (width - d).min(LANES));
            d += LANES;
        }
        for n in 1..N {
            let own = seen(v + n);
            for d in (0..width).step_by(LANES) {
                if own > shared {
                    values_of::<L, E, 1, 1>(
                        place,
                        v + n,
                        Tile { next: std::ptr::null(), ..tile },
                        width,
                        d,
                        shared..own,
                        (width - d).min(LANES),
                    );
                }
            }
        }
    }
}

/// N vectors, T · 16 widths from d on (`lanes` of the last 16), some positions.
#[inline(always)]
unsafe fn values_of<L: Vector, E: Cached, const N: usize, const T: usize>(
    place: &Place,
    v: usize,
    tile: Tile<E>,
    width: usize,
    d: usize,
    positions: Range<usize>,
    lanes: usize,
) {
    // SAFETY: as `gather`.
    unsafe {
        let out: [*mut f32; N] = std::array::from_fn(|n| place.out.add((v + n) * place.stride + d));
        let weights: [*const f32; N] = std::array::from_fn(|n| place.scores.add((v + n) * TILE) as *const f32);
        let mut sums: [[L::V; T]; N] = std::array::from_fn(|n| std::array::from_fn(|t| L::load(out[n].add(t * LANES))));
        for j in positions {
            let row = tile.at.add(j * width + d);
            tile.fetch::<L>(j * width + d, T * LANES);
            let x: [L::V; T] =
                std::array::from_fn(|t| if lanes == LANES { E::load::<L>(row.add(t * LANES)) } else { E::load_first::<L>(row, lanes) });
            for n in 0..N {
                let weight = L::splat(*weights[n].add(j));
                for t in 0..T {
                    sums[n][t] = L::fma(weight, x[t], sums[n][t]);
                }
            }
        }
        for n in 0..N {
            for t in 0..T {
                L::store(out[n].add(t * LANES), sums[n][t]);
            }
        }
    }
}

#[inline(always)]
unsafe fn finish<L: Vector>(place: &Place, v: usize, width: usize, y: *mut f32) {
    // SAFETY: inside scratch and y.
    unsafe {
        let sum = L::splat(*place.sums.add(v));
        let out = place.out.add(v * place.stride);
        for d in (0..width).step_by(LANES) {
            let value = L::div(L::load(out.add(d)), sum);
            if width - d >= LANES {
                L::store(y.add(d), value);
            } else {
                L::store_first(y.add(d), width - d, value);
            }
        }
    }
}
