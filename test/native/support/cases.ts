// Random calls for every row of the kernel table: operands, sizes, and for each output how large the terms of its sums are.
import {
  BLOCK,
  type BlockFormat,
  createReferenceExecutor,
  type ElementType,
  type KernelName,
  type PackedFormat,
  packedBytes,
  packedFormatNumber,
  type UnaryFunction,
  unaryFunctions,
} from "#native";
import { blockCases, fileRows } from "./blocks.ts";
import { runCommand, type Values } from "./run.ts";
import { arrangeCases } from "./training/arrange.ts";
import { embedCases } from "./training/embed.ts";
import { flashCases } from "./training/flash.ts";
import { historyCases } from "./training/history.ts";
import { lossCases } from "./training/loss.ts";
import { matmulCases } from "./training/matmul.ts";
import { normalizeCases } from "./training/normalize.ts";
import { optimizeCases } from "./training/optimize.ts";
import { pointwiseCases } from "./training/pointwise.ts";
import { recurrentCases } from "./training/recurrent.ts";
import { reduceCases } from "./training/reduce.ts";
import { selectCases } from "./training/select.ts";
import { windowCases } from "./training/window.ts";

/** One call of a kernel. `magnitude` gives, for each element of an output, sqrt(K) · sum|a·b|: the contract's error is c · eps of it. */
export interface Case {
  readonly kernel: KernelName;
  readonly label: string;
  readonly operands: Readonly<Record<string, Values>>;
  readonly sizes: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly magnitude?: (output: string) => Float64Array;
}

/** Numbers in [-1, 1), the same for the same seed (mulberry32). */
export function noise(count: number, seed: number, scale = 1): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1) * scale;
  });
}

export function zeros(type: ElementType, count: number): Values {
  const data = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array }[type];
  return { type, data: new data(count) };
}

export const f32 = (data: Float32Array): Values => ({ type: "f32", data });
export const i32 = (data: number[]): Values => ({ type: "i32", data: Int32Array.from(data) });

// What matrices of the cases are made of.
const sources: Readonly<Record<PackedFormat, number>> = { f32: 0, f16: 1, bf16: 30, q4: 3, q8: 8, q5: 6 };

/** All packed formats. */
export const formats: readonly PackedFormat[] = ["f32", "f16", "bf16", "q4", "q8", "q5"];

/** A packed matrix of random weights, and its values. */
export function packedMatrix(
  format: PackedFormat,
  outputs: number,
  inputs: number,
  seed: number,
  oneScale = false,
): { weight: Values; dense: Float32Array } {
  const reference = createReferenceExecutor();
  const number = packedFormatNumber[format];
  const source = { type: "u8", data: fileRows(sources[format], outputs, inputs, seed) } as const;
  // Q8_0: the scale of a row's first block for all of them.
  for (let at = 0, row = (inputs / BLOCK) * 34; oneScale && at < source.data.length; at += 34)
    source.data.copyWithin(at, at - (at % row), at - (at % row) + 2);
  const sizes = { firstRow: 0, rows: outputs, outputs, inputs, sourceType: sources[format], format: number };
  const packed = runCommand(reference, {
    kernel: "packRows",
    operands: { source, packed: zeros("u8", packedBytes(format, outputs, inputs)) },
    sizes,
  }).packed;
  const weight = { type: "u8", data: packed } as const;
  const ids = i32([...Array(outputs).keys()]);
  const gathered = runCommand(reference, {
    kernel: "gatherRows",
    operands: { ids, weight, y: zeros("f32", outputs * inputs) },
    sizes: { rows: outputs, outputs, inputs, format: number },
  });
  return { weight, dense: gathered.y as Float32Array };
}

function elementwise(): Case[] {
  return [0, 1, 31, 576, 40_001].flatMap((n): Case[] => [
    { kernel: "add", label: `n ${n}`, operands: { a: f32(noise(n, 1)), b: f32(noise(n, 2)), y: zeros("f32", n) }, sizes: { n } },
    { kernel: "siluMultiply", label: `n ${n}`, operands: { gate: f32(noise(n, 3, 20)), up: f32(noise(n, 4)), y: zeros("f32", n) }, sizes: { n } },
    ...[false, true].map(
      (accumulate): Case => ({
        kernel: "siluMultiplyGrad",
        label: `n ${n}${accumulate ? " accumulate" : ""}`,
        operands: {
          ...{ gate: f32(noise(n, 3, 20)), up: f32(noise(n, 4)), dy: f32(noise(n, 5)) },
          ...{ dgate: f32(noise(n, 6)), dup: f32(noise(n, 7)) },
        },
        sizes: { n },
        flags: { accumulate },
        magnitude: () => new Float64Array(n).fill(2),
      }),
    ),
  ]);
}

