// Cases of the flash kernels.
import { createReferenceExecutor } from "#native";
import { type Case, f32, i32, noise, zeros } from "../cases.ts";
import { runCommand } from "../run.ts";

interface Sizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly width: number;
  readonly valueWidth?: number;
  readonly causal?: boolean;
  readonly segments?: "queries" | "keys" | "both";
  readonly firstSegment?: number;
  readonly rate?: number;
}

const shapes: readonly Sizes[] = [
  { batch: 1, queries: 1, keys: 1, heads: 1, keyValueHeads: 1, width: 1 },
  { batch: 2, queries: 5, keys: 7, heads: 2, keyValueHeads: 1, width: 3, valueWidth: 18 },
  { batch: 1, queries: 70, keys: 70, heads: 2, keyValueHeads: 2, width: 32, causal: true },
  { batch: 2, queries: 130, keys: 200, heads: 4, keyValueHeads: 2, width: 20, valueWidth: 7, causal: true, rate: 0.3 },
  { batch: 1, queries: 200, keys: 66, heads: 1, keyValueHeads: 1, width: 64, causal: true },
  { batch: 2, queries: 65, keys: 129, heads: 3, keyValueHeads: 3, width: 80, segments: "both", rate: 0.1 },
  { batch: 1, queries: 150, keys: 150, heads: 2, keyValueHeads: 1, width: 16, segments: "both", causal: true },
  { batch: 3, queries: 20, keys: 40, heads: 2, keyValueHeads: 2, width: 8, segments: "keys", firstSegment: 1 },
  { batch: 2, queries: 40, keys: 20, heads: 1, keyValueHeads: 1, width: 8, segments: "queries" },
  { batch: 1, queries: 3, keys: 0, heads: 1, keyValueHeads: 1, width: 4 },
  { batch: 0, queries: 3, keys: 3, heads: 1, keyValueHeads: 1, width: 4 },
];

// Packed sequences of about thirty, the last few positions padding.
const segmentsOf = (batch: number, length: number, first: number) =>
  i32(
    Array.from({ length: batch * length }, (_, n) => {
      const place = n % length;
      return place >= length - 4 ? first - 1 : first + Math.floor((place + 9 * Math.floor(n / length)) / 31);
    }),
  );

function calls(sizes: Sizes): Case[] {
  const { batch, queries, keys, heads, keyValueHeads, width, valueWidth = width, causal = false, segments, firstSegment = 0, rate = 0 } = sizes;
  const [query, key] = [batch * queries * heads * width, batch * keys * keyValueHeads * width];
  const [result, value] = [batch * queries * heads * valueWidth, batch * keys * keyValueHeads * valueWidth];
  const has = {
    hasQuerySegments: segments === "queries" || segments === "both" ? 1 : 0,
    hasKeySegments: segments === "keys" || segments === "both" ? 1 : 0,
  };
  const shared = { batch, queries, keys, heads, keyValueHeads, width, valueWidth, firstSegment, scale: width ** -0.5, ...has };
  const drawn = { rate, seedLow: 3, seedHigh: 4, step: 5, operation: 6 };
  const qk = {
    q: f32(noise(query, 31, 2)),
    k: f32(noise(key, 32, 2)),
    querySegments: has.hasQuerySegments ? segmentsOf(batch, queries, firstSegment) : i32([]),
    keySegments: has.hasKeySegments ? segmentsOf(batch, keys, firstSegment) : i32([]),
  };
  const label = `${batch} x ${queries} to ${keys}, ${heads}/${keyValueHeads} heads of ${width}${causal ? ", causal" : ""}${segments ? `, segments of ${segments}` : ""}${rate ? ", dropout" : ""}`;
  const forward: Case = {
    kernel: "flashAttention",
    label,
    operands: { ...qk, v: f32(noise(value, 33)), y: zeros("f32", result), lse: zeros("f32", batch * heads * queries) },
    sizes: { ...shared, ...drawn },
    flags: { causal },
    magnitude: (output) => new Float64Array(output === "y" ? result : batch * heads * queries).fill(4),
  };
  const made = runCommand(createReferenceExecutor(), forward);
  // Sums over queries or keys of terms below about 4, the most of them near 0.
  const many = Math.sqrt(Math.max(queries, keys)) * (heads / keyValueHeads);
  const backward = [false, true].map(
    (accumulate): Case => ({
      kernel: "flashAttentionGrad",
      label: accumulate ? `${label}, accumulate` : label,
      operands: {
        ...qk,
        ...{ v: f32(noise(value, 33)), y: { type: "f32", data: made.y }, lse: { type: "f32", data: made.lse }, dy: f32(noise(result, 34)) },
        ...{ dq: f32(noise(query, 35)), dk: f32(noise(key, 36)), dv: f32(noise(value, 37)) },
      },
      sizes: { ...shared, ...drawn },
      flags: { causal, accumulate },
      magnitude: (output) => new Float64Array({ dq: query, dk: key, dv: value }[output]!).fill(4 * many),
    }),
  );
  const weights: Case = {
    kernel: "attentionWeights",
    label,
    operands: { ...qk, weights: zeros("f32", batch * heads * queries * keys) },
    sizes: shared,
    flags: { causal },
    magnitude: () => new Float64Array(batch * heads * queries * keys).fill(1),
  };
  return [forward, ...backward, weights];
}

/** All of them. */
export const flashCases = (): Case[] => shapes.flatMap(calls);
