// Optimisers by Keras's ids.
import { InkstoneError } from "../../core/index.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import { Muon } from "./muon.ts";
import type { Optimizer } from "./optimizer.ts";
import { RMSprop } from "./rmsprop.ts";
import { SGD } from "./sgd.ts";

const makers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => new SGD(),
  adam: () => new Adam(),
  adamw: () => new AdamW(),
  rmsprop: () => new RMSprop(),
  adagrad: () => new Adagrad(),
  muon: () => new Muon(),
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