function rowwise(): Case[] {
  const norms = [
    [0, 32],
    [1, 5],
    [1, 576],
    [7, 64],
    [33, 96],
  ].flatMap(([rows, width]): Case[] => {
    const operands = { x: f32(noise(rows * width, 5, 3)), weight: f32(noise(width, 6)), y: zeros("f32", rows * width) };
    return [{ kernel: "rmsNorm", label: `${rows}x${width}`, operands, sizes: { rows, width, epsilon: 1e-5 } }];
  });
  const quantized = [
    [0, 32],
    [1, 32],
    [1, 1536],
    [19, 576],
  ].flatMap(([rows, width]): Case[] => {
    const n = rows * width;
    const x = noise(n, 7, 5);
    x.fill(0, 0, Math.min(32, n));
    const out = { quantized: zeros("u8", n), scales: zeros("f32", n / 16) };
    const label = `${rows}x${width}`;
    return [
      { kernel: "quantizeRows", label, operands: { x: f32(x), ...out }, sizes: { rows, width } },
      { kernel: "rmsNormQuantize", label, operands: { x: f32(x), weight: f32(noise(width, 8)), ...out }, sizes: { rows, width, epsilon: 1e-5 } },
      { kernel: "siluMultiplyQuantize", label, operands: { gate: f32(x), up: f32(noise(n, 9)), ...out }, sizes: { rows, width } },
    ];
  });
  const select = [0, 6].map((row): Case => {
    const operands = { x: f32(noise(7 * 50, 10)), y: zeros("f32", 50) };
    return { kernel: "selectRow", label: `row ${row}`, operands, sizes: { rows: 7, width: 50, row } };
  });
  return [...norms, ...quantized, ...select];
}

function rotaries(): Case[] {
  return [false, true].flatMap((adjacent) =>
    [8, 64].map((width): Case => {
      const [rows, heads, start, positions] = [5, 3, 11, 20];
      const angles = noise((positions * width) / 2, 11, 3);
      const table = Float32Array.from({ length: positions * width }, (_, i) => (i % 2 ? Math.sin(angles[i >> 1]) : Math.cos(angles[i >> 1])));
      const x = noise(rows * heads * width, 12);
      const places = width === 8 ? [3, 19, 0, 3, 7] : [];
      const operands = { table: f32(table), places: i32(places), x: f32(x) };
      const turned = width === 8 ? 8 : 32;
      return {
        kernel: "rotary",
        label: `width ${width}${adjacent ? " adjacent" : ""}`,
        operands,
        sizes: { rows, heads, width, turned, start, positions, period: rows - 2, hasPlaces: places.length > 0 ? 1 : 0 },
        flags: { adjacent, back: width === 8 },
        magnitude: () => new Float64Array(x.length).fill(2),
      };
    }),
  );
}

/** Rows of a step: how many each run has, and the position of its first. */
type Runs = readonly (readonly [rows: number, start: number])[];

const LAYER = { layer: 1, layers: 2 };

/** Runs of rows, each of a slot of its own, whose pages lie in another order in a pool with room for one page more. */
function batchOf(runs: Runs): { operands: Readonly<Record<"runs" | "table", Values>>; sizes: Readonly<Record<string, number>> } {
  const slots = Math.max(1, runs.length);
  const tablePages = Math.max(1, ...runs.map(([rows, start]) => Math.ceil((start + rows) / 256)));
  const pageCount = slots * tablePages + 1;
  let first = 0;
  const lines = runs.flatMap(([rows, start], slot) => {
    first += rows;
    return [first - rows, start, slots - 1 - slot];
  });
  const table = Array.from({ length: slots * tablePages }, (_, i) => pageCount - 1 - i);
  const sizes = { rows: first, runCount: runs.length, slots, tablePages, pageCount, ...LAYER };
  return { operands: { runs: i32(lines), table: i32(table) }, sizes };
}

const labelOf = (runs: Runs) => runs.map(([rows, start]) => `${rows} at ${start}`).join(", ");

