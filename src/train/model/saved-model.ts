// What a saved model's folder says, checked, in the words of the present version; and its tensors. Knows no layers.
import { basename, join } from "node:path";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors, readSavedFolder, type SafetensorsFile, type SavedFolder } from "../../formats/index.ts";
import type { LayerDescription, StateValues, Weight } from "../../nn/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { Turns } from "../inputs/turns.ts";
import { optimizerSchema, type SavedOptimizer } from "./optimizer-state.ts";
import { MODEL_FORMAT_VERSION, modelFiles } from "./save.ts";
import { fileName } from "./weights.ts";

/** Values of an input of one example that a folder may ask for. */
const MOST_INPUT = 2 ** 27;

/** A graph of layers: tensors are numbered, first the inputs, then what each node gives. */
export interface SavedGraph {
  readonly class: "Functional";
  readonly name: string;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly type: "f32" | "i32" }[];
  readonly graphLayers: readonly LayerDescription[];
  readonly nodes: readonly { readonly layer: number; readonly inputs: readonly number[] }[];
  readonly outputs: readonly number[];
}

/** What a folder says of its model. */
export interface SavedModel {
  readonly model:
    | { readonly class: "Sequential"; readonly name: string; readonly inputShape: readonly number[]; readonly layers: readonly LayerDescription[] }
    | SavedGraph
    | { readonly class: string; readonly name: string };
  /** Names of weights that are not trained. */
  readonly frozen: readonly string[];
  readonly compile?: {
    /** One an output: a name, a name with options, or what the program calls its own. */
    readonly losses: readonly (string | { readonly name: string } | { readonly custom: string })[];
    readonly lossWeights?: readonly number[];
    readonly metrics: readonly (readonly (string | { readonly custom: string })[])[];
    readonly precision?: "f32" | "bf16";
  };
  readonly optimizer?: SavedOptimizer;
  /** Epochs that were trained. */
  readonly epochs?: number;
}

const custom = z.object({ custom: z.string() });
const layerSchema = z.object({ class: z.string(), config: z.record(z.string(), z.unknown()) });
const modelSchema = z.union([
  z.object({
    class: z.literal("Sequential"),
    name: z.string(),
    inputShape: z.array(z.number().int().nonnegative()).refine((shape) => shape.reduce((product, size) => product * size, 1) <= MOST_INPUT),
    layers: z.array(layerSchema).min(1),
  }),
  z.object({
    class: z.literal("Functional"),
    name: z.string(),
    inputs: z.array(z.object({ shape: z.array(z.number().int().nonnegative()), type: z.enum(["f32", "i32"]) })).min(1),
    graphLayers: z.array(layerSchema).min(1),
    nodes: z.array(z.object({ layer: z.number().int().nonnegative(), inputs: z.array(z.number().int().nonnegative()).min(1) })).min(1),
    outputs: z.array(z.number().int().nonnegative()).min(1),
  }),
  z.object({ class: z.string().refine((name) => name !== "Sequential" && name !== "Functional"), name: z.string() }),
]);
const compileSchema = z.object({
  losses: z.array(z.union([z.string(), custom, z.looseObject({ name: z.string() })])).min(1),
  lossWeights: z.array(z.number()).optional(),
  metrics: z.array(z.array(z.union([z.string(), custom]))),
  precision: z.enum(["f32", "bf16"]).optional(),
});
const schema: z.ZodType<SavedModel> = z.object({
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  library: z.literal("inkstone"),
  model: modelSchema,
  frozen: z.array(z.string()),
  compile: compileSchema.optional(),
  optimizer: optimizerSchema.optional(),
  epochs: z.number().int().nonnegative().optional(),
});

/** A saved model while its folder is read. */
export interface OpenedModel {
  readonly description: SavedModel;
  /** Sizes of its weights, by their names in the file. */
  readonly weights: SafetensorsFile;
  readonly optimizerTensors: () => Promise<ReadonlyMap<string, Float32Array>>;
}

