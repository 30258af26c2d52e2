// The best way through a chain, and the probabilities of its steps. Pure functions on scores. Knows no features.

/** Labels of the highest sum of scores (token after token, a value a label) and transitions (from label to label); of equals, the lowest. */
export function viterbi(scores: Float64Array, labels: number, transitions: Float64Array): number[] {
  const length = scores.length / labels;
  if (length === 0) return [];
  const from = new Int32Array(scores.length);
  let best = scores.slice(0, labels);
  for (let t = 1; t < length; t++) {
    const next = new Float64Array(labels).fill(Number.NEGATIVE_INFINITY);
    for (let to = 0; to < labels; to++) {
      for (let before = 0; before < labels; before++) {
        const score = best[before] + transitions[before * labels + to];
        if (score > next[to]) [next[to], from[t * labels + to]] = [score, before];
      }
      next[to] += scores[t * labels + to];
    }
    best = next;
  }
  const path = new Array<number>(length);
  path[length - 1] = best.indexOf(Math.max(...best));
  for (let t = length - 1; t > 0; t--) path[t - 1] = from[t * labels + path[t]];
  return path;
}

/** P(label) of each token: forward and backward in logarithms. */
export function marginals(scores: Float64Array, labels: number, transitions: Float64Array): Float64Array[] {
  const length = scores.length / labels;
  const forward: Float64Array[] = [];
  const backward: Float64Array[] = [];
  for (let t = 0; t < length; t++) {
    const before = forward[t - 1];
    const into = (to: number) => (before ? logSum(before.map((value, i) => value + transitions[i * labels + to])) : 0);
    forward.push(Float64Array.from({ length: labels }, (_, to) => scores[t * labels + to] + into(to)));
  }
  for (let t = length - 1; t >= 0; t--) {
    const after = backward[0];
    const onward = (from: number) => {
      if (after === undefined) return 0;
      return logSum(after.map((value, i) => value + transitions[from * labels + i] + scores[(t + 1) * labels + i]));
    };
    backward.unshift(Float64Array.from({ length: labels }, (_, from) => onward(from)));
  }
  const total = length > 0 ? logSum(forward[length - 1]) : 0;
  return forward.map((row, t) => row.map((value, label) => Math.exp(value + backward[t][label] - total)));
}

function logSum(values: Float64Array): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
