// Twins of the optimize kernels. Right, short, obvious.
import { InkstoneError } from "../../../core/index.ts";
import { type optimizeKernels, type ReferenceFamily, SQUARES_RUN } from "../../kernels/index.ts";
import { type FamilyExtents, need } from "../sizes.ts";

const runsOf = (n: number): number => Math.ceil(n / SQUARES_RUN);

function sumSquares(x: Float32Array, partials: Float32Array, n: number): void {
  for (let run = 0; run < runsOf(n); run++) {
    let sum = 0;
    for (let i = run * SQUARES_RUN; i < Math.min(n, (run + 1) * SQUARES_RUN); i++) sum += x[i] * x[i];
    partials[run] = sum;
  }
}

/** What an update is called with, as far as it concerns the gradient. */
interface Seen {
  readonly gradient: Float32Array;
  readonly factor: Float32Array;
  readonly partials: Float32Array;
  readonly parameter: Float32Array;
  readonly n: number;
  readonly weightDecay: number;
  readonly delta: number;
  readonly hasPartials: number;
  readonly decoupled: number;
}

// The gradient as an update sees it, element by element, with the decay that enters it.
function seen({ gradient, factor, partials, parameter, n, weightDecay, delta, hasPartials, decoupled }: Seen): (i: number) => number {
  if (hasPartials) sumSquares(gradient, partials, n);
  const clamp = (value: number) => Math.max(-delta, Math.min(delta, value));
  return (i) => clamp(gradient[i] * factor[0]) + (decoupled ? 0 : weightDecay * parameter[i]);
}

const kept = (args: { decoupled: number; learningRate: number; weightDecay: number }): number =>
  args.decoupled ? 1 - args.learningRate * args.weightDecay : 1;

/** Twins of `optimizeKernels`. */
export const optimize: ReferenceFamily<typeof optimizeKernels> = {
  sumSquares({ x, partials, n }) {
    sumSquares(x, partials, n);
  },
  gradientScale({ partials, norm, factor, count, maxNorm, epsilon, scale, normalize }) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      if (!Number.isFinite(partials[i])) throw new InkstoneError("E_KERNEL", { kernel: "gradientScale", why: "numeric", value: i, limit: count });
      total += partials[i];
    }
    const length = scale * Math.sqrt(total);
    norm[0] = length;
    factor[0] = scale * (normalize ? maxNorm / Math.max(length, epsilon) : Math.min(1, maxNorm / (length + epsilon)));
  },
  sgdUpdate(args) {
    const { parameter, momentumBuffer: buffer, n, learningRate, momentum, dampening, hasMomentum, nesterov, rateInside } = args;
    const d = seen(args);
    for (let i = 0; i < n; i++) {
      const g = d(i);
      let step = learningRate * g;
      if (hasMomentum) {
        const b = momentum * buffer[i] + (rateInside ? step : (1 - dampening) * g);
        if (rateInside) step = nesterov ? step + momentum * b : b;
        else step = learningRate * (nesterov ? g + momentum * b : b);
        buffer[i] = b;
      }
      parameter[i] = kept(args) * parameter[i] - step;
    }
  },
  adamUpdate(args) {
    const { parameter, m, v, largest, n, learningRate, beta1, beta2, epsilon, correction1, correction2, ahead, hasLargest } = args;
    const d = seen(args);
    for (let i = 0; i < n; i++) {
      const g = d(i);
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      if (hasLargest) largest[i] = Math.max(largest[i], v[i]);
      const root = Math.sqrt(hasLargest ? largest[i] : v[i]) * correction2;
      parameter[i] = kept(args) * parameter[i] - (learningRate * (correction1 * m[i] + (hasLargest ? 0 : ahead * g))) / (root + epsilon);
    }
  },
  rmspropUpdate(args) {
    const { parameter, v, meanGradient, momentumBuffer, n, learningRate, rho, momentum, epsilon, hasMean, hasMomentum } = args;
    const { epsilonInside, rateInside } = args;
    const d = seen(args);
    for (let i = 0; i < n; i++) {
      const g = d(i);
      v[i] = rho * v[i] + (1 - rho) * g * g;
      let variance = v[i];
      if (hasMean) {
        meanGradient[i] = rho * meanGradient[i] + (1 - rho) * g;
        variance = Math.max(0, variance - meanGradient[i] ** 2);
      }
      let step = g / (epsilonInside ? Math.sqrt(variance + epsilon) : Math.sqrt(variance) + epsilon);
      if (rateInside) step *= learningRate;
      if (hasMomentum) {
        step += momentum * momentumBuffer[i];
        momentumBuffer[i] = step;
      }
      parameter[i] = kept(args) * parameter[i] - (rateInside ? step : learningRate * step);
    }
  },
  adagradUpdate(args) {
    const { parameter, sum, n, learningRate, epsilon, epsilonInside } = args;
    const d = seen(args);
    for (let i = 0; i < n; i++) {
      const g = d(i);
      sum[i] += g * g;
      const root = epsilonInside ? Math.sqrt(sum[i] + epsilon) : Math.sqrt(sum[i]) + epsilon;
      parameter[i] = kept(args) * parameter[i] - (learningRate * g) / root;
    }
  },
  adadeltaUpdate(args) {
    const { parameter, v, moved, n, learningRate, rho, epsilon } = args;
    const d = seen(args);
    for (let i = 0; i < n; i++) {
      const g = d(i);
      v[i] = rho * v[i] + (1 - rho) * g * g;
      const step = g * Math.sqrt((moved[i] + epsilon) / (v[i] + epsilon));
      moved[i] = rho * moved[i] + (1 - rho) * step * step;
      parameter[i] = kept(args) * parameter[i] - learningRate * step;
    }
  },
  muonMomentum({ momentumBuffer, update, momentum, nesterov, ...args }) {
    const d = seen({ ...args, parameter: update, weightDecay: 0, decoupled: 1 });
    for (let i = 0; i < args.n; i++) {
      const g = d(i);
      momentumBuffer[i] = momentum * momentumBuffer[i] + (1 - momentum) * g;
      update[i] = nesterov ? momentum * momentumBuffer[i] + (1 - momentum) * g : momentumBuffer[i];
    }
  },
  combine({ a, b, factor, y, n, alpha, beta, hasB }) {
    for (let i = 0; i < n; i++) y[i] = alpha * factor[0] * a[i] + (hasB ? beta * b[i] : 0);
  },
  averageUpdate({ x, average, n, momentum }) {
    for (let i = 0; i < n; i++) average[i] = momentum * average[i] + (1 - momentum) * x[i];
  },
  exchange({ a, b, n }) {
    const held = a.slice(0, n);
    a.set(b.subarray(0, n));
    b.set(held);
  },
  orthogonalize({ vectors, count, length }, run) {
    const wide = Float64Array.from(vectors);
    const vector = (i: number) => wide.subarray(i * length, (i + 1) * length);
    for (let i = 0; i < count; i++) {
      run.look();
      for (let pass = 0; pass < 2; pass++) for (let j = 0; j < i; j++) takeAway(vector(i), vector(j));
      const scale = 1 / Math.sqrt(dot(vector(i), vector(i)));
      for (let k = 0; k < length; k++) wide[i * length + k] *= scale;
    }
    vectors.set(wide);
  },
};

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

