// Optimisers by Keras's ids.
import { InkstoneError } from "../../core/index.ts";
import { Adam, AdamW } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { SGD } from "./sgd.ts";

const makers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => new SGD(),
  adam: () => new Adam(),
  adamw: () => new AdamW(),
};

/**
 * An optimiser of its id, with Keras's defaults; an optimiser as it is. Errors: `E_OPTION` for an id that is unknown.
 *
 * @example
 * optimizerOf("adam").learningRate; // 0.001
 */
export function optimizerOf(optimizer: string | Optimizer): Optimizer {
  if (typeof optimizer !== "string") return optimizer;
  const id = optimizer.toLowerCase();
  if (!Object.hasOwn(makers, id))
    throw new InkstoneError("E_OPTION", { option: "optimizer", value: optimizer, allowed: Object.keys(makers).join(", ") });
  return makers[id]();
}
