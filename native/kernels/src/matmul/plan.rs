//! How a product is cut into tiles: blocks of c of one matrix, or several whole matrices where they are small. Bits do not depend on it.

use crate::call::Call;

/// Values of k that are packed at a time: a strip of them stays in the first cache, the panels of a tile in the second.
pub const DEPTH: usize = 384;
/// Most columns of a tile: with DEPTH values of k, 768 KiB of packed panels.
const COLUMNS: usize = 512;
/// Most rows of a tile.
const ROWS: usize = 1024;
/// Rows up to which the right side is read where it lies.
const FEW: usize = 48;
/// Multiplications that are worth a tile of their own: about 50 us.
const WORTH: usize = 4 << 20;

/// A product and its cut.
#[derive(Clone, Copy)]
pub struct Plan {
    pub batch: usize,
    pub rows: usize,
    pub columns: usize,
    pub depth: usize,
    pub tile_rows: usize,
    pub tile_columns: usize,
    /// Matrices of a tile; more than one only where a tile is a whole matrix.
    pub tile_batch: usize,
    /// Whether the right side is packed.
    pub packs: bool,
}

/// What a tile computes: of matrices `first … end`, these rows and columns.
pub struct Part {
    pub first: usize,
    pub end: usize,
    pub row: usize,
    pub rows: usize,
    pub column: usize,
    pub columns: usize,
}

impl Plan {
    pub fn of(call: &Call) -> Plan {
        let (batch, rows, columns, depth) = (call.size(0), call.size(3), call.size(4), call.size(5));
        let packs = rows > FEW || call.flag(8) || call.flag(10);
        let (tile_rows, tile_columns) = cut(batch, rows, columns, depth, call.threads);
        let whole = tile_rows >= rows && tile_columns >= columns;
        let each = (rows * columns * depth.max(1)).max(1);
        let tile_batch = if whole { (WORTH / 4 / each).clamp(1, batch.max(1)) } else { 1 };
        Plan { batch, rows, columns, depth, tile_rows, tile_columns, tile_batch, packs }
    }

    fn cuts(&self) -> (usize, usize) {
        (self.rows.div_ceil(self.tile_rows), self.columns.div_ceil(self.tile_columns))
    }

    pub fn tiles(&self) -> usize {
        let (down, across) = self.cuts();
        self.batch.div_ceil(self.tile_batch) * down * across
    }

    // Tiles that share columns follow each other: their right side is still in a cache that threads share.
    pub fn part(&self, tile: usize) -> Part {
        let (down, across) = self.cuts();
        let (row, column, first) =
            (tile % down * self.tile_rows, tile / down % across * self.tile_columns, tile / down / across * self.tile_batch);
        Part {
            first,
            end: (first + self.tile_batch).min(self.batch),
            row,
            rows: self.tile_rows.min(self.rows - row),
            column,
            columns: self.tile_columns.min(self.columns - column),
        }
    }
}

/// Rows and columns of a tile: the cut whose threads are done first, by what packing costs next to multiplying.
fn cut(batch: usize, rows: usize, columns: usize, depth: usize, threads: usize) -> (usize, usize) {
    let work = batch * rows * columns * depth.max(1);
    let most = (work / WORTH).clamp(1, 1 << 20);
    let mut best = (f64::INFINITY, (rows.clamp(1, ROWS), columns.clamp(1, COLUMNS)));
    let (least_down, least_across) = (rows.div_ceil(ROWS).max(1), columns.div_ceil(COLUMNS).max(1));
    for down in least_down..least_down + 8 {
        let tile_rows = even(rows, down, 14);
        for across in least_across..least_across + 12 {
            let tile_columns = even(columns, across, 32);
            let tiles = batch * rows.div_ceil(tile_rows).max(1) * columns.div_ceil(tile_columns).max(1);
            if tiles > most.max(batch * least_down * least_across) {
                break;
            }
            // Per k: a multiplication is 1, an element packed about PACK.
            let (r, c) = (tile_rows as f64, tile_columns as f64);
            let time = r.max(8.0) * c + PACK_RIGHT * c + PACK_LEFT * r;
            // A thread may be held up by others: with few tiles each, the rest wait longer for it.
            let rounds = tiles.div_ceil(threads.max(1)) as f64 + if threads > 1 { 0.15 } else { 0.0 };
            if time * rounds < best.0 {
                best = (time * rounds, (tile_rows, tile_columns));
            }
        }
    }
    best.1
}

const PACK_RIGHT: f64 = 20.0;
const PACK_LEFT: f64 = 12.0;

// `parts` parts of a length, each a multiple of `unit` but the last.
fn even(length: usize, parts: usize, unit: usize) -> usize {
    length.div_ceil(parts).div_ceil(unit).max(1) * unit
}
