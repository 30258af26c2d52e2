// From a model file to a model that runs: everything is checked before memory is taken, weights are read in pieces.
import { InkstoneError } from "../core/index.ts";
import type { GgufFile, HubFolder } from "../formats/index.ts";
import { type Precision, packedBytes, packedFormatFor } from "../native/index.ts";
import type { Device } from "../tensor/index.ts";
import type { PeftAdapter } from "./adapters/peft.ts";
import { fingerprintOf } from "./adapters/rows.ts";
import { ServedAdapters } from "./adapters/served.ts";
import { findArchitecture } from "./architecture.ts";
import { MOST_ROWS } from "./decoder-passes.ts";
import { decoders } from "./decoders/index.ts";
import { RunningDecoder } from "./running-decoder.ts";
import { ggufSettings, hubSettings, type Settings } from "./settings.ts";
import type { CausalModel } from "./types.ts";
import { noteWeights, readingSource, refuseProblems } from "./weights/reading.ts";
import type { WeightSource } from "./weights/source.ts";
import { ggufStore, hubStore, type TensorStore } from "./weights/store.ts";

/** How to load. */
export interface LoadModelOptions {
  readonly precision: Precision;
  /** Positions of a sequence; default the model's own. */
  readonly contextLength?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Adapters that rows of steps may ask for: by their numbers here, from 1. Default none. */
  readonly adapters?: readonly PeftAdapter[];
}

/**
 * Loads the decoder of a GGUF file, or of a folder of the hub.
 *
 * Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG` (a key that is not known as well), `E_MODEL_TENSORS` (a tensor that is not known as well), `E_MODEL_MEMORY`,
 * `E_FORMAT_…`; the signal's reason when it is aborted.
 *
 * @example
 * const model = await loadModel(await openGguf("model.gguf"), cpu(), { precision: "exact" });
 * const [sequence] = model.openSequences(1, 256);
 * const [{ likeliest, logits }] = model.step([{ sequence, ids: [3, 4, 5], want: { likeliest: 1 } }]);
 * logits?.()[likeliest!.indices[0]] === likeliest!.values[0]; // true
 * model.dispose();
 */
export async function loadModel(file: GgufFile | HubFolder, device: Device, options: LoadModelOptions): Promise<CausalModel> {
  const { store, settings, name } = opened(file);
  const architecture = findArchitecture(decoders, store.container, name);
  const { config, build } = architecture.plan(settings);
  const positions = Math.min(config.contextLength, options.contextLength ?? config.contextLength);
  const parts = { store, names: architecture.weights[store.container], device };
  const { count, problems } = noteWeights(parts, architecture.ignored ?? [], (source) => build(source, positions));
  settings.refuseOthers();
  refuseProblems(problems);
  checkMemory(store, options.precision);
  const owned: { dispose(): void }[] = [];
  const { adapters = [] } = options;
  const container = store.container;
  const served =
    adapters.length > 0
      ? new ServedAdapters({ adapters, architecture, container, headWidth: config.headWidth, device, mostRows: MOST_ROWS })
      : undefined;
  let read = 0;
  const onMade = (made: { dispose(): void }, isWeight: boolean) => {
    owned.push(made);
    if (!isWeight) return;
    options.onProgress?.(++read / count);
    options.signal?.throwIfAborted();
  };
  try {
    const source = readingSource({ ...parts, precision: options.precision, onMade });
    const decoder = build(served ? adaptedSource(source, served) : source, positions);
    served?.settle();
    const { precision } = options;
    owned.push(...(served?.made ?? []));
    return new RunningDecoder({
      architecture: name,
      config: { ...config, contextLength: positions },
      decoder,
      device,
      precision,
      owned,
      adapterRows: served?.rows,
    });
  } catch (error) {
    for (const part of [...owned, ...(served?.made ?? [])]) part.dispose();
    throw error;
  }
}

// A source that gives weights with the additions of adapters.
function adaptedSource(source: WeightSource, served: ServedAdapters): WeightSource {
  return {
    ...source,
    rotary: (options) => {
      served.turned(options.adjacent);
      return source.rotary(options);
    },
    vector: (own, width, lay) => {
      const made = source.vector(own, width, lay);
      if (own === "norm.weight") served.checkBase(fingerprintOf(made));
      return made;
    },
    matrix: (own, outputs, inputs, lay = {}) => served.wrap(own, source.matrix(own, outputs, inputs, lay), lay),
  };
}

/** What a file holds, its settings, and its declared name. */
export function opened(file: GgufFile | HubFolder): { store: TensorStore; settings: Settings; name: string } {
  if ("metadata" in file)
    return { store: ggufStore(file), settings: ggufSettings(file.metadata), name: file.metadata.string("general.architecture") };
  return { store: hubStore(file), settings: hubSettings(file.config), name: String(file.config["model_type"]) };
}

// Some types take more than in the file: f32 in "exact", bf16, or int8 with their scales.
function checkMemory(store: TensorStore, precision: Precision): void {
  let needed = 0;
  for (const { id, shape, bytes } of store.tensors.values()) {
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    needed += id === undefined || shape.length < 2 ? bytes : packedBytes(packedFormatFor(id, precision), rows, shape[shape.length - 1]);
  }
  const available = process.availableMemory();
  if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
}
