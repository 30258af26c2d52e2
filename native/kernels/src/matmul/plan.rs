//! How a product is cut into tiles: blocks of c of one matrix, or several whole matrices where they are small. Bits do not depend on it.

use crate::call::Call;
#[cfg(target_arch = "x86_64")]
use crate::tier::Tier;

/// Values of k that are packed at a time: a strip of them stays in the first cache, the panels of a tile in the second.
pub const DEPTH: usize = 384;

/// What a body asks of its cut.
struct Wishes {
    /// Most rows and columns of a tile.
    rows: usize,
    columns: usize,
    /// What packing an element of the right and of the left side costs, in multiplications.
    pack_right: f64,
    pack_left: f64,
}

/// Registers: with DEPTH values of k, 768 KiB of packed panels.
const REGISTERS: Wishes = Wishes { rows: 1024, columns: 512, pack_right: 20.0, pack_left: 12.0 };
/// AMX tiles multiply so fast that packing is what counts: as much as can be of what was packed once.
#[cfg(target_arch = "x86_64")]
const TILES: Wishes = Wishes { rows: 2048, columns: 2048, pack_right: 300.0, pack_left: 300.0 };

fn wishes(call: &Call) -> &'static Wishes {
    #[cfg(target_arch = "x86_64")]
    if call.tier == Tier::Amx && call.flag(10) {
        return &TILES;
    }
    let _ = call;
    &REGISTERS
}

/// Rows up to which the right side is read where it lies.
const FEW: usize = 48;
/// Multiplications that are worth a tile of their own: about 50 us.
const WORTH: usize = 4 << 20;

/// Multiplications that a tile never has more of: about 10 ms with AVX-512, 40 ms with AVX2.
const MOST: usize = 1 << 30;

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
        let (tile_rows, tile_columns) = cut(wishes(call), [batch, rows, columns, depth], call.threads);
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
fn cut(wishes: &Wishes, [batch, rows, columns, depth]: [usize; 4], threads: usize) -> (usize, usize) {
    let work = batch * rows * columns * depth.max(1);
    let most = (work / WORTH).clamp(1, 1 << 20);
    let mut best = (f64::INFINITY, (rows.clamp(1, wishes.rows), columns.clamp(1, wishes.columns)));
    let (mut least_down, mut least_across) = (rows.div_ceil(wishes.rows).max(1), columns.div_ceil(wishes.columns).max(1));
    loop {
        let (tile_rows, tile_columns) = (even(rows, least_down, 14), even(columns, least_across, 32));
        if tile_rows * tile_columns * depth <= MOST || tile_rows * tile_columns <= 64 * 64 {
            break;
        }
        *(if tile_rows > tile_columns { &mut least_down } else { &mut least_across }) += 1;
    }
    for down in least_down..least_down + 8 {
        let tile_rows = even(rows, down, 14);
        for across in least_across..least_across + 12 {
            let tile_columns = even(columns, across, 32);
            let tiles = batch * rows.div_ceil(tile_rows).max(1) * columns.div_ceil(tile_columns).max(1);
            if tiles > most.max(batch * least_down * least_across) {
                break;
            }
            // Per k: a multiplication is 1, an element packed as much as the body says.
            let (r, c) = (tile_rows as f64, tile_columns as f64);
            let time = r.max(8.0) * c + wishes.pack_right * c + wishes.pack_left * r;
            // A thread may be held up by others: with few tiles each, the rest wait longer for it.
            let rounds = tiles.div_ceil(threads.max(1)) as f64 + if threads > 1 { 0.15 } else { 0.0 };
            if time * rounds < best.0 {
                best = (time * rounds, (tile_rows, tile_columns));
            }
        }
    }
    best.1
}

// `parts` parts of a length, each a multiple of `unit` but the last.
fn even(length: usize, parts: usize, unit: usize) -> usize {
    length.div_ceil(parts).div_ceil(unit).max(1) * unit
}
