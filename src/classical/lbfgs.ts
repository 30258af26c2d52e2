// Limited-memory BFGS (Liu & Nocedal 1989) with a line search that holds the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5, 3.6 and 7.4).
// Knows no model. Everything is summed in one order: the same start gives the same bits.
import { Turns } from "./turns.ts";

/** A point's value and gradient. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** How a minimum is looked for. */
export interface MinimiseOptions {
  /** Steps that are remembered. */
  readonly memory: number;
  /** Enough when no component of the gradient is larger. */
  readonly tolerance: number;
  readonly mostSteps: number;
  /** Enough when the last steps lowered the value by less than this share. */
  readonly flat: number;
  /** How many steps are the last. Default 1. */
  readonly period?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (steps: number) => void;
}

/** Where the search ended. */
export interface Minimum {
  readonly point: Float64Array;
  readonly steps: number;
  readonly converged: boolean;
}

const SUFFICIENT = 1e-4;
const CURVATURE = 0.9;
const MOST_TRIALS = 20;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(to: Float64Array, by: number, from: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] += by * from[i];
}

function moved(from: Float64Array, by: number, along: Float64Array): Float64Array {
  const point = from.slice();
  addScaled(point, by, along);
  return point;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

function scaled(values: Float64Array, by: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = by * values[i];
  return result;
}

/** A minimum near a start. `evaluate` may be called at any point. Errors: `E_CANCELLED`, and those of `evaluate`. */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  options: MinimiseOptions,
): Promise<Minimum> {
  const turns = new Turns(options.signal);
  const pairs: Pair[] = [];
  let point = start;
  let here = await evaluate(point);
  const values = [here.value];
  for (let steps = 0; ; steps++) {
    if (largest(here.gradient) <= options.tolerance) return { point, steps, converged: true };
    if (steps >= options.mostSteps) return { point, steps, converged: false };
    let direction = await descent(here.gradient, pairs, turns);
    if (!(dot(direction, here.gradient) < 0)) {
      pairs.length = 0;
      direction = scaled(here.gradient, -1);
    }
    const first = pairs.length > 0 ? 1 : 1 / Math.max(Math.sqrt(dot(here.gradient, here.gradient)), Number.MIN_VALUE);
    const found = await search(evaluate, point, here, direction, Math.min(1, first), turns);
    // Nothing lower can be told from here in double precision.
    if (found === undefined) return { point, steps, converged: false };
    await remember(pairs, scaled(direction, found.step), found, here, options.memory, turns);
    await turns.pass(2 * point.length);
    [point, here] = [found.point, found.evaluation];
    options.onStep?.(steps + 1);
    values.push(here.value);
    const before = values.at(-1 - (options.period ?? 1));
    if (before !== undefined && before - here.value <= options.flat * Math.max(Math.abs(before), Math.abs(here.value), 1)) {
      return { point, steps: steps + 1, converged: true };
    }
  }
}

async function remember(pairs: Pair[], s: Float64Array, found: Trial, before: Evaluation, memory: number, turns: Turns): Promise<void> {
  const y = found.evaluation.gradient.slice();
  addScaled(y, -1, before.gradient);
  await turns.pass(2 * y.length);
  const curvature = dot(s, y);
  if (curvature > Number.EPSILON * dot(y, y)) pairs.push({ s, y, rho: 1 / curvature });
  if (pairs.length > memory) pairs.shift();
}

// -H · gradient, by the two loops.
async function descent(gradient: Float64Array, pairs: readonly Pair[], turns: Turns): Promise<Float64Array> {
  const direction = scaled(gradient, -1);
  const alphas = new Array<number>(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alphas[i] = rho * dot(s, direction);
    addScaled(direction, -alphas[i], y);
    await turns.pass(2 * s.length);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) {
    addScaled(direction, alphas[i] - rho * dot(y, direction), s);
    await turns.pass(2 * s.length);
  }
  return direction;
}

/** A point of the line. */
interface Trial {
  readonly step: number;
  readonly point: Float64Array;
  readonly evaluation: Evaluation;
  readonly slope: number;
}

type Try = (step: number) => Promise<Trial>;

async function search(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  from: Float64Array,
  here: Evaluation,
  direction: Float64Array,
  first: number,
  turns: Turns,
): Promise<Trial | undefined> {
  const start: Trial = { step: 0, point: from, evaluation: here, slope: dot(here.gradient, direction) };
  const attempt: Try = async (step) => {
    const point = moved(from, step, direction);
    const evaluation = await evaluate(point);
    await turns.pass(2 * from.length);
    return { step, point, evaluation, slope: dot(evaluation.gradient, direction) };
  };
  let before = start;
  let step = first;
  for (let i = 0; i < MOST_TRIALS; i++) {
    const trial = await attempt(step);
    if (!isLow(trial, start) || (i > 0 && trial.evaluation.value >= before.evaluation.value)) return zoom(attempt, start, before, trial);
    if (Math.abs(trial.slope) <= -CURVATURE * start.slope) return trial;
    if (trial.slope >= 0) return zoom(attempt, start, trial, before);
    before = trial;
    step *= 2;
  }
  return before;
}

const isLow = (trial: Trial, start: Trial) => trial.evaluation.value <= start.evaluation.value + SUFFICIENT * trial.step * start.slope;

// Between two points, of which the first is the lower: closer and closer to one that holds both conditions.
async function zoom(attempt: Try, start: Trial, lower: Trial, other: Trial): Promise<Trial | undefined> {
  let [low, high] = [lower, other];
  for (let i = 0; i < MOST_TRIALS; i++) {
    const trial = await attempt(between(low, high));
    if (!isLow(trial, start) || trial.evaluation.value >= low.evaluation.value) high = trial;
    else {
      if (Math.abs(trial.slope) <= -CURVATURE * start.slope) return trial;
      if (trial.slope * (high.step - low.step) >= 0) high = low;
      low = trial;
    }
  }
  return low.step > 0 && low.evaluation.value < start.evaluation.value ? low : undefined;
}

// The minimum of the cubic through both, or the middle where that lies at an end.
function between(low: Trial, high: Trial): number {
  const width = high.step - low.step;
  const a = low.slope + high.slope - (3 * (low.evaluation.value - high.evaluation.value)) / (low.step - high.step);
  const b = Math.sign(width) * Math.sqrt(Math.max(0, a * a - low.slope * high.slope));
  const step = high.step - (width * (high.slope + b - a)) / (high.slope - low.slope + 2 * b);
  const share = (step - low.step) / width;
  return share > 0.05 && share < 0.95 ? step : low.step + width / 2;
}