function caches(): Case[] {
  const steps: Runs[] = [
    [[1, 0]],
    [[3, 254]],
    [[40, 300]],
    [
      [1, 7],
      [20, 250],
      [1, 0],
    ],
    [],
  ];
  return (["f32", "bf16"] as const).flatMap((type) =>
    steps.map((runs): Case => {
      const [heads, width] = [2, 48];
      const { operands, sizes } = batchOf(runs);
      const pool = () => zeros(type, sizes.pageCount * sizes.layers * heads * 256 * width);
      const rows = { k: f32(noise(sizes.rows * heads * width, 13)), v: f32(noise(sizes.rows * heads * width, 14)) };
      return {
        kernel: "appendKeyValue",
        label: `${type} ${labelOf(runs)}`,
        operands: { ...rows, ...operands, keys: pool(), values: pool() },
        sizes: { ...sizes, heads, width },
      };
    }),
  );
}

/** Keys and values of every position up to the runs' last in a cache whose unwritten rest is NaN: memory that attention must not look at. */
function filledCache(type: "f32" | "bf16", runs: Runs, heads: number, width: number, seed: number): Readonly<Record<string, Values>> {
  const { operands, sizes } = batchOf(runs.map(([rows, start]) => [rows + start, 0]));
  const values = sizes.pageCount * sizes.layers * heads * 256 * width;
  const pool = () => ({ type, data: type === "f32" ? new Float32Array(values).fill(Number.NaN) : new Uint16Array(values).fill(0x7fc0) });
  const rows = { k: f32(noise(sizes.rows * heads * width, seed)), v: f32(noise(sizes.rows * heads * width, seed + 1)) };
  const done = runCommand(createReferenceExecutor(), {
    kernel: "appendKeyValue",
    operands: { ...rows, ...operands, keys: pool(), values: pool() },
    sizes: { ...sizes, heads, width },
  });
  return { keys: { type, data: done.keys }, values: { type, data: done.values } };
}

/** An attention call over a filled cache. */
export function attentionCase(
  type: "f32" | "bf16",
  runs: Runs,
  [heads, keyValueHeads, width]: readonly [number, number, number],
  { window = 0, softcap = 0 }: { readonly window?: number; readonly softcap?: number } = {},
): Case {
  const { operands, sizes } = batchOf(runs);
  const all = {
    q: f32(noise(sizes.rows * heads * width, 15, 4)),
    ...filledCache(type, runs, keyValueHeads, width, 16),
    ...operands,
    y: zeros("f32", sizes.rows * heads * width),
  };
  const scale = width ** -0.5;
  // Errors of the scores (width terms below 4 · scale each) come on top of those of the weighted sum of values below 1.
  const magnitude = () => new Float64Array(sizes.rows * heads * width).fill(1 + scale * Math.sqrt(width) * 2);
  const label = `${type} ${labelOf(runs)}, ${heads}/${keyValueHeads} heads of ${width}${window ? ` window ${window}` : ""}${softcap ? ` softcap ${softcap}` : ""}`;
  return { kernel: "attention", label, operands: all, sizes: { ...sizes, heads, keyValueHeads, width, window, scale, softcap }, magnitude };
}

function attentions(): Case[] {
  const shapes = [
    [[[1, 0]], [9, 3, 64]],
    [[[1, 63]], [9, 3, 64]],
    [[[1, 64]], [9, 3, 64]],
    [[[1, 700]], [9, 3, 64]],
    [[[20, 0]], [9, 3, 64]],
    [[[35, 50]], [6, 2, 80]],
    [[[9, 250]], [4, 4, 16]],
    [[[5, 100]], [8, 1, 128]],
    [[], [2, 1, 32]],
    [
      [
        [1, 300],
        [1, 0],
        [1, 63],
      ],
      [9, 3, 64],
    ],
    [
      [
        [40, 30],
        [1, 511],
        [3, 254],
      ],
      [4, 2, 32],
    ],
    [
      [
        [3, 200],
        [70, 40],
      ],
      [4, 2, 32],
      { window: 50 },
    ],
    [
      [
        [1, 600],
        [1, 10],
      ],
      [4, 2, 32],
      { window: 65 },
    ],
    [
      [
        [9, 100],
        [1, 3],
      ],
      [4, 4, 16],
      { softcap: 2 },
    ],
    [[[40, 300]], [4, 1, 48], { window: 100, softcap: 5 }],
  ] as const satisfies readonly (readonly [Runs, readonly [number, number, number], object?])[];
  return (["f32", "bf16"] as const).flatMap((type) => shapes.map(([runs, heads, options]) => attentionCase(type, runs, heads, options)));
}

