// The fusion rules, in the order in which they run. Each changes no bit of any result: a test holds each against its unfused list.
import type { TensorCommand } from "../../command.ts";
import type { Storage } from "../../storage.ts";
import { accumulate } from "./accumulate.ts";
import { linearInt8Quantize, rmsNormQuantize, siluMultiplyQuantize } from "./quantize.ts";
import { reuse } from "./reuse.ts";

/** Name of a fusion rule. */
export type Fusion = "reuse" | "rmsNormQuantize" | "siluMultiplyQuantize" | "linearInt8Quantize" | "accumulate";

/** Turns a list into a shorter one with the same results; storages in `kept` are seen after the run. */
export type Pass = (commands: readonly TensorCommand[], kept: ReadonlySet<Storage>) => readonly TensorCommand[];

/** Rules by name. */
const fusions: Readonly<Record<Fusion, Pass>> = { reuse, rmsNormQuantize, siluMultiplyQuantize, linearInt8Quantize, accumulate };

/** Runs rules over a list; storages in `kept` are seen after the run. */
export function fuse(commands: readonly TensorCommand[], kept: ReadonlySet<Storage>, rules: boolean | readonly Fusion[]): readonly TensorCommand[] {
  const names = (Object.keys(fusions) as Fusion[]).filter((name) => (typeof rules === "boolean" ? rules : rules.includes(name)));
  return names.reduce((list, name) => fusions[name](list, kept), commands);
}
