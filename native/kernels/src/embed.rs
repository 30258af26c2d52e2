//! Tables read by id, and their gradient.

use crate::call::{span, Call, Row};
use crate::error::KernelError;
use crate::for_vectors;
use crate::normalize::sums::{load, put};
use crate::vector::{Vector, LANES};

/// Elements of a tile.
const STEP: usize = 32_768;
/// Neighbouring rows of a table that belong to one tile of the gradient. Frequent ids are neighbours: so they come to different tiles.
const RUN: usize = 8;
/// Most tiles by rows: each looks at every id.
const MOST: usize = 64;
/// Columns of a tile where a table has few rows.
const COLUMNS: usize = 64;
/// Tables of fewer rows are shared out by columns, too.
const FEW: usize = 2048;

fn ids_of_tile(width: usize) -> usize {
    (STEP / width.max(1)).max(1)
}

fn index(id: i32, vocabulary: usize) -> Result<usize, KernelError> {
    if id >= 0 && (id as usize) < vocabulary {
        Ok(id as usize)
    } else {
        Err(KernelError::Index { value: id as f64, limit: vocabulary as f64 })
    }
}

fn embedding(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (vocabulary, width) = (call.size(1), call.size(2));
    let (table, ids) = (call.f32s(0), call.i32s(1));
    for i in span(tile, ids_of_tile(width), call.size(0)) {
        let row = index(ids[i], vocabulary)?;
        // SAFETY: rows are disjoint.
        unsafe { call.f32s_mut(2, i * width, width) }.copy_from_slice(&table[row * width..(row + 1) * width]);
    }
    Ok(())
}

/// Tiles by rows (a power of two) and by columns: each element of the table belongs to one, and is summed in the order of the ids.
fn shares(call: &Call) -> (usize, usize) {
    let (vocabulary, width) = (call.size(1), call.size(2));
    let columns = if vocabulary < FEW { width.div_ceil(COLUMNS).max(1) } else { 1 };
    let rows = (vocabulary * width).div_ceil(STEP * columns).clamp(1, MOST);
    (rows.next_power_of_two(), columns)
}

fn gradient_tiles(call: &Call) -> usize {
    let (rows, columns) = shares(call);
    rows * columns
}

#[inline(always)]
unsafe fn add_body<L: Vector>(d: &[f32], sums: &mut [f32]) {
    let n = sums.len().min(d.len());
    let mut at = 0;
    while at < n {
        put::<L>(sums.as_mut_ptr(), at, n, load::<L>(d.as_ptr(), at, n), true);
        at += LANES;
    }
}

fn add(call: &Call, d: &[f32], sums: &mut [f32]) {
    for_vectors!(call.tier, add_body, (d: &[f32], sums: &mut [f32]))
}

fn embedding_grad(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let (count, vocabulary, width) = (call.size(0), call.size(1), call.size(2));
    let (row_tiles, column_tiles) = shares(call);
    let (mine, column_tile) = (tile % row_tiles, tile / row_tiles);
    let columns = if column_tiles == 1 { 0..width } else { span(column_tile, COLUMNS, width) };
    let (ids, dy) = (&call.i32s(0)[..count], call.f32s(1));
    if !call.flag(3) {
        for run in (mine..vocabulary.div_ceil(RUN)).step_by(row_tiles) {
            let rows = span(run, RUN, vocabulary);
            // SAFETY: runs and columns belong to one tile.
            unsafe {
                if column_tiles == 1 {
                    call.f32s_mut(2, rows.start * width, rows.len() * width).fill(0.0);
                } else {
                    for row in rows {
                        call.f32s_mut(2, row * width + columns.start, columns.len()).fill(0.0);
                    }
                }
            }
        }
    }
    for (i, id) in ids.iter().enumerate() {
        if (*id as u32 as usize / RUN) & (row_tiles - 1) != mine {
            continue;
        }
        let row = index(*id, vocabulary)?;
        // SAFETY: as above.
        let sums = unsafe { call.f32s_mut(2, row * width + columns.start, columns.len()) };
        add(call, &dy[i * width + columns.start..i * width + columns.end], sums);
    }
    Ok(())
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[
    Row {
        name: "embedding",
        signature: "embedding(table:f32,ids:i32;y:f32;;count,vocabulary,width;)",
        extents: |s| vec![s[1] * s[2], s[0], s[0] * s[2]],
        check: |_| Ok(()),
        tiles: |call| call.size(0).div_ceil(ids_of_tile(call.size(2))),
        scratch: |_| 0,
        run: embedding,
    },
    Row {
        name: "embeddingGrad",
        signature: "embeddingGrad(ids:i32,dy:f32;;dtable:f32;count,vocabulary,width;accumulate)",
        extents: |s| vec![s[0], s[0] * s[2], s[1] * s[2]],
        check: |_| Ok(()),
        tiles: gradient_tiles,
        scratch: |_| 0,
        run: embedding_grad,
    },
];