/** y = x · Wᵀ onto what is in y. */
export function linearCase(
  format: PackedFormat,
  rows: number,
  outputs: number,
  inputs: number,
  flags: { accumulate: boolean; roundBf16: boolean },
  hasBias = 0,
): Case {
  const { weight, dense } = packedMatrix(format, outputs, inputs, 18);
  const x = noise(rows * inputs, 19);
  const before = noise(rows * outputs, 20);
  const bias = noise(hasBias * outputs, 26);
  return {
    kernel: "linear",
    label: `${format} ${rows}x${inputs}x${outputs}${flags.accumulate ? " accumulate" : ""}${flags.roundBf16 ? " bf16" : ""}${hasBias ? " bias" : ""}`,
    operands: { x: f32(x), weight, bias: f32(bias), y: f32(before) },
    sizes: { rows, outputs, inputs, format: packedFormatNumber[format], hasBias },
    flags,
    magnitude: () => sumsOfProducts(x, dense, before, bias, rows, outputs, inputs),
  };
}

/** The same on int8 activations. */
export function int8Case(
  format: BlockFormat,
  rows: number,
  outputs: number,
  inputs: number,
  accumulate: boolean,
  hasBias = 0,
  oneScale = false,
): Case {
  const { weight, dense } = packedMatrix(format, outputs, inputs, 21, oneScale);
  const x = noise(rows * inputs, 22);
  const before = noise(rows * outputs, 23);
  const bias = noise(hasBias * outputs, 27);
  const out = { quantized: zeros("u8", rows * inputs), scales: zeros("f32", (rows * inputs) / 16) };
  const { quantized, scales } = runCommand(createReferenceExecutor(), {
    kernel: "quantizeRows",
    operands: { x: f32(x), ...out },
    sizes: { rows, width: inputs },
  });
  return {
    kernel: "linearInt8",
    label: `${format} ${rows}x${inputs}x${outputs}${accumulate ? " accumulate" : ""}${hasBias ? " bias" : ""}${oneScale ? " one scale" : ""}`,
    operands: { quantized: { type: "u8", data: quantized }, scales: { type: "f32", data: scales }, weight, bias: f32(bias), y: f32(before) },
    sizes: { rows, outputs, inputs, format: packedFormatNumber[format], hasBias },
    flags: { accumulate },
    // q4 adds two sums, d·q and m, whose terms may be larger than their sum.
    magnitude: () => sumsOfProducts(x, dense, before, bias, rows, outputs, inputs).map((value) => 4 * value),
  };
}

/** An int8 product, a function of it, and that rounded again. */
export function int8QuantizeCase(format: BlockFormat, rows: number, outputs: number, inputs: number, operation: UnaryFunction, hasBias = 0): Case {
  const { operands, sizes } = int8Case(format, rows, outputs, inputs, false, hasBias);
  const { quantized: x, scales: xScales, weight, bias } = operands;
  return {
    kernel: "linearInt8Quantize",
    label: `${format} ${rows}x${inputs}x${outputs} ${operation}${hasBias ? " bias" : ""}`,
    operands: { x, xScales, weight, bias, quantized: zeros("u8", rows * outputs), scales: zeros("f32", (rows * outputs) / 16) },
    sizes: { ...sizes, operation: unaryFunctions[operation], alpha: 0.5 },
  };
}

function sumsOfProducts(
  x: Float32Array,
  dense: Float32Array,
  before: Float32Array,
  bias: Float32Array,
  rows: number,
  outputs: number,
  inputs: number,
): Float64Array {
  const sums = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = Math.abs(before[r * outputs + o]) + Math.abs(bias[o] ?? 0);
      for (let k = 0; k < inputs; k++) sum += Math.abs(x[r * inputs + k] * dense[o * inputs + k]);
      sums[r * outputs + o] = sum * Math.sqrt(inputs);
    }
  }
  return sums;
}

