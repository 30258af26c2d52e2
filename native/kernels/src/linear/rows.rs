//! A run of panels times a run of rows, by tier: how many rows and panels go through the registers at once.

use super::dense::{dequantize, multiply, Plain, Prepared};
use super::integer::{one_scale, panels, q4_panel, q8_panel, Rows};
use super::layout::{Format, BLOCK, PANEL_ROWS};
#[cfg(target_arch = "x86_64")]
use super::paired::{words_of, Paired};
#[cfg(target_arch = "x86_64")]
use super::words::{avx2::Avx2, avx512::Avx512};
use super::words::{portable::Portable, Words};
use crate::call::Call;
use crate::lanes::{from_bf16, to_bf16};
use crate::pointwise::apply;
use crate::rounding::round_blocks;
use crate::tier::Tier;
use crate::vector::{Vector, MAGIC};
use std::ops::Range;

/// Inputs that are de-quantised at a time: with four panels they fill half of a first cache.
const CHUNK: usize = 2 * BLOCK;
/// Most panels that go through the registers at once.
const PANELS: usize = 4;

/// How a panel of integers is multiplied: four, five or eight bits, with one scale an output or one a block.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Four,
    Five,
    Eight,
    EightOne,
}

/// A tile of a product.
struct Tile<'a> {
    format: Format,
    weight: &'a [u8],
    inputs: usize,
    outputs: usize,
    panels: Range<usize>,
    rows: Range<usize>,
    /// A value for each output, or null.
    bias: *const f32,
    /// The first result of the tile; that of the next row is `stride` on.
    y: *mut f32,
    stride: usize,
    accumulate: bool,
}

impl Tile<'_> {
    #[inline(always)]
    fn panel(&self, panel: usize) -> *const u8 {
        self.panels(panel, 1)
    }

    /// The first of `count` panels that lie one behind the other.
    #[inline(always)]
    fn panels(&self, first: usize, count: usize) -> *const u8 {
        let bytes = self.format.panel_bytes(self.inputs);
        self.weight[first * bytes..][..count * bytes].as_ptr()
    }

    #[inline(always)]
    fn kind(&self, panel: usize) -> Kind {
        match self.format {
            Format::Q4 => Kind::Four,
            Format::Q5 => Kind::Five,
            // SAFETY: the panel is whole.
            Format::Q8 if unsafe { one_scale(self.panel(panel), self.inputs / BLOCK) } => Kind::EightOne,
            Format::Q8 => Kind::Eight,
            Format::F32 | Format::F16 | Format::Bf16 => unreachable!("products of integers are of integer formats"),
        }
    }

    /// Stores a panel's results for a row of the tile, with the bias: those of outputs that exist, added to what is there with `accumulate`.
    #[inline(always)]
    unsafe fn put<L: Vector>(&self, row: usize, panel: usize, v: L::V) {
        let first = panel * PANEL_ROWS;
        // SAFETY: inside y by the extents; each element belongs to one tile.
        unsafe {
            let y = self.y.add(row * self.stride + (panel - self.panels.start) * PANEL_ROWS);
            let count = self.outputs - first;
            let v = if self.bias.is_null() { v } else { L::add(v, L::load_left(self.bias.add(first), count)) };
            if count >= PANEL_ROWS {
                L::store(y, if self.accumulate { L::add(L::load(y), v) } else { v });
            } else {
                L::store_first(y, count, if self.accumulate { L::add(L::load_first(y, count), v) } else { v });
            }
        }
    }
}

// A tile that is written where it belongs.
fn tile_of(call: &Call, format: Format, weight: usize, panels: Range<usize>, rows: Range<usize>) -> Tile<'_> {
    let (outputs, first) = (call.size(1), rows.start * call.size(1) + panels.start * PANEL_ROWS);
    let y = call.out::<f32>(weight + 2).wrapping_add(first);
    Tile { y, stride: outputs, accumulate: call.flag(5), ..tile_into(call, format, weight, panels, rows, std::ptr::null_mut()) }
}

