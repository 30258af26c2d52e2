//! The "crf" service: log-likelihood of a linear-chain conditional random field and its gradient (Lafferty et al. 2001; forward-backward scaled as by Rabiner 1989).
//! Twin: src/native/reference/crf.ts: same configuration, same bits. What the method takes and gives: src/native/crf.ts. Knows no optimiser and no penalty.

mod chain;

use crate::arrays::{doubles, write_doubles, Arrays, Rows};
use crate::design::Design;
use crate::elementary::exp;
use crate::spread::spread;
use crate::{Control, Service, ServiceError};
use chain::{Chain, Transitions};

const EVALUATE: u32 = 0;

struct Field {
    design: Design,
    /// Where each sequence begins among the tokens, and where the last ends.
    sequences: Vec<u32>,
    golds: Vec<u32>,
    labels: usize,
    residuals: Vec<f64>,
    /// For each sequence its loss, then its residuals of transitions.
    edges: Vec<f64>,
}

/// Makes the service. Arrays: words (attributes, labels), starts of sequences, labels of tokens, then the matrix of tokens.
pub fn create(packed: &[u8]) -> Result<Box<dyn Service>, ServiceError> {
    let arrays = Arrays::read(packed, 6)?;
    let words = arrays.words(0);
    let [attributes, labels] = words[..] else { return Err(ServiceError::new("its parameters are not all there")) };
    let (sequences, golds) = (arrays.words(1), arrays.words(2));
    let rows = Rows::read(&arrays, 3, attributes as usize)?;
    let ends = sequences.first() == Some(&0) && sequences.is_sorted() && sequences.last().copied() == Some(rows.len() as u32);
    if !ends || golds.len() != rows.len() || labels == 0 || golds.iter().any(|gold| *gold >= labels) {
        return Err(ServiceError::new("labels, sequences and tokens do not go together"));
    }
    let labels = labels as usize;
    let residuals = vec![0.0; rows.len() * labels];
    let edges = vec![0.0; (sequences.len() - 1) * (1 + labels * labels)];
    Ok(Box::new(Field { design: Design::new(rows), sequences, golds, labels, residuals, edges }))
}

impl Service for Field {
    fn call(&mut self, method: u32, input: &[u8], output: &mut [u8]) -> Result<i64, ServiceError> {
        self.call_long(method, input, output, &Control::NONE)
    }

    fn call_long(&mut self, method: u32, input: &[u8], output: &mut [u8], control: &Control<'_>) -> Result<i64, ServiceError> {
        if method != EVALUATE {
            return Err(ServiceError::new(format!("there is no method {method}")));
        }
        let parameters = doubles(input);
        let states = self.design.rows.columns * self.labels;
        let size = states + self.labels * self.labels;
        if parameters.len() != size {
            return Err(ServiceError::new(format!("it has {size} parameters, got {}", parameters.len())));
        }
        if output.len() < 8 * (size + 1) {
            return Ok(-((8 * (size + 1)) as i64));
        }
        self.walk(&parameters[..states], &parameters[states..], control)?;
        let mut results = vec![0.0; size + 1];
        self.design.sums(&self.residuals, self.labels, &mut results[1..states + 1], control)?;
        for sequence in self.edges.chunks(1 + self.labels * self.labels) {
            results[0] += sequence[0];
            for (sum, residual) in results[states + 1..].iter_mut().zip(&sequence[1..]) {
                *sum += residual;
            }
        }
        control.advance(1);
        Ok(write_doubles(results.into_iter(), output))
    }
}

impl Field {
    /// Losses and residuals of every sequence: expected minus observed.
    fn walk(&mut self, states: &[f64], transitions: &[f64], control: &Control<'_>) -> Result<(), ServiceError> {
        let labels = self.labels;
        let highest = transitions.iter().fold(f64::NEG_INFINITY, |most, weight| most.max(*weight));
        let powers: Vec<f64> = transitions.iter().map(|weight| exp(weight - highest)).collect();
        let transitions = Transitions { weights: transitions, powers: &powers, highest };
        let (design, sequences, golds) = (&self.design, &self.sequences, &self.golds);
        let mut rest = &mut self.residuals[..];
        let mut pieces = Vec::with_capacity(sequences.len() - 1);
        for (i, edges) in self.edges.chunks_mut(1 + labels * labels).enumerate() {
            let (mine, others) = std::mem::take(&mut rest).split_at_mut((sequences[i + 1] - sequences[i]) as usize * labels);
            rest = others;
            pieces.push((sequences[i] as usize, mine, edges));
        }
        spread(control, pieces.into_iter(), |(first, residuals, edges)| {
            for (i, scores) in residuals.chunks_mut(labels).enumerate() {
                scores.fill(0.0);
                design.add_scores(first + i, states, scores);
            }
            let golds = &golds[first..first + residuals.len() / labels];
            Chain { labels, golds, transitions: &transitions }.walk(residuals, edges);
            Ok(())
        })
    }
}