function linears(): Case[] {
  const gathers = formats.flatMap((format) =>
    [false, true].map((roundBf16): Case => {
      const { weight } = packedMatrix(format, 45, 96, 24);
      const operands = { ids: i32([44, 0, 16, 16, 31]), weight, y: zeros("f32", 5 * 96) };
      const sizes = { rows: 5, outputs: 45, inputs: 96, format: packedFormatNumber[format] };
      return { kernel: "gatherRows", label: `${format}${roundBf16 ? " bf16" : ""}`, operands, sizes, flags: { roundBf16 } };
    }),
  );
  const unpacked = formats.flatMap((format) =>
    [
      [0, 45],
      [16, 20],
      [32, 0],
    ].map(([firstRow, rows]): Case => {
      const { weight } = packedMatrix(format, 45, 96, 25);
      const sizes = { firstRow, rows, outputs: 45, inputs: 96, format: packedFormatNumber[format] };
      return { kernel: "unpackRows", label: `${format} rows ${firstRow} + ${rows}`, operands: { weight, y: zeros("f32", rows * 96) }, sizes };
    }),
  );
  const floats = formats.flatMap((format) =>
    [0, 1, 3, 21].flatMap((rows) => [
      linearCase(format, rows, 45, 96, { accumulate: rows === 3, roundBf16: false }),
      linearCase(format, rows, 272, 160, { accumulate: false, roundBf16: rows !== 0 }, 1),
    ]),
  );
  const odd = (["f32", "f16", "bf16"] as const).map((format) => linearCase(format, 2, 17, 37, { accumulate: true, roundBf16: false }));
  const ints = (["q4", "q5", "q8"] as const).flatMap((format) =>
    [0, 1, 2, 5, 40].flatMap((rows) => [
      int8Case(format, rows, 45, 96, rows === 5, rows === 5 ? 1 : 0),
      int8Case(format, rows, 272, 576, false),
      int8Case(format, rows, 45, 64, false, 1),
      ...(format === "q8" ? [int8Case(format, rows, 272, 576, false, 0, true)] : []),
    ]),
  );
  const rounded = (["q4", "q5", "q8"] as const).flatMap((format) =>
    [0, 1, 3, 71].flatMap((rows) => [int8QuantizeCase(format, rows, 96, 96, "gelu", 1), int8QuantizeCase(format, rows, 288, 160, "leakyRelu")]),
  );
  return [...gathers, ...unpacked, ...floats, ...odd, ...ints, ...rounded];
}

function scorings(): Case[] {
  const likelihoods = [
    [3, 17],
    [2, 4099],
  ].map(([rows, vocabulary]): Case => {
    const targets = i32(Array.from({ length: rows }, (_, i) => (i * 7) % vocabulary));
    const operands = { logits: f32(noise(rows * vocabulary, 25, 15)), targets, nll: zeros("f32", rows) };
    return {
      kernel: "negativeLogLikelihood",
      label: `${rows}x${vocabulary}`,
      operands,
      sizes: { rows, vocabulary },
      magnitude: () => new Float64Array(rows).fill(32),
    };
  });
  const tops = [
    [1, 1, 1, 1],
    [1, 100, 100, 0.7],
    [3, 4099, 40, 1.3],
    [1, 50_000, 1, 1],
    [0, 10, 1, 1],
  ].map(([rows, n, count, scale]): Case => {
    // Coarse values: many ties.
    const logits = noise(rows * n, 26, 12).map((value) => Math.round(value * 8) / 8);
    const results = { values: zeros("f32", rows * count), indices: zeros("i32", rows * count), normalizer: zeros("f32", rows) };
    const scales = Float32Array.from({ length: rows }, (_, row) => scale + row);
    const operands = { logits: f32(logits), scales: f32(scales), ...results };
    return { kernel: "topCandidates", label: `${count} of ${n}, ${rows} rows`, operands, sizes: { rows, n, count } };
  });
  return [...likelihoods, ...tops, { kernel: "fault", label: "does nothing", operands: {}, sizes: { mode: 0, milliseconds: 0 } }];
}

/** All cases: every kernel has at least one. */
export const allCases = (): Case[] => [
  ...elementwise(),
  ...rowwise(),
  ...rotaries(),
  ...caches(),
  ...attentions(),
  ...blockCases(),
  ...historyCases(),
  ...linears(),
  ...scorings(),
  ...pointwiseCases(),
  ...reduceCases(),
  ...arrangeCases(),
  ...matmulCases(),
  ...flashCases(),
  ...recurrentCases(),
  ...normalizeCases(),
  ...lossCases(),
  ...embedCases(),
  ...windowCases(),
  ...selectCases(),
  ...optimizeCases(),
];

/** Blocks of int8 that a list of scales belongs to. */
export const blockOf = BLOCK;
