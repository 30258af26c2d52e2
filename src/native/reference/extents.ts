// How many elements of each operand a kernel touches for its sizes, and which sizes it refuses. Twin: the bounds checks of native/kernels. Knows no buffers.
import type { KernelName } from "../kernels/index.ts";
import { BLOCK, isBlockFormat, PANEL_ROWS, packedBytes, sourceTypes } from "../layout.ts";
import { quantizers } from "./blocks/index.ts";
import { sourceRowBytes } from "./pack.ts";
import { formatOf } from "./panels.ts";
import { type Extents, Misfit, need, type Sizes } from "./sizes.ts";
import { arrangeExtents } from "./training/arrange.ts";
import { embedExtents } from "./training/embed.ts";
import { flashExtents } from "./training/flash.ts";
import { lossExtents } from "./training/loss.ts";
import { matmulExtents } from "./training/matmul.ts";
import { normalizeExtents } from "./training/normalize.ts";
import { optimizeExtents } from "./training/optimize.ts";
import { pointwiseExtents } from "./training/pointwise.ts";
import { recurrentExtents } from "./training/recurrent.ts";
import { reduceExtents } from "./training/reduce.ts";
import { selectExtents } from "./training/select.ts";
import { windowExtents } from "./training/window.ts";

/** Sizes that are not counts. */
const fractions: ReadonlySet<string> = new Set([
  "ahead",
  "epsilon",
  "scale",
  "softcap",
  "milliseconds",
  "value",
  "rate",
  "alpha",
  "beta",
  "beta1",
  "beta2",
  "learningRate",
  "weightDecay",
  "momentum",
  "smoothing",
  "temperature",
  "correction1",
  "correction2",
  "slope",
  "rho",
  "margin",
  "delta",
  "decay",
  "maxNorm",
  "dampening",
]);

const rowsAndBlocks = ({ rows, width }: Sizes): Extents => {
  need(width % BLOCK === 0, `width ${width} is no multiple of ${BLOCK}`);
  return { x: rows * width, gate: rows * width, up: rows * width, weight: width, quantized: rows * width, scales: (rows * width) / (BLOCK / 2) };
};

const cache = (heads: number, { width, pageCount, runCount, slots, tablePages, layer, layers }: Sizes): Extents => {
  need(layer < layers, `layer ${layer} of ${layers}`);
  const pool = pageCount * layers * heads * 256 * width;
  return { keys: pool, values: pool, runs: 3 * runCount, table: slots * tablePages };
};

const product = ({ rows, outputs, inputs, format, hasBias }: Sizes): Extents => ({
  weight: packed(format, outputs, inputs),
  x: rows * inputs,
  quantized: rows * inputs,
  scales: (rows * inputs) / (BLOCK / 2),
  bias: hasBias === 0 ? 0 : outputs,
  y: rows * outputs,
});

function packed(format: number, outputs: number, inputs: number): number {
  const name = formatOf(format);
  if (name === undefined) throw new Misfit(`there is no packed format ${format}`);
  need(!isBlockFormat(name) || inputs % BLOCK === 0, `${inputs} inputs are no multiple of ${BLOCK}`);
  return packedBytes(name, outputs, inputs);
}

function blockBytes(n: number, sourceType: number): number {
  const type = sourceTypes[sourceType];
  need(type !== undefined && n % type.block === 0, `${n} values are no whole blocks of type ${sourceType}`);
  return (n / type.block) * type.bytes;
}

