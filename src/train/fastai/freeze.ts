// Which layers learn, and how fast: freezing, gradual unfreezing, rates by depth.
import { InkstoneError } from "../../core/index.ts";
import { discriminativeGroups, type Layer } from "../../nn/index.ts";
import type { Model } from "../model/model.ts";

// Layers that have weights, from the input on; a model that is not built has none yet.
function learners(model: Model): readonly Layer[] {
  const found = model.layers.filter(({ parameterCount }) => parameterCount > 0);
  if (found.length > 0) return found;
  throw new InkstoneError("E_MODEL_LAYERS", {
    layer: model.name,
    why: { en: "it has no weights yet; give an inputShape, or fit it first", zh: "尚无权重；请提供 inputShape 或先训练" },
  });
}

/**
 * Freezes the first layers with weights: those before number `first` learn nothing, it and those behind it learn. Negative numbers count from the end. fast.ai's `freeze_to`;
 * called with -1, -2, … between trainings it is gradual unfreezing (Howard & Ruder 2018, arXiv:1801.06146, section 3.3). Errors: `E_MODEL_LAYERS`, `E_OPTION`.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 2, inputDim: 2 }), new Dense({ units: 1 })]);
 * freezeTo(model, -1);
 * model.layers.map(({ trainable }) => trainable); // [false, true]
 */
export function freezeTo(model: Model, first: number): void {
  const layers = learners(model);
  const at = first < 0 ? layers.length + first : first;
  if (!(Number.isSafeInteger(at) && at >= 0 && at < layers.length)) {
    throw new InkstoneError("E_OPTION", {
      option: "first",
      value: String(first),
      allowed: { en: `whole numbers from ${-layers.length} to ${layers.length - 1}`, zh: `${-layers.length} 至 ${layers.length - 1} 的整数` },
    });
  }
  for (const [i, layer] of layers.entries()) layer.trainable = i >= at;
}

/** All but the last layer with weights are frozen. fast.ai's `freeze`. Errors: `E_MODEL_LAYERS`. */
export function freeze(model: Model): void {
  freezeTo(model, -1);
}

/** All layers learn. fast.ai's `unfreeze`. Errors: `E_MODEL_LAYERS`. */
export function unfreeze(model: Model): void {
  freezeTo(model, 0);
}

/**
 * Gives each layer that learns a learning rate of its own: the last one that of the optimiser, each before it 1 / `factor` of the one behind it. fast.ai's `slice(lr)`.
 * To be called after `compile` and after any freezing. Errors: `E_MODEL_LAYERS`; `E_NOT_COMPILED`.
 *
 * @example
 * const model = new Sequential([new Dense({ units: 2, inputDim: 2 }), new Dense({ units: 1 })]);
 * model.compile({ optimizer: "adam", loss: "mse" });
 * discriminativeRates(model, 10);
 * model.optimizer.scalars()["learningRate * 0.1"]; // 0.0001
 */
export function discriminativeRates(model: Model, factor: number = 2.6): void {
  const { optimizer } = model;
  const layers = learners(model).filter((layer) => layer.trainableParameters().length > 0);
  optimizer.bind(discriminativeGroups(layers, factor));
}
