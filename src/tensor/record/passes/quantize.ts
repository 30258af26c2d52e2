// Passes: a norm, a gated activation or the activation of a product whose only reader rounds it to int8 is computed and rounded in one kernel, without the f32 values in between.
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

/** linearInt8 + unary + quantizeRows -> linearInt8Quantize, for whole results: the hidden layer of an MLP. */
export const linearInt8Quantize: Pass = (commands, kept) => {
  const flow = new Flow(commands, kept);
  const removed = new Set<number>();
  const replaced = new Map<number, TensorCommand>();
  for (const [at, command] of commands.entries()) {
    const middle = command.kernel === "quantizeRows" ? flow.soleProducer(at, "x", ["unary"]) : undefined;
    // What the product reads must not change before the rounding: nothing else stands in between.
    const from = middle !== undefined && middle === at - 1 ? flow.soleProducer(middle, "x", ["linearInt8"]) : undefined;
    if (middle === undefined || from === undefined) continue;
    const { operands, sizes, flags } = commands[from];
    const { rows, outputs } = sizes;
    const { n, operation, alpha } = commands[middle].sizes;
    const whole = command.sizes["rows"] === rows && command.sizes["width"] === outputs && n === Number(rows) * Number(outputs);
    if (!whole || flags["accumulate"]) continue;
    const { quantized: x, scales: xScales, weight, bias } = operands;
    const { quantized, scales } = command.operands;
    removed.add(from).add(middle);
    replaced.set(at, {
      kernel: "linearInt8Quantize",
      operands: { x, xScales, weight, bias, quantized, scales },
      sizes: { ...sizes, operation, alpha },
      flags: {},
    });
  }
  return rewrite(commands, removed, replaced);
};