const rules: Readonly<Record<KernelName, (sizes: Sizes) => Extents>> = {
  add: ({ n }) => ({ a: n, b: n, y: n }),
  siluMultiply: ({ n }) => ({ gate: n, up: n, y: n }),
  rmsNorm: ({ rows, width }) => ({ x: rows * width, weight: width, y: rows * width }),
  quantizeRows: rowsAndBlocks,
  rmsNormQuantize: rowsAndBlocks,
  siluMultiplyQuantize: rowsAndBlocks,
  selectRow: ({ rows, width }) => ({ x: rows * width, y: width }),
  siluMultiplyGrad: ({ n }) => ({ gate: n, up: n, dy: n, dgate: n, dup: n }),
  rotary: ({ rows, heads, width, turned, positions, period, hasPlaces }) => {
    need(turned % 2 === 0 && turned <= width, `${turned} of ${width} cannot be turned`);
    need(period > 0 || rows === 0 || hasPlaces !== 0, "a period of no rows");
    return { x: rows * heads * width, table: positions * turned, places: hasPlaces === 0 ? 0 : rows };
  },
  appendKeyValue: (sizes) => ({ ...cache(sizes.heads, sizes), k: sizes.rows * sizes.heads * sizes.width, v: sizes.rows * sizes.heads * sizes.width }),
  attention: (sizes) => {
    const { rows, heads, keyValueHeads, width } = sizes;
    need(keyValueHeads > 0 && heads > 0 && heads % keyValueHeads === 0, `${heads} heads cannot share ${keyValueHeads} key-value heads`);
    return { ...cache(keyValueHeads, sizes), q: rows * heads * width, y: rows * heads * width };
  },
  unpackBlocks: ({ n, sourceType }) => ({ source: blockBytes(n, sourceType), y: n }),
  quantizeBlocks: ({ n, sourceType }) => {
    need(quantizers[sourceType] !== undefined, `type ${sourceType} is not made`);
    return { x: n, blocks: blockBytes(n, sourceType) };
  },
  historyAttention: ({ rows, slots, heads, width, capacity, hasBias }) => {
    need(rows <= slots, `${rows} rows for ${slots} slots`);
    const [row, pool] = [rows * heads * width, capacity * slots * heads * width];
    return { q: row, k: row, v: row, y: row, ancestors: rows * capacity, bias: hasBias === 0 ? 0 : heads * capacity, keys: pool, values: pool };
  },
  packRows: ({ firstRow, rows, outputs, inputs, sourceType, format }) => {
    const bytes = packed(format, outputs, inputs);
    const type = sourceTypes[sourceType];
    const into = formatOf(format);
    need(type !== undefined && [type.format, type.bf16, type.fast].includes(into), `type ${sourceType} does not go into format ${format}`);
    need(inputs % type.block === 0, `${inputs} inputs are no whole blocks of ${type.block}`);
    need(firstRow % PANEL_ROWS === 0, `firstRow ${firstRow} is no multiple of ${PANEL_ROWS}`);
    need(firstRow + rows <= outputs, `rows ${firstRow} to ${firstRow + rows} of ${outputs}`);
    return { source: rows * sourceRowBytes(sourceType, inputs), packed: bytes };
  },
  unpackRows: ({ firstRow, rows, outputs, inputs, format }) => {
    need(firstRow % PANEL_ROWS === 0, `row ${firstRow} does not begin a panel`);
    need(firstRow + rows <= outputs, `rows ${firstRow} … ${firstRow + rows} of ${outputs}`);
    return { weight: packed(format, outputs, inputs), y: rows * inputs };
  },
  gatherRows: ({ rows, outputs, inputs, format }) => ({ ids: rows, weight: packed(format, outputs, inputs), y: rows * inputs }),
  linear: product,
  linearInt8: (sizes) => {
    const name = formatOf(sizes.format);
    need(isBlockFormat(name), `format ${sizes.format} is not quantised`);
    return product(sizes);
  },
  linearInt8Quantize: (sizes) => {
    const { rows, outputs } = sizes;
    need(isBlockFormat(formatOf(sizes.format)), `format ${sizes.format} is not quantised`);
    need(outputs % BLOCK === 0, `${outputs} outputs are no multiple of ${BLOCK}`);
    pointwiseExtents.unary({ ...sizes, n: rows * outputs });
    const { weight, bias, x, scales: xScales } = product(sizes);
    return { x, xScales, weight, bias, quantized: rows * outputs, scales: (rows * outputs) / (BLOCK / 2) };
  },
  negativeLogLikelihood: ({ rows, vocabulary }) => ({ logits: rows * vocabulary, targets: rows, nll: rows }),
  topCandidates: ({ rows, n, count }) => {
    need(count >= 1 && count <= n, `${count} of ${n} values`);
    return { logits: rows * n, scales: rows, values: rows * count, indices: rows * count, normalizer: rows };
  },
  fault: () => ({}),
  ...pointwiseExtents,
  ...reduceExtents,
  ...arrangeExtents,
  ...matmulExtents,
  ...flashExtents,
  ...recurrentExtents,
  ...normalizeExtents,
  ...lossExtents,
  ...embedExtents,
  ...windowExtents,
  ...selectExtents,
  ...optimizeExtents,
};

/**
 * Elements that a kernel touches of each operand; may name more operands than the kernel has.
 *
 * Errors: `Misfit` where a size is not a count, or the sizes do not go together.
 *
 * @example
 * extentsOf("rmsNorm", { rows: 2, width: 8, epsilon: 1e-5 }); // { x: 16, weight: 8, y: 16 }
 */
export function extentsOf(kernel: KernelName, sizes: Sizes): Extents {
  for (const [name, value] of Object.entries(sizes)) {
    need(fractions.has(name) ? !Number.isNaN(value) : Number.isSafeInteger(value) && value >= 0, `${name} is ${value}`);
  }
  return rules[kernel](sizes);
}
