//! Coordinate descent for a block of problems side by side, a lane each: a row is read once for all. Every lane goes its own way, bit by bit as if alone.

use super::{Entry, Problems};
use crate::{Control, ServiceError};
use std::ops::Range;

/// Rows visited between two looks at the control word.
const ROWS_A_LOOK: usize = 512;
/// Rows that are fetched ahead of their visit.
const AHEAD: usize = 2;
/// Entries of a row that are fetched ahead.
const MOST_FETCHED: usize = 512;

/// What a block found: coefficients by place, in `lanes` columns of which the first belong to problems; rounds of each problem.
pub struct Solved {
    lanes: usize,
    weights: Vec<f64>,
    rounds: Vec<u32>,
}

impl Solved {
    /// Writes the values of the problems from `first` on into the output of all.
    pub fn write(&self, problems: &Problems, first: usize, output: &mut [u8]) {
        let (all, columns) = (problems.costs.len(), problems.columns);
        let mut put = |row: usize, lane: usize, value: f64| {
            let at = 8 * (row * all + first + lane);
            output[at..at + 8].copy_from_slice(&value.to_le_bytes());
        };
        for (column, &place) in problems.places.iter().enumerate() {
            for lane in 0..self.rounds.len() {
                put(column, lane, self.weights[place as usize * self.lanes + lane]);
            }
        }
        for (lane, &rounds) in self.rounds.iter().enumerate() {
            put(columns, lane, if problems.bias > 0.0 { self.weights[columns * self.lanes + lane] * problems.bias } else { 0.0 });
            put(columns + 1, lane, f64::from(rounds));
        }
    }
}

/// Solves the problems of a range in as many lanes.
pub fn solve(problems: &Problems, range: Range<usize>, lanes: usize, control: &Control<'_>) -> Result<Solved, ServiceError> {
    match lanes {
        1 => dispatch::<1>(problems, range, control),
        2 => dispatch::<2>(problems, range, control),
        _ => dispatch::<4>(problems, range, control),
    }
}

fn dispatch<const L: usize>(problems: &Problems, range: Range<usize>, control: &Control<'_>) -> Result<Solved, ServiceError> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
        // SAFETY: the CPU has these instructions.
        return unsafe { solve_avx512::<L>(problems, range, control) };
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: the CPU has these instructions.
        return unsafe { solve_avx2::<L>(problems, range, control) };
    }
    Block::<L>::new(problems, range).solve(control)
}

// No fused multiply-add anywhere: every tier gives the same bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn solve_avx512<const L: usize>(problems: &Problems, range: Range<usize>, control: &Control<'_>) -> Result<Solved, ServiceError> {
    Block::<L>::new(problems, range).solve(control)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn solve_avx2<const L: usize>(problems: &Problems, range: Range<usize>, control: &Control<'_>) -> Result<Solved, ServiceError> {
    Block::<L>::new(problems, range).solve(control)
}

/// One lane's way through its problem.
#[derive(Clone, Copy)]
struct Lane {
    /// 1 / (2 C) of negative and of positive examples.
    diagonal: [f64; 2],
    highest: f64,
    highest_before: f64,
    lowest: f64,
    active: usize,
    rounds: u32,
    done: bool,
}

struct Block<'a, const L: usize> {
    problems: &'a Problems,
    first: usize,
    problem_count: usize,
    lanes: [Lane; L],
    weights: Vec<[f64; L]>,
    alphas: Vec<[f64; L]>,
    /// Lanes in which a row is active, a bit each.
    active: Vec<u8>,
}

impl<'a, const L: usize> Block<'a, L> {
    #[inline(always)]
    fn new(problems: &'a Problems, range: Range<usize>) -> Self {
        let rows = problems.labels.len();
        let mut lanes = [Lane {
            diagonal: [0.0; 2],
            highest: f64::NEG_INFINITY,
            highest_before: f64::INFINITY,
            lowest: f64::INFINITY,
            active: rows,
            rounds: 0,
            done: true,
        }; L];
        let mut mask = 0;
        for (lane, problem) in range.clone().enumerate() {
            let [positive, negative] = problems.costs[problem];
            (lanes[lane].diagonal, lanes[lane].done) = ([0.5 / negative, 0.5 / positive], false);
            mask |= 1u8 << lane;
        }
        Block {
            problems,
            first: range.start,
            problem_count: range.len(),
            lanes,
            weights: vec![[0.0; L]; problems.columns + 1],
            alphas: vec![[0.0; L]; rows],
            active: vec![mask; rows],
        }
    }

    #[inline(always)]
    fn solve(mut self, control: &Control<'_>) -> Result<Solved, ServiceError> {
        let mut round = 0;
        while self.lanes.iter().any(|lane| !lane.done) {
            let order = self.problems.order(round);
            for some in order.chunks(ROWS_A_LOOK) {
                control.look()?;
                for (at, &row) in some.iter().enumerate() {
                    if let Some(&later) = some.get(at + AHEAD) {
                        self.fetch(later as usize);
                    }
                    if self.active[row as usize] != 0 {
                        self.visit(row as usize);
                    }
                }
            }
            control.advance(self.lanes.iter().filter(|lane| !lane.done).count() as i32);
            for lane in 0..L {
                self.end_round(lane);
            }
            round += 1;
        }
        let rounds = self.lanes[..self.problem_count].iter().map(|lane| lane.rounds).collect();
        Ok(Solved { lanes: L, weights: self.weights.into_flattened(), rounds })
    }

