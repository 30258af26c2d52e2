// Saving a model into a folder: configuration, weights, and what the optimiser has learnt; the whole folder or none of it, and nothing that could not be opened again.
import { InkstoneError, type Words } from "../../core/index.ts";
import { checksumsFile, type SafetensorsContent, safetensorsPieces, writeFolderDurably, writeSafetensors } from "../../formats/index.ts";
import type { Module, Weight } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { LossChoice } from "../step/losses.ts";
import type { MetricChoice } from "../step/metrics.ts";
import type { Compiled } from "./compiled.ts";
import { saveOptimizer, tensorEntry } from "./optimizer-state.ts";
import { fileName } from "./weights.ts";

/** Version of the folder that this library writes; it reads the one before, too. */
export const MODEL_FORMAT_VERSION = 2;

/** Files of a saved model. */
export const modelFiles = { config: "config.json", weights: "model.safetensors", optimizer: "optimizer.safetensors" } as const;

interface Saved {
  readonly name: string;
  stateDict(): Map<string, Weight>;
}

/** Writes the folder. Errors: `E_NOT_SAVABLE` before anything is written; those of `writeFolderDurably`. */
export async function saveModel(
  model: Saved,
  config: Readonly<Record<string, unknown>>,
  compiled: Compiled | undefined,
  path: string,
): Promise<void> {
  const weights = model.stateDict();
  const optimizer = compiled && saveOptimizer(compiled.optimizer, weights);
  const frozen = [...weights].flatMap(([name, weight]) => (weight instanceof Tensor && weight.type === "f32" && !weight.requiresGrad ? [name] : []));
  const description = {
    formatVersion: MODEL_FORMAT_VERSION,
    library: "inkstone",
    model: config,
    frozen,
    compile: compiled && compileConfig(compiled),
    optimizer: optimizer?.saved,
    epochs: compiled?.epochs,
  };
  const content = new Map<string, string | Iterable<Uint8Array>>([
    [modelFiles.config, `${JSON.stringify(description, undefined, 2)}\n`],
    [modelFiles.weights, safetensorsPieces(weightEntries(weights), { library: "inkstone" })],
  ]);
  if (optimizer?.saved.state) content.set(modelFiles.optimizer, safetensorsPieces(optimizer.tensors, { library: "inkstone" }));
  await writeFolderDurably(path, content, { known: [...Object.values(modelFiles), checksumsFile], checksums: true });
}

// What is said of a compilation: names of this library, and of functions of the program, which are handed in again when it is opened.
function compileConfig({ options, heads }: Compiled): Record<string, unknown> {
  return {
    losses: heads.map(({ chosen, loss }) => lossWords(chosen.loss, loss.name)),
    lossWeights: options.lossWeights,
    metrics: heads.map(({ chosen }) => chosen.metrics.map(metricWords)),
    precision: options.precision,
  };
}

function lossWords(choice: LossChoice, name: string | undefined): unknown {
  if (typeof choice !== "function") return choice;
  return name ?? { custom: nameOf(choice, { en: "the loss", zh: "损失函数" }) };
}

function metricWords(choice: MetricChoice): unknown {
  return typeof choice === "string" ? choice : { custom: nameOf(choice, { en: "a metric", zh: "指标" }) };
}

function nameOf({ name }: { readonly name: string }, what: Words): string {
  if (name !== "" && name !== "loss") return name;
  const why = {
    en: "it is a function without a name, by which it could be given to loadLayersModel",
    zh: "它是没有名称的函数，无法在 loadLayersModel 时按名提供",
  };
  throw new InkstoneError("E_NOT_SAVABLE", { what, why });
}

/**
 * Writes the weights of any module as one safetensors file, by the names of `stateDict` in snake case. Errors: E_IO, E_IO_FULL, E_IO_CREATE.
 *
 * @example
 * const layer = new Dense({ units: 2 });
 * layer.ensureBuilt([3]);
 * await saveWeights(layer, "layer.safetensors");
 * (await openSafetensors("layer.safetensors")).tensors.get("kernel")?.shape; // [3, 2]
 */
export async function saveWeights(model: Pick<Module, "stateDict">, path: string): Promise<void> {
  await writeSafetensors(path, weightEntries(model.stateDict()), { metadata: { library: "inkstone" } });
}

function weightEntries(weights: ReadonlyMap<string, Weight>): SafetensorsContent[] {
  return [...weights].flatMap(([name, weight]) => (weight instanceof Tensor ? [tensorEntry(fileName(name), weight)] : []));
}
