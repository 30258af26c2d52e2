//! Which sequence and which positions the rows of a step belong to: runs of rows (first row, start, slot), and the pages of each slot.

use super::cache::PAGE;
use crate::error::KernelError;
use std::ops::Range;

/// Rows of one sequence that stand one after another; the first is at position `start`.
pub struct Run {
    pub rows: Range<usize>,
    pub start: usize,
    pub slot: usize,
}

/// Runs, and the table [slots, pages] of where in the pool each slot's pages lie. Nothing in them is trusted: they are memory.
pub struct Batch<'a> {
    pub runs: &'a [i32],
    pub table: &'a [i32],
    pub rows: usize,
    /// Pages of a slot in the table, and pages of the pool for each layer.
    pub pages: usize,
    pub pool: usize,
    pub layer: usize,
    pub layers: usize,
}

fn index(value: i32, limit: usize) -> Result<usize, KernelError> {
    let refused = KernelError::Index { value: value as f64, limit: limit as f64 };
    usize::try_from(value).ok().filter(|found| *found < limit).ok_or(refused)
}

impl Batch<'_> {
    pub fn count(&self) -> usize {
        self.runs.len() / 3
    }

    /// Run number `at`: rows up to the next run's first.
    pub fn run(&self, at: usize) -> Result<Run, KernelError> {
        let fields = &self.runs[3 * at..];
        let first = index(fields[0], self.rows + 1)?;
        let end = if at + 1 < self.count() { index(fields[3], self.rows + 1)? } else { self.rows };
        let start = index(fields[1], self.pages * PAGE)?;
        let slot = index(fields[2], self.table.len() / self.pages.max(1))?;
        if end < first || start + (end - first) > self.pages * PAGE || (at == 0 && first != 0) {
            return Err(KernelError::Index { value: first as f64, limit: end as f64 });
        }
        Ok(Run { rows: first..end, start, slot })
    }

    /// The run that a row belongs to.
    pub fn of_row(&self, row: usize) -> Result<Run, KernelError> {
        for at in 0..self.count() {
            let run = self.run(at)?;
            if run.rows.contains(&row) {
                return Ok(run);
            }
        }
        Err(KernelError::Index { value: row as f64, limit: 0.0 })
    }

    /// Of a run's sequence the pages up to that of `position`, as the table has them. Errors: `index` for one outside the pool.
    pub fn pages(&self, run: &Run, position: usize) -> Result<&[i32], KernelError> {
        let pages = &self.table[run.slot * self.pages..][..position / PAGE + 1];
        for page in pages {
            index(*page, self.pool)?;
        }
        Ok(pages)
    }

    /// Where in the pool the page of a position lies, for this layer.
    pub fn page(&self, run: &Run, position: usize) -> Result<usize, KernelError> {
        let page = index(self.table[run.slot * self.pages + position / PAGE], self.pool)?;
        Ok(page * self.layers + self.layer)
    }
}
