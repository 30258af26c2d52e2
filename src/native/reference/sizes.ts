// Sizes that kernels are called with, and what a family says of them. Knows no kernels.
import type { KernelRows } from "../kernels/index.ts";

/** Sizes of a command by name. */
export type Sizes = Readonly<Record<string, number>>;
/** Elements by operand name. */
export type Extents = Readonly<Record<string, number>>;
/** Of each kernel of a family: the elements it touches of each operand. Throws `Misfit` for sizes that do not go together. */
export type FamilyExtents<F extends KernelRows> = { readonly [K in keyof F]: (sizes: Sizes) => Extents };

/** Sizes that do not fit a kernel: why, in a few words. */
export class Misfit extends Error {}

/** Throws `Misfit` unless a condition holds. */
export function need(condition: boolean, why: string): void {
  if (!condition) throw new Misfit(why);
}
