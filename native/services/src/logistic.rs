//! The "logistic" service: log loss of a linear model and its gradient. Twin: src/native/reference/logistic.ts: same configuration, same bits.
//! What the method takes and gives: src/native/logistic.ts. Knows no optimiser and no penalty.

use crate::arrays::{doubles, write_doubles, Arrays, Rows};
use crate::design::Design;
use crate::elementary::{exp, ln};
use crate::spread::spread;
use crate::{Control, Service, ServiceError};

const EVALUATE: u32 = 0;
/// Rows that are one piece of work.
const ROWS_A_PIECE: usize = 64;

struct Logistic {
    design: Design,
    labels: Vec<u32>,
    weights: Vec<f64>,
    /// Scores a row: 1 for two classes.
    classes: usize,
    residuals: Vec<f64>,
    losses: Vec<f64>,
}

/// Makes the service. Arrays: words (columns, scores a row), labels, weights of rows, then the matrix.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 6)?;
    let words = arrays.words(0);
    let [columns, classes] = words[..] else { return Err(ServiceError::new("its parameters are not all there")) };
    let (labels, weights) = (arrays.words(1), arrays.numbers(2));
    let rows = Rows::read(&arrays, 3, columns as usize)?;
    let known = labels.iter().all(|label| *label < classes.max(2));
    if labels.len() != rows.len() || weights.len() != rows.len() || classes == 0 || !known {
        return Err(ServiceError::new("labels, weights and rows do not go together"));
    }
    let classes = classes as usize;
    let (residuals, losses) = (vec![0.0; rows.len() * classes], vec![0.0; rows.len()]);
    Ok(Box::new(Logistic { design: Design::new(rows), labels, weights, classes, residuals, losses }))
}

impl Service for Logistic {
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        self.call_long(method, input, output, &Control::NONE)
    }

    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if method != EVALUATE {
            return Err(ServiceError::new(format!("there is no method {method}")));
        }
        let parameters = doubles(input);
        let size = (self.design.rows.columns + 1) * self.classes;
        if parameters.len() != size {
            return Err(ServiceError::new(format!("it has {size} parameters, got {}", parameters.len())));
        }
        if output.len() < 8 * (size + 1) {
            return Ok(-((8 * (size + 1)) as i64));
        }
        let mut results = vec![0.0; size + 1];
        results[0] = self.lose(&parameters, control)?;
        self.design.sums(&self.residuals, self.classes, &mut results[1..size + 1 - self.classes], control)?;
        for residual in self.residuals.chunks(self.classes) {
            for (sum, residual) in results[size + 1 - self.classes..].iter_mut().zip(residual) {
                *sum += residual;
            }
        }
        control.advance(1);
        Ok(write_doubles(results.into_iter(), output))
    }
}

impl Logistic {
    /// The loss; leaves the residuals: probability minus truth, times the row's weight.
    fn lose(&mut self, parameters: &[f64], control: &Control<'_>) -> Result<f64, ServiceError> {
        let (coefficients, intercepts) = parameters.split_at(self.design.rows.columns * self.classes);
        let (design, labels, weights, classes) = (&self.design, &self.labels, &self.weights, self.classes);
        let pieces = self.residuals.chunks_mut(ROWS_A_PIECE * classes).zip(self.losses.chunks_mut(ROWS_A_PIECE)).enumerate();
        spread(control, pieces, |(piece, (residuals, losses))| {
            for (i, (scores, loss)) in residuals.chunks_mut(classes).zip(losses).enumerate() {
                let row = piece * ROWS_A_PIECE + i;
                scores.copy_from_slice(intercepts);
                design.add_scores(row, coefficients, scores);
                *loss = weights[row] * lose_row(scores, labels[row] as usize);
                scores.iter_mut().for_each(|residual| *residual *= weights[row]);
            }
            Ok(())
        })?;
        Ok(self.losses.iter().fold(0.0, |sum, loss| sum + loss))
    }
}

/// Loss of a row; its scores become residuals.
fn lose_row(scores: &mut [f64], label: usize) -> f64 {
    if let [score] = scores {
        // ln(1 + e^s) - y s, from the small side.
        let small = exp(-score.abs());
        let loss = score.max(0.0) + ln(1.0 + small) - if label == 1 { *score } else { 0.0 };
        let probability = if *score >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
        *score = probability - if label == 1 { 1.0 } else { 0.0 };
        return loss;
    }
    let highest = scores.iter().fold(f64::NEG_INFINITY, |most, score| most.max(*score));
    let own = scores[label];
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = exp(*score - highest);
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    scores[label] -= 1.0;
    highest + ln(sum) - own
}
