//! The "linear-svm" service: L2-regularised squared hinge by dual coordinate descent (Hsieh et al. 2008, "A dual coordinate descent method for
//! large-scale linear SVM", algorithms 1 and 3: what LIBLINEAR runs). One problem a class against the rest.
//! Twin: src/native/reference/linear-svm.ts: same configuration, same bits. Knows no labels beyond their numbers.

mod block;

use crate::arrays::{Arrays, Rows};
use crate::philox::shuffled;
use crate::{Control, Service, ServiceError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const SOLVE: u32 = 0;
/// Orders of visits that are kept for all blocks; later ones are drawn by each.
const KEPT_ORDERS: usize = 96;
/// Problems that are solved side by side, a lane each: with more, the weights of a block outgrow the caches.
const MOST_LANES: usize = 4;

/// A value of a row: half the memory of a wide one, since the rows pass through the caches many times.
#[derive(Clone, Copy)]
struct Entry {
    column: u32,
    value: f32,
}

/// Everything that the problems share.
struct Problems {
    starts: Vec<u32>,
    entries: Vec<Entry>,
    columns: usize,
    /// Squared length of each row, the bias included.
    squares: Vec<f64>,
    labels: Vec<u32>,
    /// Label that is positive in the first problem; that of each other is one more.
    first_label: u32,
    /// C of the positive and of the negative examples of each problem.
    costs: Vec<[f64; 2]>,
    bias: f64,
    tolerance: f64,
    most_rounds: u32,
    seed: [u32; 2],
    /// Place of each column: the often used ones together.
    places: Vec<u32>,
    orders: Mutex<Vec<Arc<Vec<u32>>>>,
}

impl Problems {
    /// Order of visits of a round: the same for every problem, so that none depends on which are solved beside it.
    fn order(&self, round: u32) -> Arc<Vec<u32>> {
        let draw = |round: usize| Arc::new(shuffled(self.labels.len(), self.seed, round as u32, 0));
        if round as usize >= KEPT_ORDERS {
            return draw(round as usize);
        }
        let mut kept = self.orders.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while kept.len() <= round as usize {
            let next = draw(kept.len());
            kept.push(next);
        }
        kept[round as usize].clone()
    }
}

fn by_frequency(rows: &mut Rows) -> Vec<u32> {
    let mut uses = vec![0u32; rows.columns];
    for column in &rows.indices {
        uses[*column as usize] += 1;
    }
    let mut order: Vec<u32> = (0..rows.columns as u32).collect();
    order.sort_by_key(|column| std::cmp::Reverse(uses[*column as usize]));
    let mut places = vec![0; rows.columns];
    for (place, column) in order.into_iter().enumerate() {
        places[column as usize] = place as u32;
    }
    for column in &mut rows.indices {
        *column = places[*column as usize];
    }
    places
}

/// Makes the service. Arrays: words (columns, problems, first positive label, most rounds, seed low and high), numbers (tolerance, bias or 0),
/// positive costs, negative costs, labels, then the matrix.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 8)?;
    let (words, numbers) = (arrays.words(0), arrays.numbers(1));
    let ([columns, problems, first_label, most_rounds, low, high], [tolerance, bias]) = (&words[..], &numbers[..]) else {
        return Err(ServiceError::new("its parameters are not all there"));
    };
    let costs: Vec<[f64; 2]> =
        arrays.numbers(2).into_iter().zip(arrays.numbers(3)).map(|(positive, negative)| [positive, negative]).collect();
    let labels = arrays.words(4);
    let mut rows = Rows::read(&arrays, 5, *columns as usize)?;
    if costs.len() != *problems as usize || labels.len() != rows.len() || rows.is_empty() {
        return Err(ServiceError::new("labels, costs and rows do not go together"));
    }
    let places = by_frequency(&mut rows);
    let entries: Vec<Entry> =
        rows.indices.iter().zip(&rows.values).map(|(column, value)| Entry { column: *column, value: *value as f32 }).collect();
    let square = |entry: &Entry| f64::from(entry.value) * f64::from(entry.value);
    let span = |row: usize| rows.starts[row] as usize..rows.starts[row + 1] as usize;
    let squares = (0..rows.len()).map(|row| entries[span(row)].iter().fold(0.0, |sum, entry| sum + square(entry)) + bias * bias).collect();
    Ok(Box::new(Problems {
        columns: rows.columns,
        starts: rows.starts,
        entries,
        squares,
        labels,
        first_label: *first_label,
        costs,
        bias: *bias,
        tolerance: *tolerance,
        most_rounds: *most_rounds,
        seed: [*low, *high],
        places,
        orders: Mutex::new(Vec::new()),
    }))
}

impl Service for Problems {
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        self.call_long(method, input, output, &Control::NONE)
    }

    /// Output: coefficients, a row a column and in it a value a problem; then intercepts; then rounds. Progress: rounds of all problems.
    fn call_long(&mut self, method: u32, _input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if method != SOLVE {
            return Err(ServiceError::new(format!("there is no method {method}")));
        }
        let needed = 8 * self.costs.len() * (self.columns + 2);
        if needed > output.len() {
            return Ok(-(needed as i64));
        }
        self.solve(&mut output[..needed], control)?;
        Ok(needed as i64)
    }
}

impl Problems {
    fn solve(&self, output: &mut [u8], control: &Control<'_>) -> Result<(), ServiceError> {
        let problems = self.costs.len();
        let threads = control.threads.clamp(1, problems);
        let lanes = problems.div_ceil(threads).next_power_of_two().min(MOST_LANES);
        // Even shares, so that no block is left nearly empty.
        let share = problems.div_ceil(problems.div_ceil(lanes));
        let (next, output) = (AtomicUsize::new(0), Mutex::new(output));
        let work = || -> Result<(), ServiceError> {
            loop {
                let first = share * next.fetch_add(1, Ordering::Relaxed);
                if first >= problems {
                    return Ok(());
                }
                let solved = block::solve(self, first..(first + share).min(problems), lanes, control)?;
                solved.write(self, first, &mut output.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
            }
        };
        std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads.min(problems.div_ceil(share))).map(|_| scope.spawn(work)).collect();
            let mut result = work();
            for helper in helpers {
                match helper.join() {
                    Ok(ended) => result = result.and(ended),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            result
        })
    }
}