// A tile that is written side by side, from `y` on.
fn tile_into(call: &Call, format: Format, weight: usize, panels: Range<usize>, rows: Range<usize>, y: *mut f32) -> Tile<'_> {
    let stride = panels.len() * PANEL_ROWS;
    Tile {
        format,
        weight: call.bytes(weight),
        inputs: call.size(2),
        outputs: call.size(1),
        panels,
        rows,
        bias: if call.size(4) == 1 { call.f32s(weight + 1).as_ptr() } else { std::ptr::null() },
        y,
        stride,
        accumulate: false,
    }
}

/// Runs a generic body with the features of a tier.
macro_rules! on_tier {
    ($tier:expr, $body:ident::<$rows:literal | $few:literal, $panels:literal | $one:literal>($($argument:ident : $type:ty),*)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma,f16c")]
            unsafe fn avx2($($argument: $type),*) { $body::<Avx2, $few, $one>($($argument),*) }
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")]
            unsafe fn avx512($($argument: $type),*) { $body::<Avx512<false>, $rows, $panels>($($argument),*) }
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")]
            unsafe fn vnni($($argument: $type),*) { $body::<Avx512<true>, $rows, $panels>($($argument),*) }
            // SAFETY: the tier was chosen from what the CPU declares.
            unsafe {
                match $tier {
                    Tier::Portable => $body::<Portable, 1, 1>($($argument),*),
                    Tier::Avx2 => avx2($($argument),*),
                    Tier::Avx512 => avx512($($argument),*),
                    Tier::Avx512Vnni | Tier::Avx512Bf16 | Tier::Amx => vnni($($argument),*),
                }
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        // SAFETY: plain Rust.
        unsafe { $body::<Portable, 1, 1>($($argument),*) }
    }};
}

/// Sums of a tile's rows, de-quantised panels, and the rows rounded to bf16.
pub fn linear_scratch(call: &Call) -> usize {
    4 * (super::TILE_ROWS * PANELS * PANEL_ROWS
        + PANELS * CHUNK * PANEL_ROWS
        + if call.flag(6) { super::TILE_ROWS * call.size(2) } else { 0 })
}

/// f32 products.
pub fn linear(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, scratch: &mut [u8]) {
    // SAFETY: scratch is 64-byte aligned.
    let floats = unsafe { std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, scratch.len() / 4) };
    let (sums, floats) = floats.split_at_mut(super::TILE_ROWS * PANELS * PANEL_ROWS);
    let (weights, rounded) = floats.split_at_mut(PANELS * CHUNK * PANEL_ROWS);
    let tile = tile_of(call, format, 1, panels, rows);
    let mut x = &call.f32s(0)[tile.rows.start * tile.inputs..tile.rows.end * tile.inputs];
    let round = call.flag(6);
    #[cfg(target_arch = "x86_64")]
    if round && call.tier >= Tier::Avx512Bf16 {
        // SAFETY: the tier was chosen from what the CPU declares.
        return unsafe { paired_tile(tile, x, weights, sums, rounded) };
    }
    if round {
        for (out, value) in rounded.iter_mut().zip(x) {
            *out = from_bf16(to_bf16(*value));
        }
        x = &rounded[..x.len()];
    }
    on_tier!(call.tier, dense_tile::<6 | 6, 4 | 1>(tile: Tile, x: &[f32], round: bool, weights: &mut [f32], sums: &mut [f32]));
}

