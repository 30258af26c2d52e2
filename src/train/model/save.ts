// Saving a model into a folder: configuration, weights, and what the optimiser has learnt; the whole folder or none of it.
import { type SafetensorsContent, safetensorsPieces, writeFolderDurably, writeSafetensors } from "../../formats/index.ts";
import type { Weight } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import type { Compiled } from "./compiled.ts";
import { fileName } from "./weights.ts";

/** Version of the folder that this library writes. */
export const MODEL_FORMAT_VERSION = 1;

/** Files of a saved model. */
export const modelFiles = { config: "config.json", weights: "model.safetensors", optimizer: "optimizer.safetensors" } as const;

interface Saved {
  stateDict(): Map<string, Weight>;
}

/** Writes the folder. */
export async function saveModel(
  model: Saved,
  config: Readonly<Record<string, unknown>>,
  compiled: Compiled | undefined,
  path: string,
): Promise<void> {
  const state = compiled && compiled.optimizer.steps > 0 ? compiled.optimizer.stateDict() : undefined;
  const description = {
    formatVersion: MODEL_FORMAT_VERSION,
    library: "inkstone",
    model: config,
    compile: compiled && compileConfig(compiled),
    optimizer: state && { name: state.name, step: state.step, hyperparameters: state.hyperparameters },
  };
  const content = new Map<string, string | Iterable<Uint8Array>>([
    [modelFiles.config, `${JSON.stringify(description, undefined, 2)}\n`],
    [modelFiles.weights, safetensorsPieces(weightEntries(model), { library: "inkstone" })],
  ]);
  if (state)
    content.set(
      modelFiles.optimizer,
      safetensorsPieces(
        [...state.tensors].map(([name, tensor]) => entry(name, tensor)),
        { library: "inkstone" },
      ),
    );
  await writeFolderDurably(path, content, { known: Object.values(modelFiles) });
}

// What can be said of a compilation in words; functions cannot.
function compileConfig({ options, optimizer, heads: [{ loss, metrics }] }: Compiled): Record<string, unknown> {
  return {
    optimizer: optimizer.name,
    // A schedule is a function: the rate that it gives now stands for it.
    optimizerOptions: { ...optimizer.settings, learningRate: optimizer.learningRate, weightDecay: optimizer.weightDecay, ...optimizer.clipping },
    loss: typeof options.loss === "object" ? options.loss : loss.name,
    metrics: metrics.map(({ name }) => name),
    precision: options.precision,
  };
}

/** Writes the weights of a model as one safetensors file. */
export async function saveWeights(model: Saved, path: string): Promise<void> {
  await writeSafetensors(path, weightEntries(model), { metadata: { library: "inkstone" } });
}

function weightEntries(model: Saved): SafetensorsContent[] {
  return [...model.stateDict()].flatMap(([name, weight]) => (weight instanceof Tensor ? [entry(fileName(name), weight)] : []));
}

function entry(name: string, tensor: Tensor): SafetensorsContent {
  return { name, type: "F32", shape: tensor.shape, values: () => tensor.dataSync() as Float32Array };
}
