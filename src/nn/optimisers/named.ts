// Optimisers by Keras's ids.
import { listed, refuseOption } from "../../core/index.ts";
import { Adadelta } from "./adadelta.ts";
import { Adagrad } from "./adagrad.ts";
import { Adam, AdamW } from "./adam.ts";
import type { Parameters } from "./groups.ts";
import { Muon } from "./muon.ts";
import { Nadam } from "./nadam.ts";
import type { Optimizer, OptimizerOptions } from "./optimizer.ts";
import { RMSprop } from "./rmsprop.ts";
import { SGD } from "./sgd.ts";

/** Options of an optimiser by its id: those of every optimiser, and numbers and switches of its own rule. `torch`: in PyTorch's form. */
export type NamedOptimizerOptions = OptimizerOptions & { readonly torch?: boolean };

type Maker = new (parameters: Parameters, options: OptimizerOptions) => Optimizer;
type KerasMaker = new (options: OptimizerOptions) => Optimizer;

/** Keras's ids of optimisers. */
export const optimizerNames = ["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "nadam", "muon"] as const;

/** One of them. */
export type OptimizerName = (typeof optimizerNames)[number];

const classes: Readonly<Record<OptimizerName, Maker & KerasMaker>> = {
  sgd: SGD,
  adam: Adam,
  adamw: AdamW,
  rmsprop: RMSprop,
  adagrad: Adagrad,
  adadelta: Adadelta,
  nadam: Nadam,
  muon: Muon,
};

/**
 * An optimiser of its id, with Keras's defaults and these options; an optimiser as it is. Errors: `E_OPTION` for an id that is unknown.
 *
 * @example
 * optimizerOf("adam").learningRate; // 0.001
 * optimizerOf("sgd", { learningRate: 0.5, clipnorm: 1 }).clipping.clipnorm; // 1
 */
export function optimizerOf(optimizer: OptimizerName | Optimizer, options: NamedOptimizerOptions = {}): Optimizer {
  if (typeof optimizer !== "string") return optimizer;
  const id = optimizer.toLowerCase();
  if (!Object.hasOwn(classes, id)) refuseOption("optimizer", optimizer, listed(Object.keys(classes)));
  const { torch = false, ...own } = options;
  const made = classes[id as OptimizerName];
  return torch ? new made([], own) : new made(own);
}