/** Reads the folder of a model: `use` makes of it what is wanted. Errors: `E_MODEL_FOLDER`, E_FORMAT_*. */
export async function withSavedModel<T>(path: string, use: (opened: OpenedModel) => Promise<T>): Promise<T> {
  return readSavedFolder(path, async (folder) => {
    const description = await descriptionOf(folder, basename(path));
    await folder.verify();
    const weights = await openSafetensors(join(folder.path, modelFiles.weights));
    try {
      const optimizerTensors = () =>
        description.optimizer?.state ? tensorsOf(join(folder.path, modelFiles.optimizer)) : Promise.resolve(new Map<string, Float32Array>());
      return await use({ description, weights, optimizerTensors });
    } finally {
      weights.close();
    }
  });
}

async function descriptionOf(folder: SavedFolder, name: string): Promise<SavedModel> {
  const refuse = (en: string, zh: string, cause?: unknown) =>
    new InkstoneError("E_MODEL_FOLDER", { file: `${name}/${modelFiles.config}`, why: { en, zh } }, { cause });
  const text = await folder.text(modelFiles.config).catch((error: unknown) => {
    throw refuse("it is not there, or no file that can be read", "它不存在，或不是可读取的文件", error);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse("it cannot be read as JSON", "无法读取为 JSON", error);
  }
  const version = (parsed as { formatVersion?: unknown } | null)?.formatVersion;
  if (version !== MODEL_FORMAT_VERSION && version !== 1)
    throw refuse(
      `its formatVersion is ${version}, this version reads 1 and ${MODEL_FORMAT_VERSION}`,
      `其 formatVersion 为 ${version}，本版本读取 1 和 ${MODEL_FORMAT_VERSION}`,
    );
  const checked = schema.safeParse(version === 1 ? fromVersion1(parsed as Readonly<Record<string, unknown>>) : parsed);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw refuse(`${issue.path.join(".")}: ${issue.message}`, `${issue.path.join(".")} 有误`);
}

interface Version1 {
  readonly model?: unknown;
  readonly compile?: { readonly loss?: unknown; readonly metrics?: unknown; readonly precision?: unknown };
}

// Version 1 saved the state of an optimiser by number, under a description without groups and averages: the model opens with its weights, loss and metrics, to be compiled again for an optimiser.
function fromVersion1({ model, compile }: Version1): unknown {
  const words = compile?.loss === undefined ? undefined : { losses: [compile.loss], metrics: [compile.metrics ?? []], precision: compile.precision };
  return { formatVersion: MODEL_FORMAT_VERSION, library: "inkstone", model, frozen: [], compile: words };
}

async function tensorsOf(path: string): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(path);
  try {
    return await valuesOf(file);
  } finally {
    file.close();
  }
}

/** All tensors of a file, between turns of the event loop. Errors: `E_MODEL_WEIGHTS` for one that is not f32. */
async function valuesOf(file: SafetensorsFile): Promise<Map<string, Float32Array>> {
  const turns = new Turns();
  const found = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) {
    const values = file.values(name);
    if (!(values instanceof Float32Array))
      throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why: { en: "it does not hold f32", zh: "其类型不是 f32" } });
    found.set(name, values);
    await turns.rest();
  }
  return found;
}

// So much more may be reserved than is there, for an error that names the weight which does not fit.
const SPARE = 1 << 20;

/** Values that weights which are to be filled from a file may have. */
export function roomFor({ tensors }: SafetensorsFile): number {
  let sum = SPARE;
  for (const { shape } of tensors.values()) sum += shape.reduce((product, size) => product * size, 1);
  return sum;
}

/**
 * Puts the tensors of a file into the weights of the same names, once every name and shape agrees. Errors: `E_MODEL_WEIGHTS`; then nothing was changed.
 */
export async function fillWeights(
  model: { stateDict(): Map<string, Weight>; loadStateDict(state: StateValues, options?: { strict?: boolean }): void },
  file: SafetensorsFile,
  { strict = true }: { readonly strict?: boolean } = {},
): Promise<void> {
  const own = model.stateDict();
  const byName = new Map([...own.keys()].map((name) => [fileName(name), name]));
  for (const [name, { shape }] of file.tensors) {
    const weight = own.get(byName.get(name) ?? name);
    if (!(weight instanceof Tensor) || weight.shape.join() === shape.join()) continue;
    const why = { en: `it is of shape [${shape}], not [${weight.shape}]`, zh: `其形状为 [${shape}]，应为 [${weight.shape}]` };
    throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why });
  }
  const values = await valuesOf(file);
  model.loadStateDict(new Map([...values].map(([name, one]) => [byName.get(name) ?? name, one])), { strict });
}