function takeAway(vector: Float64Array, direction: Float64Array): void {
  const share = dot(vector, direction);
  for (let k = 0; k < vector.length; k++) vector[k] -= share * direction[k];
}

/** Elements that each touches. */
export const optimizeExtents: FamilyExtents<typeof optimizeKernels> = {
  sumSquares: ({ n }) => ({ x: n, partials: runsOf(n) }),
  gradientScale: ({ count }) => ({ partials: count, norm: 1, factor: 1 }),
  sgdUpdate: ({ n, hasMomentum, hasPartials }) => ({
    gradient: n,
    factor: 1,
    partials: runsOf(n) * hasPartials,
    parameter: n,
    momentumBuffer: n * hasMomentum,
  }),
  adamUpdate: ({ n, hasLargest, hasPartials }) => ({
    gradient: n,
    factor: 1,
    partials: runsOf(n) * hasPartials,
    parameter: n,
    m: n,
    v: n,
    largest: n * hasLargest,
  }),
  rmspropUpdate: ({ n, hasMean, hasMomentum, hasPartials }) => ({
    gradient: n,
    factor: 1,
    partials: runsOf(n) * hasPartials,
    parameter: n,
    v: n,
    meanGradient: n * hasMean,
    momentumBuffer: n * hasMomentum,
  }),
  adagradUpdate: ({ n, hasPartials }) => ({ gradient: n, factor: 1, partials: runsOf(n) * hasPartials, parameter: n, sum: n }),
  adadeltaUpdate: ({ n, hasPartials }) => ({ gradient: n, factor: 1, partials: runsOf(n) * hasPartials, parameter: n, v: n, moved: n }),
  muonMomentum: ({ n, hasPartials }) => ({ gradient: n, factor: 1, update: n, partials: runsOf(n) * hasPartials, momentumBuffer: n }),
  combine: ({ n, hasB }) => ({ a: n, b: n * hasB, factor: 1, y: n }),
  averageUpdate: ({ n }) => ({ x: n, average: n }),
  exchange: ({ n }) => ({ a: n, b: n }),
  orthogonalize({ count, length }) {
    need(count <= length, `${count} vectors of ${length} values cannot all be at right angles`);
    return { vectors: count * length };
  },
};
