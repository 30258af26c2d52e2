// Passes: a norm or a gated activation whose only reader rounds it to int8 is computed and rounded in one kernel, without the f32 values in between.
import type { KernelName } from "../../../native/index.ts";
import type { TensorCommand } from "../../command.ts";
import type { Storage } from "../../storage.ts";
import { Flow, rewrite } from "../flow.ts";

type Pass = (commands: readonly TensorCommand[], kept: ReadonlySet<Storage>) => readonly TensorCommand[];

// `first` then quantizeRows becomes `fused`, with the operands and sizes of both.
function quantizing(first: KernelName, fused: KernelName, sizes: readonly string[]): Pass {
  return (commands, kept) => {
    const flow = new Flow(commands, kept);
    const removed = new Set<number>();
    const replaced = new Map<number, TensorCommand>();
    for (const [at, command] of commands.entries()) {
      const from = command.kernel === "quantizeRows" ? flow.soleProducer(at, "x", [first]) : undefined;
      if (from === undefined) continue;
      const { y: _, ...inputs } = commands[from].operands;
      const { quantized, scales } = command.operands;
      const carried = Object.fromEntries(sizes.map((size) => [size, commands[from].sizes[size]]));
      if ("width" in carried && carried["width"] !== command.sizes["width"]) continue;
      removed.add(from);
      replaced.set(at, { kernel: fused, operands: { ...inputs, quantized, scales }, sizes: { ...command.sizes, ...carried }, flags: {} });
    }
    return rewrite(commands, removed, replaced);
  };
}

/** rmsNorm + quantizeRows -> rmsNormQuantize. */
export const rmsNormQuantize: Pass = quantizing("rmsNorm", "rmsNormQuantize", ["width", "epsilon"]);

/** siluMultiply + quantizeRows -> siluMultiplyQuantize. */
export const siluMultiplyQuantize: Pass = quantizing("siluMultiply", "siluMultiplyQuantize", []);
