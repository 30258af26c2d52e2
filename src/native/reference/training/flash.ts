// Twins of the flash kernels: whole softmaxes in f64, one query and head at a time. Right, short, obvious.
import { philox } from "../../../core/index.ts";
import type { flashKernels, ReferenceArguments, ReferenceFamily } from "../../kernels/index.ts";
import { type Extents, type FamilyExtents, need, type Sizes } from "../sizes.ts";

type Weighing = Omit<ReferenceArguments<(typeof flashKernels)["attentionWeights"]>, "weights">;
type Dropping = Pick<
  ReferenceArguments<(typeof flashKernels)["flashAttention"]>,
  "rate" | "seedLow" | "seedHigh" | "step" | "operation" | "queries" | "keys"
>;

/** One query and head. */
interface Place {
  readonly b: number;
  readonly h: number;
  readonly i: number;
  /** Where the vector of the query begins. */
  readonly query: number;
  /** Its place among [batch, heads, queries]. */
  readonly row: number;
  /** Where the vectors of key and value j begin, and that of the result. */
  readonly at: (j: number) => number;
  readonly valueAt: (j: number) => number;
  readonly result: number;
}

function places({ batch, queries, keys, heads, keyValueHeads, width, valueWidth }: Weighing): Place[] {
  const all: Place[] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let i = 0; i < queries; i++) {
        const shared = Math.floor((h * keyValueHeads) / heads);
        const nth = (b * queries + i) * heads + h;
        const key = (j: number) => (b * keys + j) * keyValueHeads + shared;
        const [at, valueAt] = [(j: number) => key(j) * width, (j: number) => key(j) * valueWidth];
        all.push({ b, h, i, query: nth * width, result: nth * valueWidth, row: (b * heads + h) * queries + i, at, valueAt });
      }
  return all;
}

function dot(a: Float32Array, atA: number, b: Float32Array, atB: number, width: number): number {
  let sum = 0;
  for (let d = 0; d < width; d++) sum += a[atA + d] * b[atB + d];
  return sum;
}

function weigh(args: Weighing, { b, i, query, at }: Place): { weights: Float64Array; lse: number } {
  const { q, k, queries, keys, width, scale, causal, querySegments, keySegments, hasQuerySegments, hasKeySegments, firstSegment } = args;
  const own = hasQuerySegments ? querySegments[b * queries + i] : firstSegment;
  const weights = new Float64Array(keys).fill(Number.NEGATIVE_INFINITY);
  for (let j = 0; j < keys; j++) {
    const segment = hasKeySegments ? keySegments[b * keys + j] : firstSegment;
    if (segment === own && segment >= firstSegment && (!causal || j <= i)) weights[j] = scale * dot(q, query, k, at(j), width);
  }
  const largest = weights.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  if (largest === Number.NEGATIVE_INFINITY) return { weights: weights.fill(0), lse: largest };
  const sum = weights.reduce((total, score) => total + Math.exp(score - largest), 0);
  const lse = largest + Math.log(sum);
  return { weights: weights.map((score) => Math.exp(score - lse)), lse };
}

// What each weight is multiplied by.
function kept({ rate, seedLow, seedHigh, step, operation, queries, keys }: Dropping, { row, i }: Place): Float64Array {
  if (rate === 0) return new Float64Array(keys).fill(1);
  const group = ((row - i) / queries) * Math.ceil(queries / 64) + Math.floor(i / 64);
  return Float64Array.from({ length: keys }, (_, j) => {
    const n = (group * keys + j) * 16 + (i % 16);
    const word = philox([n % 2 ** 32, Math.floor(n / 2 ** 32), step, operation], [seedLow, seedHigh])[Math.floor((i % 64) / 16)];
    return word >= Math.round(rate * 2 ** 32) ? 1 / (1 - rate) : 0;
  });
}

/** Twins of `flashKernels`. */
export const flash: ReferenceFamily<typeof flashKernels> = {
  flashAttention(args, run) {
    const { v, y, lse, keys, valueWidth } = args;
    for (const place of places(args)) {
      run.look();
      const found = weigh(args, place);
      const keep = kept(args, place);
      const sums = new Float64Array(valueWidth);
      for (let j = 0; j < keys; j++) {
        const weight = found.weights[j] * keep[j];
        if (weight !== 0) for (let d = 0; d < valueWidth; d++) sums[d] += weight * v[place.valueAt(j) + d];
      }
      y.set(sums, place.result);
      lse[place.row] = found.lse;
    }
  },
  flashAttentionGrad(args, run) {
    const { q, k, v, y, dy, dq, dk, dv, keys, width, valueWidth, scale, accumulate } = args;
    const [sumsQ, sumsK, sumsV] = [dq, dk, dv].map((gradient) => new Float64Array(gradient.length));
    for (const place of places(args)) {
      run.look();
      const { weights } = weigh(args, place);
      const keep = kept(args, place);
      const { query, at, valueAt, result } = place;
      const delta = dot(dy, result, y, result, valueWidth);
      for (let j = 0; j < keys; j++) {
        if (weights[j] === 0) continue;
        const ds = scale * weights[j] * (keep[j] * dot(dy, result, v, valueAt(j), valueWidth) - delta);
        for (let d = 0; d < valueWidth; d++) sumsV[valueAt(j) + d] += weights[j] * keep[j] * dy[result + d];
        for (let d = 0; d < width; d++) {
          sumsK[at(j) + d] += ds * q[query + d];
          sumsQ[query + d] += ds * k[at(j) + d];
        }
      }
    }
    const gradients = [
      [dq, sumsQ],
      [dk, sumsK],
      [dv, sumsV],
    ] as const;
    for (const [gradient, sums] of gradients) for (let n = 0; n < sums.length; n++) gradient[n] = sums[n] + (accumulate ? gradient[n] : 0);
  },
  attentionWeights(args) {
    for (const place of places(args)) args.weights.set(weigh(args, place).weights, place.row * args.keys);
  },
};

const extents = (sizes: Sizes): Extents => {
  const { batch, queries, keys, heads, keyValueHeads, width, valueWidth, hasQuerySegments, hasKeySegments } = sizes;
  need(keyValueHeads > 0 && heads % keyValueHeads === 0, `${heads} heads cannot share ${keyValueHeads} key-value heads`);
  const [query, key] = [batch * queries * heads, batch * keys * keyValueHeads];
  return {
    ...{ q: query * width, dq: query * width, k: key * width, dk: key * width, lse: query, weights: query * keys },
    ...{ y: query * valueWidth, dy: query * valueWidth, v: key * valueWidth, dv: key * valueWidth },
    ...{ querySegments: hasQuerySegments * batch * queries, keySegments: hasKeySegments * batch * keys },
  };
};

/** Elements that each touches. */
export const flashExtents: FamilyExtents<typeof flashKernels> = { flashAttention: extents, flashAttentionGrad: extents, attentionWeights: extents };
