// From a GGUF file to a model that runs: everything is checked before memory is taken, weights are read in pieces.
import { InkstoneError } from "../core/index.ts";
import { type GgufFile, type GgufTensor, requireSupported } from "../formats/index.ts";
import { BLOCK, type Precision } from "../native/index.ts";
import { PackedWeight } from "../nn/index.ts";
import { type Device, packMatrix, type Tensor, tensor } from "../tensor/index.ts";
import { type Architecture, findArchitecture, ggufName, type WeightShape, type WeightSource } from "./architecture.ts";
import { llama } from "./llama.ts";
import { RunningDecoder } from "./running-decoder.ts";
import type { CausalModel } from "./types.ts";

/** All architectures that are known. */
const architectures: readonly Architecture[] = [llama as unknown as Architecture];

/** How to load. */
export interface LoadModelOptions {
  readonly precision: Precision;
  /** Positions of a sequence; default the model's own. */
  readonly contextLength?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Loads the model of a GGUF file.
 *
 * Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_MODEL_MEMORY`, `E_FORMAT_…`; the signal's reason when it is aborted.
 *
 * @example
 * const model = await loadModel(await openGguf("model.gguf"), cpu(), { precision: "exact" });
 * const [sequence] = model.openSequences(1, 256);
 * const [{ likeliest, logits }] = model.step([{ sequence, ids: [3, 4, 5], want: { likeliest: 1 } }]);
 * logits?.()[likeliest!.indices[0]] === likeliest!.values[0]; // true
 * model.dispose();
 */
export async function loadModel(gguf: GgufFile, device: Device, options: LoadModelOptions): Promise<CausalModel> {
  const architecture = findArchitecture(architectures, gguf.metadata.string("general.architecture"));
  const config = architecture.config(gguf.metadata);
  const has = (name: string) => gguf.tensors.has(ggufName(architecture.gguf, name));
  const needed = architecture.weights(config, has);
  checkTensors(gguf, architecture, needed);
  checkMemory(gguf);
  const made: { dispose(): void }[] = [];
  try {
    const positions = Math.min(config.contextLength, options.contextLength ?? config.contextLength);
    const decoder = architecture.build(config, readingSource(gguf, device, { architecture, options, made, total: needed.length }), device, positions);
    return new RunningDecoder({
      architecture: architecture.names[0],
      config: { ...config, contextLength: positions },
      decoder,
      device,
      precision: options.precision,
      owned: made,
    });
  } catch (error) {
    for (const part of made) part.dispose();
    throw error;
  }
}

function checkTensors(gguf: GgufFile, architecture: Architecture, needed: readonly WeightShape[]): void {
  const problems: string[] = [];
  for (const { name, shape } of needed) {
    const own = ggufName(architecture.gguf, name);
    const found = gguf.tensors.get(own);
    if (found === undefined) problems.push(`${own} is missing`);
    else if (found.shape.join() !== shape.join()) problems.push(`${own} is [${found.shape.join(", ")}], expected [${shape.join(", ")}]`);
    else if (shape.length === 1 && found.type.name !== "F32") problems.push(`${own} is ${found.type.name}, expected F32`);
    else {
      requireSupported(found);
      const blocks = found.type.name.startsWith("Q");
      if (blocks && shape[1] % BLOCK !== 0) problems.push(`${own} has rows of ${shape[1]}, not whole blocks of ${BLOCK}`);
    }
  }
  if (problems.length > 5) problems.splice(5, problems.length, `and ${problems.length - 5} more`);
  if (problems.length > 0) throw new InkstoneError("E_MODEL_TENSORS", { problems: problems.join("; ") });
}

function checkMemory(gguf: GgufFile): void {
  let needed = 0;
  for (const { bytes } of gguf.tensors.values()) needed += bytes;
  const available = process.availableMemory();
  if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
}

interface Reading {
  readonly architecture: Architecture;
  readonly options: LoadModelOptions;
  /** What has been made so far, to be freed when a later step fails. */
  readonly made: { dispose(): void }[];
  readonly total: number;
}

function readingSource(gguf: GgufFile, device: Device, { architecture, options, made, total }: Reading): WeightSource {
  const find = (name: string): GgufTensor => gguf.tensors.get(ggufName(architecture.gguf, name)) as GgufTensor;
  let read = 0;
  const own = <T extends { dispose(): void }>(part: T): T => {
    made.push(part);
    return part;
  };
  const count = <T extends { dispose(): void }>(weight: T): T => {
    own(weight);
    options.onProgress?.(++read / total);
    options.signal?.throwIfAborted();
    return weight;
  };
  return {
    own,
    has: (name) => gguf.tensors.has(ggufName(architecture.gguf, name)),
    vector: (name, width): Tensor => {
      const bytes = new Uint8Array(width * 4);
      gguf.read(find(name), 0, bytes);
      return count(tensor(new Float32Array(bytes.buffer), [width], { device }));
    },
    matrix: (name, outputs, inputs): PackedWeight => {
      const source = find(name);
      const rowBytes = source.bytes / outputs;
      const readRows = (firstRow: number, _rows: number, into: Uint8Array) => gguf.read(source, firstRow * rowBytes, into);
      return count(new PackedWeight(packMatrix(device, { sourceType: source.type.id, outputs, inputs, readRows }), options.precision));
    },
  };
}
