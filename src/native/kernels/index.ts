// The table: every stateless kernel, one file a family. Its order here does not matter: the native side is matched by name and signature.
import { activationKernels } from "./activation.ts";
import { arrangeKernels } from "./arrange.ts";
import { attentionKernels } from "./attention.ts";
import { blockKernels } from "./blocks.ts";
import { embedKernels } from "./embed.ts";
import { flashKernels } from "./flash.ts";
import { linearKernels } from "./linear.ts";
import { lossKernels } from "./loss.ts";
import { matmulKernels } from "./matmul.ts";
import { normalizeKernels } from "./normalize.ts";
import { optimizeKernels, SQUARES_RUN } from "./optimize.ts";
import { pointwiseKernels } from "./pointwise.ts";
import { recurrentKernels } from "./recurrent.ts";
import { reduceKernels } from "./reduce.ts";
import type { KernelRow } from "./row.ts";
import { scoringKernels } from "./scoring.ts";
import { selectKernels } from "./select.ts";
import { windowKernels } from "./window.ts";

export { type BinaryFunction, binaryFunctions, type UnaryFunction, unaryFunctions } from "./pointwise.ts";
export type { ElementType, FloatRuns, KernelRow, KernelRows, OperandTypes, ReferenceArguments, ReferenceFamily, ReferenceRun } from "./row.ts";
export {
  activationKernels,
  arrangeKernels,
  attentionKernels,
  blockKernels,
  embedKernels,
  flashKernels,
  linearKernels,
  lossKernels,
  matmulKernels,
  normalizeKernels,
  optimizeKernels,
  pointwiseKernels,
  recurrentKernels,
  reduceKernels,
  SQUARES_RUN,
  scoringKernels,
  selectKernels,
  windowKernels,
};

/** All rows, each under its own type. */
export type KernelTable = typeof activationKernels &
  typeof arrangeKernels &
  typeof attentionKernels &
  typeof blockKernels &
  typeof embedKernels &
  typeof flashKernels &
  typeof linearKernels &
  typeof lossKernels &
  typeof matmulKernels &
  typeof normalizeKernels &
  typeof optimizeKernels &
  typeof pointwiseKernels &
  typeof recurrentKernels &
  typeof reduceKernels &
  typeof scoringKernels &
  typeof selectKernels &
  typeof windowKernels;

/** Names of all kernels. */
export type KernelName = keyof KernelTable;

/** All rows by name. */
export const kernelTable: Readonly<Record<KernelName, KernelRow>> = {
  ...activationKernels,
  ...arrangeKernels,
  ...attentionKernels,
  ...blockKernels,
  ...embedKernels,
  ...flashKernels,
  ...linearKernels,
  ...lossKernels,
  ...matmulKernels,
  ...normalizeKernels,
  ...optimizeKernels,
  ...pointwiseKernels,
  ...recurrentKernels,
  ...reduceKernels,
  ...scoringKernels,
  ...selectKernels,
  ...windowKernels,
};

/**
 * One line that both sides of the boundary must agree on, e.g. `add(a:f32,b:f32;y:f32;;n;)`: reads; writes; updates; sizes; flags; and each pair of aliases.
 *
 * @example
 * signatureOf("add"); // "add(a:f32,b:f32;y:f32;;n;)"
 */
export function signatureOf(name: KernelName): string {
  const row = kernelTable[name];
  const operands = (group: Readonly<Record<string, string>> = {}) =>
    Object.entries(group)
      .map(([operand, types]) => `${operand}:${types}`)
      .join(",");
  const aliases = (row.aliases ?? []).map((pair) => `;${pair.join("=")}`).join("");
  return `${name}(${operands(row.reads)};${operands(row.writes)};${operands(row.updates)};${row.sizes.join(",")};${(row.flags ?? []).join(",")}${aliases})`;
}
