// The table: every stateless kernel, one file a family. Its order here does not matter: the native side is matched by name and signature.
import { activationKernels } from "./activation.ts";
import { attentionKernels } from "./attention.ts";
import { linearKernels } from "./linear.ts";
import type { KernelRow } from "./row.ts";
import { scoringKernels } from "./scoring.ts";

export type { ElementType, FloatRuns, KernelRow, KernelRows, OperandTypes, ReferenceArguments, ReferenceFamily, ReferenceRun } from "./row.ts";
export { activationKernels, attentionKernels, linearKernels, scoringKernels };

/** Names of all kernels. */
export type KernelName = keyof typeof activationKernels | keyof typeof attentionKernels | keyof typeof linearKernels | keyof typeof scoringKernels;

/** All rows by name. */
export const kernelTable: Readonly<Record<KernelName, KernelRow>> = {
  ...activationKernels,
  ...attentionKernels,
  ...linearKernels,
  ...scoringKernels,
};

/**
 * One line that both sides of the boundary must agree on, e.g. `add(a:f32,b:f32;y:f32;;n;)`: reads; writes; updates; sizes; flags.
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
  return `${name}(${operands(row.reads)};${operands(row.writes)};${operands(row.updates)};${row.sizes.join(",")};${(row.flags ?? []).join(",")})`;
}