    #[inline(always)]
    fn fetch(&self, row: usize) {
        #[cfg(target_arch = "x86_64")]
        if self.active[row] != 0 {
            use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
            let (from, to) = (self.problems.starts[row] as usize, self.problems.starts[row + 1] as usize);
            let entries = self.problems.entries.as_ptr();
            for at in (from..to.min(from + MOST_FETCHED)).step_by(8) {
                // SAFETY: a hint; an address past the end changes nothing.
                unsafe { _mm_prefetch(entries.wrapping_add(at) as *const i8, _MM_HINT_T0) };
            }
        }
    }

    #[inline(always)]
    fn entries(&self, row: usize) -> &'a [Entry] {
        &self.problems.entries[self.problems.starts[row] as usize..self.problems.starts[row + 1] as usize]
    }

    #[inline(always)]
    fn weight(&self, column: u32) -> &[f64; L] {
        // SAFETY: every column was checked against the number of columns when the matrix was read.
        unsafe { self.weights.get_unchecked(column as usize) }
    }

    /// w · x of each lane: even and odd terms summed apart, then together, the bias last.
    #[inline(always)]
    fn margins(&self, row: usize) -> [f64; L] {
        let (mut even, mut odd) = ([0.0; L], [0.0; L]);
        let pairs = self.entries(row).chunks_exact(2);
        let rest = pairs.remainder();
        for pair in pairs {
            let (first, second) = (self.weight(pair[0].column), self.weight(pair[1].column));
            for lane in 0..L {
                even[lane] += first[lane] * f64::from(pair[0].value);
                odd[lane] += second[lane] * f64::from(pair[1].value);
            }
        }
        if let [last] = rest {
            let weight = self.weight(last.column);
            for lane in 0..L {
                even[lane] += weight[lane] * f64::from(last.value);
            }
        }
        let bias = &self.weights[self.problems.columns];
        let mut sum = [0.0; L];
        for lane in 0..L {
            sum[lane] = even[lane] + odd[lane] + bias[lane] * self.problems.bias;
        }
        sum
    }

    #[inline(always)]
    fn visit(&mut self, row: usize) {
        let margins = self.margins(row);
        let label = self.problems.labels[row].wrapping_sub(self.problems.first_label);
        let mut steps = [0.0; L];
        let mut moved = false;
        let mask = self.active[row];
        for lane in 0..L {
            if mask & (1 << lane) != 0 {
                let positive = label == (self.first + lane) as u32;
                steps[lane] = self.step(row, lane, positive, margins[lane]);
                moved |= steps[lane] != 0.0;
            }
        }
        if moved {
            self.add(row, steps);
        }
    }

    /// By how much w moves along the row in a lane: the projected gradient decides, and whether the row leaves the lane's active ones.
    #[inline(always)]
    fn step(&mut self, row: usize, lane: usize, positive: bool, margin: f64) -> f64 {
        let state = &mut self.lanes[lane];
        let sign = if positive { 1.0 } else { -1.0 };
        let diagonal = state.diagonal[usize::from(positive)];
        let alpha = self.alphas[row][lane];
        let gradient = sign * margin - 1.0 + alpha * diagonal;
        let mut projected = gradient;
        if alpha == 0.0 {
            if gradient > state.highest_before {
                self.active[row] &= !(1 << lane);
                state.active -= 1;
                return 0.0;
            }
            projected = gradient.min(0.0);
        }
        state.highest = state.highest.max(projected);
        state.lowest = state.lowest.min(projected);
        if projected.abs() <= 1e-12 {
            return 0.0;
        }
        let next = (alpha - gradient / (self.problems.squares[row] + diagonal)).max(0.0);
        self.alphas[row][lane] = next;
        (next - alpha) * sign
    }

    #[inline(always)]
    fn add(&mut self, row: usize, steps: [f64; L]) {
        for entry in self.entries(row) {
            let value = f64::from(entry.value);
            // SAFETY: every column was checked against the number of columns when the matrix was read.
            let weight = unsafe { self.weights.get_unchecked_mut(entry.column as usize) };
            for lane in 0..L {
                weight[lane] += steps[lane] * value;
            }
        }
        let bias = &mut self.weights[self.problems.columns];
        for lane in 0..L {
            bias[lane] += steps[lane] * self.problems.bias;
        }
    }

    #[inline(always)]
    fn end_round(&mut self, lane: usize) {
        let rows = self.active.len();
        let state = &mut self.lanes[lane];
        if state.done {
            return;
        }
        state.rounds += 1;
        if state.highest - state.lowest <= self.problems.tolerance {
            if state.active == rows || state.rounds >= self.problems.most_rounds {
                state.done = true;
                self.active.iter_mut().for_each(|mask| *mask &= !(1 << lane));
            } else {
                state.active = rows;
                state.highest_before = f64::INFINITY;
                self.active.iter_mut().for_each(|mask| *mask |= 1 << lane);
            }
        } else {
            state.highest_before = if state.highest <= 0.0 { f64::INFINITY } else { state.highest };
            if state.rounds >= self.problems.most_rounds {
                state.done = true;
                self.active.iter_mut().for_each(|mask| *mask &= !(1 << lane));
            }
        }
        (state.highest, state.lowest) = (f64::NEG_INFINITY, f64::INFINITY);
    }
}
