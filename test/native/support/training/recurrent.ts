// Cases of the recurrent kernels: each cell forward, and backward from what the twin saved.
import { createReferenceExecutor } from "#native";
import { type Case, f32, i32, noise, zeros } from "../cases.ts";
import { runCommand, type Values } from "../run.ts";

const cells = {
  lstm: {
    forward: "lstm",
    backward: "lstmGrad",
    gates: 4,
    saved: 5,
    states: ["hidden0", "cell0"],
    ends: ["hidden", "cell"],
    starts: ["dHidden0", "dCell0"],
  },
  gru: { forward: "gru", backward: "gruGrad", gates: 3, saved: 4, states: ["hidden0"], ends: ["hidden"], starts: ["dHidden0"] },
  simpleRnn: { forward: "simpleRnn", backward: "simpleRnnGrad", gates: 1, saved: 1, states: ["hidden0"], ends: ["hidden"], starts: ["dHidden0"] },
} as const;

interface Variant {
  readonly shape: readonly [rows: number, steps: number, units: number];
  readonly full: boolean;
  readonly flags: Readonly<Record<string, boolean>>;
}

const variants: readonly Variant[] = [
  { shape: [1, 1, 1], full: false, flags: {} },
  { shape: [3, 5, 7], full: true, flags: { reverse: true } },
  { shape: [13, 4, 16], full: true, flags: { zeroMasked: true } },
  { shape: [21, 6, 40], full: true, flags: { relu: true, accumulate: true } },
  { shape: [2, 0, 3], full: true, flags: {} },
  { shape: [0, 3, 3], full: false, flags: {} },
];

const pick = (flags: Readonly<Record<string, boolean>>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, flags[name] ?? false]));
const named = (names: readonly string[], make: (i: number) => Values): Record<string, Values> =>
  Object.fromEntries(names.map((name, i) => [name, make(i)]));

// Both directions of a cell for one variant.
function pair(kind: keyof typeof cells, { shape: [rows, steps, units], full, flags }: Variant): Case[] {
  const { forward, backward, gates, saved, states, ends, starts } = cells[kind];
  const [state, all] = [rows * units, rows * steps * units];
  const has = full ? 1 : 0;
  const isRelu = kind === "simpleRnn" ? ["relu"] : [];
  const label = `${rows} x ${steps} x ${units}${full ? " with states and mask" : ""} ${Object.keys(flags).join(" ")}`;
  // Skipped steps at the beginning, in the middle and at the end of rows; one row is skipped whole.
  const mask = i32(Array.from({ length: rows * steps }, (_, i) => (Math.floor(i / Math.max(1, steps)) === 2 || i % 5 === 1 || i % 7 === 0 ? 0 : 1)));
  const kernel = f32(noise(gates * units * units, 2, 2 / Math.sqrt(Math.max(1, units))));
  const magnitude = () => new Float64Array(Math.max(1, gates * all, saved * all, state)).fill(4 * Math.sqrt(units + 1) * (steps + 1));
  const one: Case = {
    kernel: forward,
    label,
    operands: {
      ...{ gates: f32(noise(gates * all, 1, 2)), recurrentKernel: kernel },
      ...(kind === "gru" ? { recurrentBias: f32(noise(gates * units, 3)) } : {}),
      ...named(states, (i) => f32(noise(state, 4 + i))),
      ...{ mask, outputs: zeros("f32", all) },
      ...named(ends, () => zeros("f32", state)),
      ...{ saved: zeros("f32", saved * all), before: zeros("f32", all) },
    },
    sizes: { ...{ rows, steps, units, hasState: has, hasMask: has, keeps: 1 }, ...(kind === "gru" ? { hasBias: has } : {}) },
    flags: pick(flags, ["reverse", "zeroMasked", ...isRelu]),
    magnitude,
  };
  const kept = runCommand(createReferenceExecutor(), one);
  const two: Case = {
    kernel: backward,
    label,
    operands: {
      saved: f32(kept.saved as Float32Array),
      ...(kind === "gru" ? { before: f32(kept.before as Float32Array) } : {}),
      ...{ recurrentKernel: kernel, mask, dOutputs: f32(noise(all, 6)), dHidden: f32(noise(state, 7)) },
      ...(kind === "lstm" ? { dCell: f32(noise(state, 8)) } : {}),
      dGates: zeros("f32", gates * all),
      ...(kind === "gru" ? { dInner: zeros("f32", gates * all) } : {}),
      ...named(starts, (i) => f32(noise(state, 9 + i))),
    },
    sizes: { ...{ rows, steps, units, hasMask: has, hasOutputs: 1, hasHidden: has }, ...(kind === "lstm" ? { hasCell: has } : {}) },
    flags: pick(flags, ["reverse", "zeroMasked", ...isRelu, "accumulate"]),
    magnitude,
  };
  return [one, two];
}

/** All of them. */
export const recurrentCases = (): Case[] =>
  (Object.keys(cells) as (keyof typeof cells)[]).flatMap((kind) => variants.flatMap((variant) => pair(kind, variant)));
