// What the folder of a run says it is: a training by a recipe, or a fine-tuning of a model. Knows no processes.
import { stat } from "node:fs/promises";
import { readTextFile } from "../../formats/index.ts";
import { type FinetunePlan, type FinetuneSettings, finetuneFiles, type Recipe, type RunFolder } from "../../train/index.ts";

/** What was asked of a fine-tuning, as its folder keeps it. */
export interface KeptTuning {
  readonly model: string;
  readonly data: string;
  readonly settings: FinetuneSettings;
}

/** What a run is. */
export type RunFacts =
  | { readonly kind: "train"; readonly recipe: Recipe; readonly steps: number }
  | { readonly kind: "finetune"; readonly tuning: KeptTuning; readonly plan?: FinetunePlan; readonly steps: number };

/** Reads it; undefined where there is no run. */
export async function runFacts(folder: RunFolder): Promise<RunFacts | undefined> {
  const tuning = await json<KeptTuning>(folder.at(finetuneFiles.settings));
  if (tuning !== undefined) {
    const plan = await json<FinetunePlan>(folder.at(finetuneFiles.plan));
    return { kind: "finetune", tuning, steps: plan?.steps ?? 0, ...(plan === undefined ? {} : { plan }) };
  }
  const recipe = await folder.recipe().catch(() => undefined);
  return recipe === undefined ? undefined : { kind: "train", recipe, steps: recipe.budget.steps };
}

/** Settings as they may be asked for again: those that a method does not have are left out. */
export function settingsAgain(settings: FinetuneSettings): FinetuneSettings {
  if (settings.method !== "full") return settings;
  const { rank: _rank, alpha: _alpha, dropout: _dropout, targets: _targets, rslora: _rslora, dora: _dora, ...rest } = settings;
  return rest;
}

/** What a finished fine-tuning left: an adapter, or a whole model; undefined: nothing yet. */
export async function resultOf(folder: RunFolder): Promise<"adapter" | "model" | undefined> {
  const isThere = (name: string) =>
    stat(folder.at(name)).then(
      () => true,
      () => false,
    );
  if (await isThere("adapter_config.json")) return "adapter";
  return (await isThere("model.safetensors")) ? "model" : undefined;
}

const json = <Value>(path: string): Promise<Value | undefined> =>
  readTextFile(path).then(
    (text) => JSON.parse(text) as Value,
    () => undefined,
  );
