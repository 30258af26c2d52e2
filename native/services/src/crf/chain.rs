//! Forward and backward through one sequence. Knows no attributes.

use crate::elementary::{exp, ln};

pub struct Transitions<'a> {
    /// From label to label, row after row.
    pub weights: &'a [f64],
    /// e^(weight - highest).
    pub powers: &'a [f64],
    pub highest: f64,
}

pub struct Chain<'a> {
    pub labels: usize,
    pub golds: &'a [u32],
    pub transitions: &'a Transitions<'a>,
}

impl Chain<'_> {
    /// Scores of labels, token after token, become residuals; the first of `edges` the loss, the others the residuals of transitions.
    pub fn walk(&self, scores: &mut [f64], edges: &mut [f64]) {
        edges.fill(0.0);
        let (labels, length) = (self.labels, self.golds.len());
        if length == 0 {
            return;
        }
        let gold = self.gold_score(scores);
        let mut forward = vec![0.0; length * labels];
        let mut scales = vec![0.0; length];
        let total = self.forward(scores, &mut forward, &mut scales);
        self.backward(scores, &forward, &scales, &mut edges[1..]);
        edges[0] = total - gold;
        for (t, &label) in self.golds.iter().enumerate() {
            scores[t * labels + label as usize] -= 1.0;
            if t > 0 {
                edges[1 + self.golds[t - 1] as usize * labels + label as usize] -= 1.0;
            }
        }
    }

    fn gold_score(&self, scores: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (t, &label) in self.golds.iter().enumerate() {
            sum += scores[t * self.labels + label as usize];
            if t > 0 {
                sum += self.transitions.weights[self.golds[t - 1] as usize * self.labels + label as usize];
            }
        }
        sum
    }

    /// ln Z. Scores become e^(score - highest of the token); `forward` sums to 1 at each token, `scales` has what it was divided by.
    fn forward(&self, scores: &mut [f64], forward: &mut [f64], scales: &mut [f64]) -> f64 {
        let (labels, mut total) = (self.labels, 0.0);
        for t in 0..scales.len() {
            let own = &mut scores[t * labels..(t + 1) * labels];
            let highest = own.iter().fold(f64::NEG_INFINITY, |most, score| most.max(*score));
            own.iter_mut().for_each(|score| *score = exp(*score - highest));
            let (before, here) = forward.split_at_mut(t * labels);
            let here = &mut here[..labels];
            if t == 0 {
                here.copy_from_slice(own);
            } else {
                for (from, weight) in before[(t - 1) * labels..].iter().enumerate() {
                    let powers = &self.transitions.powers[from * labels..(from + 1) * labels];
                    here.iter_mut().zip(powers).for_each(|(sum, power)| *sum += weight * power);
                }
                here.iter_mut().zip(own.iter()).for_each(|(sum, score)| *sum *= score);
                total += self.transitions.highest;
            }
            let scale = here.iter().fold(0.0, |sum, value| sum + value);
            here.iter_mut().for_each(|value| *value /= scale);
            scales[t] = scale;
            total += highest + ln(scale);
        }
        total
    }

    /// Scores become the probabilities of labels; those of transitions are added to `edges`.
    fn backward(&self, scores: &mut [f64], forward: &[f64], scales: &[f64], edges: &mut [f64]) {
        let labels = self.labels;
        let mut after = vec![1.0; labels];
        let mut through = vec![0.0; labels];
        for t in (0..scales.len()).rev() {
            let own = &mut scores[t * labels..(t + 1) * labels];
            for label in 0..labels {
                through[label] = own[label] * after[label] / scales[t];
                own[label] = forward[t * labels + label] * after[label];
            }
            if t == 0 {
                return;
            }
            for from in 0..labels {
                let (mut sum, weight) = (0.0, forward[(t - 1) * labels + from]);
                for to in 0..labels {
                    let value = self.transitions.powers[from * labels + to] * through[to];
                    sum += value;
                    edges[from * labels + to] += weight * value;
                }
                after[from] = sum;
            }
        }
    }
}