#[inline(always)]
unsafe fn dense_tile<W: Words, const R: usize, const P: usize>(tile: Tile, x: &[f32], round: bool, weights: &mut [f32], sums: &mut [f32]) {
    // SAFETY: as the caller promises.
    unsafe { prepared_tile::<Plain<W>, R, P>(tile, x, round, weights, sums) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma,f16c")]
unsafe fn paired_tile(tile: Tile, x: &[f32], weights: &mut [f32], sums: &mut [f32], words: &mut [f32]) {
    // SAFETY: as the caller promises.
    unsafe {
        words_of(x, tile.inputs, words);
        prepared_tile::<Paired, 6, 4>(tile, words, true, weights, sums)
    }
}

// R rows and P panels at once; sums wait in scratch while the next inputs are prepared, once for all rows of the tile.
#[inline(always)]
unsafe fn prepared_tile<D: Prepared, const R: usize, const P: usize>(
    tile: Tile,
    x: &[f32],
    round: bool,
    weights: &mut [f32],
    sums: &mut [f32],
) {
    let mut panel = tile.panels.start;
    while panel < tile.panels.end {
        // SAFETY: as the caller promises.
        unsafe {
            if tile.panels.end - panel >= P {
                prepared_panels::<D, R, P>(&tile, panel, x, round, weights, sums);
                panel += P;
            } else {
                prepared_panels::<D, R, 1>(&tile, panel, x, round, weights, sums);
                panel += 1;
            }
        }
    }
}

#[inline(always)]
unsafe fn prepared_panels<D: Prepared, const R: usize, const P: usize>(
    tile: &Tile,
    panel: usize,
    x: &[f32],
    round: bool,
    weights: &mut [f32],
    sums: &mut [f32],
) {
    let (inputs, rows, width) = (tile.inputs, tile.rows.len(), P * PANEL_ROWS);
    // Of a row.
    let words = inputs.div_ceil(D::EACH);
    let sums = &mut sums[..rows * width];
    sums.fill(0.0);
    assert!(weights.len() >= P * CHUNK * PANEL_ROWS && x.len() >= rows * words);
    for k in (0..inputs).step_by(CHUNK * D::EACH) {
        let inputs_here = (CHUNK * D::EACH).min(inputs - k);
        let count = inputs_here.div_ceil(D::EACH);
        // SAFETY: scratch holds P panels of a chunk; rows of x and sums are as long as the loops say.
        unsafe {
            let w = weights.as_mut_ptr();
            for p in 0..P {
                D::prepare(tile.format, tile.panel(panel + p), inputs, k, inputs_here, round, w.add(p * CHUNK * PANEL_ROWS));
            }
            let mut row = 0;
            while row < rows {
                let (from, to) = (x.as_ptr().add(row * words + k / D::EACH), sums.as_mut_ptr().add(row * width));
                row += match rows - row {
                    left if left >= R => {
                        multiply::<D::M, R, P>(from, words, w, CHUNK * PANEL_ROWS, count, to);
                        R
                    }
                    2.. => {
                        multiply::<D::M, 2, P>(from, words, w, CHUNK * PANEL_ROWS, count, to);
                        2
                    }
                    _ => {
                        multiply::<D::M, 1, P>(from, words, w, CHUNK * PANEL_ROWS, count, to);
                        1
                    }
                };
            }
        }
    }
    for row in 0..rows {
        for p in 0..P {
            // SAFETY: inside sums; the tier's features.
            unsafe {
                let sum = <D::W as Words>::L::load(sums.as_ptr().add(row * width + p * PANEL_ROWS));
                tile.put::<<D::W as Words>::L>(row, panel + p, sum);
            }
        }
    }
}

/// Offsets of the rows of a tile: -128 · sum q of each block.
pub fn int8_scratch(call: &Call) -> usize {
    (super::TILE_ROWS * (call.size(2) / BLOCK) * 4).next_multiple_of(64)
}

/// int8 products.
pub fn int8(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, scratch: &mut [u8]) {
    integers(call, tile_of(call, format, 2, panels, rows), scratch);
}

/// Results of a tile before and after the function, behind the offsets.
pub fn quantize_scratch(call: &Call) -> usize {
    int8_scratch(call) + 2 * 4 * super::TILE_ROWS * super::MOST_PANELS * PANEL_ROWS
}

/// int8 products, a function of each result, and that rounded to int8 again: whole blocks of outputs a tile.
pub fn int8_quantize(call: &Call, format: Format, panels: Range<usize>, rows: Range<usize>, scratch: &mut [u8]) {
    let (outputs, first, width) = (call.size(1), panels.start * PANEL_ROWS, panels.len() * PANEL_ROWS);
    let (scratch, results) = scratch.split_at_mut(int8_scratch(call));
    // SAFETY: scratch is 64-byte aligned, and so is what lies behind its first part; both halves are floats.
    let results = unsafe { std::slice::from_raw_parts_mut(results.as_mut_ptr() as *mut f32, results.len() / 4) };
    let (sums, values) = results.split_at_mut(super::TILE_ROWS * super::MOST_PANELS * PANEL_ROWS);
    let count = rows.len() * width;
    integers(call, tile_into(call, format, 2, panels, rows.clone(), sums[..count].as_mut_ptr()), scratch);
    apply(call.tier, call.size(5), call.scalars[6] as f32, &sums[..count], &mut values[..count]);
    for (row, values) in rows.zip(values[..count].chunks_exact(width)) {
        let at = row * outputs + first;
        // SAFETY: inside both by the extents; rows and panels belong to one tile.
        let (rounded, scales) = unsafe {
            (std::slice::from_raw_parts_mut(call.out::<i8>(4).add(at), width), call.f32s_mut(5, at / BLOCK * 2, width / BLOCK * 2))
        };
        round_blocks(call.tier, values, rounded, scales);
    }
}

fn integers(call: &Call, tile: Tile, scratch: &mut [u8]) {
    let blocks = tile.inputs / BLOCK;
    let bytes = call.bytes(0);
    // SAFETY: bytes of the operand read as signed; scratch is aligned and holds an offset for each block of the tile's rows.
    let (q, offsets) = unsafe {
        let q = std::slice::from_raw_parts(bytes.as_ptr() as *const i8, bytes.len());
        (
            &q[tile.rows.start * tile.inputs..tile.rows.end * tile.inputs],
            std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut i32, tile.rows.len() * blocks),
        )
    };
    let scales = &call.f32s(1)[tile.rows.start * blocks * 2..tile.rows.end * blocks * 2];
    let from = Rows { q: q.as_ptr(), stride: tile.inputs, scales: scales.as_ptr(), offsets: std::ptr::null(), blocks };
    on_tier!(call.tier, integer_tile::<6 | 1, 2 | 1>(tile: Tile, from: Rows, scales: &[f32], offsets: &mut [i32]));
}

#[inline(always)]
unsafe fn integer_tile<W: Words, const R: usize, const P: usize>(tile: Tile, from: Rows, scales: &[f32], offsets: &mut [i32]) {
    if tile.format != Format::Q4 {
        let middle = if tile.format == Format::Q5 { 16 } else { 128 };
        // d · sum q was rounded once: what d goes into is nearest to one whole number.
        for (offset, scale) in offsets.iter_mut().zip(scales.chunks_exact(2)) {
            let (d, of_sum) = (scale[0], scale[1]);
            let sum = if d > 0.0 { of_sum / d } else { 0.0 };
            *offset = ((sum + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) as i32).wrapping_mul(-middle);
        }
    }
    let from = Rows { offsets: offsets.as_ptr(), ..from };
    let mut panel = tile.panels.start;
    while panel < tile.panels.end {
        // How a panel's sums are scaled is its own affair, whoever stands beside it.
        let kind = tile.kind(panel);
        // Few rows wait for memory: one panel after the other, fetched ahead.
        let several =
            P > 1 && tile.rows.len() >= 4 && tile.panels.end - panel >= P && (panel + 1..panel + P).all(|other| tile.kind(other) == kind);
        // SAFETY: so many panels are left.
        unsafe {
            match (kind, several) {
                (Kind::Four, true) => panels_of_rows::<W, 4, R, P, false>(&tile, from, panel),
                (Kind::Five, true) => panels_of_rows::<W, 5, R, P, false>(&tile, from, panel),
                (Kind::Eight, true) => panels_of_rows::<W, 8, R, P, false>(&tile, from, panel),
                (Kind::EightOne, true) => panels_of_rows::<W, 8, R, P, true>(&tile, from, panel),
                _ => panel_of_rows::<W>(&tile, from, panel, kind),
            }
        }
        panel += if several { P } else { 1 };
    }
}

// P panels times all rows of the tile.
#[inline(always)]
unsafe fn panels_of_rows<W: Words, const BITS: usize, const R: usize, const P: usize, const ONE: bool>(
    tile: &Tile,
    from: Rows,
    panel: usize,
) {
    let (bytes, stride) = (tile.panels(panel, P), tile.format.panel_bytes(tile.inputs));
    let mut row = 0;
    macro_rules! take {
        ($rows:expr) => {{
            for (r, sums) in panels::<W, BITS, { $rows }, P, ONE>(from.from(row), bytes, stride).into_iter().enumerate() {
                for (p, v) in sums.into_iter().enumerate() {
                    tile.put::<W::L>(row + r, panel + p, v);
                }
            }
            row += $rows;
        }};
    }
    // SAFETY: as `integer_tile`; so many rows are left.
    unsafe {
        while row < tile.rows.len() {
            match tile.rows.len() - row {
                left if left >= R => take!(R),
                4.. => take!(4),
                2.. => take!(2),
                _ => take!(1),
            }
        }
    }
}

// One panel times all rows of the tile.
#[inline(always)]
unsafe fn panel_of_rows<W: Words>(tile: &Tile, from: Rows, panel: usize, kind: Kind) {
    let mut row = 0;
    while row < tile.rows.len() {
        // SAFETY: as `integer_tile`; so many rows are left.
        unsafe {
            let from = from.from(row);
            row += match tile.rows.len() - row {
                4.. => some_rows::<W, 4>(tile, from, panel, row, kind),
                2.. => some_rows::<W, 2>(tile, from, panel, row, kind),
                _ => some_rows::<W, 1>(tile, from, panel, row, kind),
            };
        }
    }
}

#[inline(always)]
unsafe fn some_rows<W: Words, const R: usize>(tile: &Tile, from: Rows, panel: usize, row: usize, kind: Kind) -> usize {
    // SAFETY: as `integer_tile`.
    unsafe {
        let bytes = tile.panel(panel);
        let sums = match kind {
            Kind::Four => q4_panel::<W, R>(from, bytes),
            Kind::Five => q8_panel::<W, R, true, false>(from, bytes),
            Kind::Eight => q8_panel::<W, R, false, false>(from, bytes),
            Kind::EightOne => q8_panel::<W, R, false, true>(from, bytes),
        };
        for (r, v) in sums.into_iter().enumerate() {
            tile.put::<W::L>(row + r, panel, v);
        }
    }
    R
}

/// De-quantised inputs of one panel.
pub const UNPACK_SCRATCH: usize = 4 * CHUNK * PANEL_ROWS;

/// One panel of rows, de-quantised to plain rows.
pub fn unpack(call: &Call, format: Format, tile: usize, scratch: &mut [u8]) {
    let (inputs, first) = (call.size(3), tile * PANEL_ROWS);
    let lanes = PANEL_ROWS.min(call.size(1) - first);
    let bytes = format.panel_bytes(inputs);
    let panel = &call.bytes(0)[(call.size(0) / PANEL_ROWS + tile) * bytes..][..bytes];
    // SAFETY: scratch is aligned and holds a chunk of a panel; tiles have rows of their own.
    let (weights, y) = unsafe {
        (
            std::slice::from_raw_parts_mut(scratch.as_mut_ptr() as *mut f32, CHUNK * PANEL_ROWS),
            call.f32s_mut(1, first * inputs, lanes * inputs),
        )
    };
    on_tier!(call.tier, unpack_panel::<1 | 1, 1 | 1>(format: Format, panel: &[u8], inputs: usize, weights: &mut [f32], y: &mut [f32]));
}

#[inline(always)]
unsafe fn unpack_panel<W: Words, const R: usize, const P: usize>(
    format: Format,
    panel: &[u8],
    inputs: usize,
    weights: &mut [f32],
    y: &mut [f32],
) {
    for k in (0..inputs).step_by(CHUNK) {
        let count = CHUNK.min(inputs - k);
        // SAFETY: the panel holds these inputs, `weights` a chunk.
        unsafe { dequantize::<W>(format, panel.as_ptr(), inputs, k, count, false, weights.as_mut_ptr()) };
        for (lane, row) in y.chunks_exact_mut(inputs).enumerate() {
            for (i, value) in row[k..k + count].iter_mut().enumerate() {
                *value = weights[i * PANEL_ROWS + lane];
            }
        }
    }
}
