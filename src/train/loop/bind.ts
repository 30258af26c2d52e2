// Which parameters an optimiser changes when a training begins. Knows no steps.
import { InkstoneError } from "../../core/index.ts";
import type { Grouped, Optimizer } from "../../nn/index.ts";

/** The optimiser's parameters become those that are trainable now; groups that it was given for just these stay, else they are those that suit it. Errors: `E_MODEL_LAYERS` where there are none. */
export function bindTrainable(
  model: Omit<Grouped, "lookupTables"> & Partial<Pick<Grouped, "lookupTables">>,
  name: string,
  optimizer: Optimizer,
): void {
  const wanted = model.trainableParameters();
  if (wanted.length === 0) {
    throw new InkstoneError("E_MODEL_LAYERS", { layer: name, why: { en: "it has no weights to train", zh: "没有可训练的权重" } });
  }
  const bound = new Set(optimizer.parameters);
  if (wanted.length !== bound.size || wanted.some((parameter) => !bound.has(parameter)))
    optimizer.bindModule({ trainableParameters: () => wanted, lookupTables: model.lookupTables ?? [] });
}
