//! The strided copy behind transposing, slicing, joining, repeating and turning round.

use crate::call::{span, Call, Row};
use crate::error::KernelError;

const DIMENSIONS: usize = 5;
/// Elements of a tile; columns of a tile where there are many rows; rows that walk through columns together, and how many columns at once.
const STEP: usize = 16_384;
const COLUMNS: usize = 1024;
const GROUP: usize = 64;
const BLOCK: usize = 16;

/// All but the last dimension are rows, the last is columns.
struct Walk {
    sizes: [usize; DIMENSIONS],
    x: [isize; DIMENSIONS],
    y: [usize; DIMENSIONS],
    x_start: usize,
    y_start: usize,
    rows: usize,
    chunk: usize,
    rows_of_tile: usize,
}

impl Walk {
    fn of(call: &Call) -> Walk {
        let (mut sizes, mut x, mut y) = ([0; DIMENSIONS], [0; DIMENSIONS], [0; DIMENSIONS]);
        let mut x_start = call.size(15);
        for d in 0..DIMENSIONS {
            (sizes[d], x[d], y[d]) = (call.size(d), call.size(5 + d) as isize, call.size(10 + d));
            if (call.size(17) >> d) & 1 == 1 {
                x_start += sizes[d].saturating_sub(1) * x[d] as usize;
                x[d] = -x[d];
            }
        }
        let rows: usize = sizes[..4].iter().product();
        let chunk = sizes[4].clamp(1, if rows < 16 { STEP } else { COLUMNS });
        Walk { sizes, x, y, x_start, y_start: call.size(16), rows, chunk, rows_of_tile: STEP / chunk }
    }

    fn chunks(&self) -> usize {
        self.sizes[4].div_ceil(self.chunk)
    }

    /// Where a row begins in x and in y.
    fn bases(&self, row: usize) -> (isize, usize) {
        let (mut left, mut x, mut y) = (row, self.x_start as isize, self.y_start);
        for d in (0..DIMENSIONS - 1).rev() {
            let i = left % self.sizes[d];
            left /= self.sizes[d];
            x += i as isize * self.x[d];
            y += i * self.y[d];
        }
        (x, y)
    }
}

fn tiles(call: &Call) -> usize {
    let walk = Walk::of(call);
    walk.rows.div_ceil(walk.rows_of_tile) * walk.chunks()
}

/// Safety: `count` elements from both pointers on, at their strides, lie inside their operands.
#[inline(always)]
unsafe fn run(x: *const f32, x_stride: isize, y: *mut f32, y_stride: usize, count: usize, accumulate: bool) {
    // SAFETY: as promised.
    unsafe {
        if x_stride == 1 && y_stride == 1 && !accumulate {
            return std::ptr::copy_nonoverlapping(x, y, count);
        }
        for i in 0..count {
            let (from, to) = (x.offset(i as isize * x_stride), y.add(i * y_stride));
            *to = if accumulate { *to + *from } else { *from };
        }
    }
}

fn arrange(call: &Call, tile: usize, _: &mut [u8]) -> Result<(), KernelError> {
    let walk = Walk::of(call);
    let (x, y, accumulate) = (call.f32s(0).as_ptr(), call.out::<f32>(1), call.flag(18));
    let rows = span(tile / walk.chunks(), walk.rows_of_tile, walk.rows);
    let columns = span(tile % walk.chunks(), walk.chunk, walk.sizes[4]);
    let (x_stride, y_stride) = (walk.x[4], walk.y[4]);
    // Where columns lie apart in x, rows are neighbours there: several of them go through a few columns at a time.
    let block = if x_stride == 1 || x_stride == 0 { columns.len() } else { BLOCK };
    let mut bases = [(0isize, 0usize); GROUP];
    let mut first = rows.start;
    while first < rows.end {
        let group = &mut bases[..(rows.end - first).min(GROUP)];
        for (i, base) in group.iter_mut().enumerate() {
            *base = walk.bases(first + i);
        }
        let mut column = columns.start;
        while column < columns.end {
            let count = (columns.end - column).min(block);
            for (from, to) in group.iter() {
                // SAFETY: the extents of all sizes and strides were checked; tiles write different elements.
                unsafe {
                    run(x.offset(from + column as isize * x_stride), x_stride, y.add(to + column * y_stride), y_stride, count, accumulate)
                };
            }
            column += count;
        }
        first += GROUP;
    }
    Ok(())
}

fn extent(s: &[f64], strides: usize, start: f64) -> f64 {
    if s[..DIMENSIONS].contains(&0.0) {
        return 0.0;
    }
    (0..DIMENSIONS).fold(start + 1.0, |last, d| last + (s[d] - 1.0) * s[strides + d])
}

fn once(s: &[f64]) -> Result<(), KernelError> {
    if s[17] >= 32.0 {
        return Err(KernelError::Program { value: s[17], limit: 32.0 });
    }
    match (0..DIMENSIONS).find(|d| s[*d] > 1.0 && s[10 + d] == 0.0) {
        Some(d) => Err(KernelError::Program { value: s[d], limit: 1.0 }),
        None => Ok(()),
    }
}

/// Rows of this family.
pub const ROWS_OF_FAMILY: &[Row] = &[Row {
    name: "arrange",
    signature: "arrange(x:f32;;y:f32;size0,size1,size2,size3,size4,x0,x1,x2,x3,x4,y0,y1,y2,y3,y4,xStart,yStart,backward;accumulate)",
    extents: |s| vec![extent(s, 5, s[15]), extent(s, 10, s[16])],
    check: once,
    tiles,
    scratch: |_| 0,
    run: arrange,
}];
