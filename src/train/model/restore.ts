// Putting what was saved into a model that is there: weights, what is frozen, what its optimiser has learnt. Knows no classes of models.
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors } from "../../formats/index.ts";
import { parameterNames, type StateValues, type Weight } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { Compiled } from "./compiled.ts";
import { openOptimizer } from "./optimizer-state.ts";
import { fillWeights, type SavedModel, withSavedModel } from "./saved-model.ts";

interface Restored {
  readonly isCompiled: boolean;
  compiled(method: string): Compiled;
  stateDict(): Map<string, Weight>;
  loadStateDict(state: StateValues, options?: { strict?: boolean }): void;
}

/** Freezes the weights that were frozen, and no others. */
export function freezeAgain(model: Pick<Restored, "stateDict">, { frozen }: SavedModel): void {
  const weights = model.stateDict();
  const wanted = new Set(frozen);
  for (const [name, weight] of weights) if (weight instanceof Tensor && weight.type === "f32") weight.requireGrad(!wanted.has(name));
}

/**
 * Puts what a folder holds into a model that is there: its weights, what is frozen, and, where both are compiled with the same optimiser, what that has learnt. For models that are
 * classes of the program. Errors: as `loadLayersModel`; `E_OPTIMIZER_STATE`.
 */
export async function restoreModel(model: Restored, path: string): Promise<void> {
  await withSavedModel(path, async (opened) => {
    await fillWeights(model, opened.weights);
    freezeAgain(model, opened.description);
    const { optimizer, epochs = 0 } = opened.description;
    const compiled = model.isCompiled ? model.compiled("restoreFrom") : undefined;
    if (compiled === undefined || optimizer === undefined) return;
    const made = openOptimizer(optimizer, await opened.optimizerTensors(), model.stateDict());
    if (made.name !== compiled.optimizer.name) {
      const why = {
        en: `it is of "${made.name}", the model is compiled with "${compiled.optimizer.name}"`,
        zh: `它属于“${made.name}”，而模型以“${compiled.optimizer.name}”编译`,
      };
      throw new InkstoneError("E_OPTIMIZER_STATE", { why });
    }
    const names = parameterNames(model.stateDict());
    if (made.parameters.length > 0) compiled.optimizer.bind(made.groups);
    if (optimizer.state) compiled.optimizer.loadStateDict(made.stateDict(names), names);
    made.dispose();
    compiled.epochs = epochs;
  });
}

/**
 * Puts the weights of a safetensors file into any module: all, or with `strict: false` those that are there. Errors: `E_MODEL_WEIGHTS`, E_FORMAT_*; then nothing was changed.
 *
 * @example
 * const [one, other] = [new Dense({ units: 2 }), new Dense({ units: 2 })];
 * for (const layer of [one, other]) layer.ensureBuilt([3]);
 * await saveWeights(one, "one.safetensors");
 * await loadWeights(other, "one.safetensors");
 * other.kernel.dataSync().join() === one.kernel.dataSync().join(); // true
 */
export async function loadWeights(
  model: Pick<Restored, "stateDict" | "loadStateDict">,
  path: string,
  options: { readonly strict?: boolean } = {},
): Promise<void> {
  const file = await openSafetensors(path);
  try {
    await fillWeights(model, file, options);
  } finally {
    file.close();
  }
}
