// Loading a saved model: everything is checked before the model is handed out.
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors, settleFolder } from "../../formats/index.ts";
import { type LayerClass, makeLayer, optimizerOf } from "../../nn/index.ts";
import type { Device } from "../../tensor/index.ts";
import type { LossChoice } from "../step/losses.ts";
import type { MetricName } from "../step/metrics.ts";
import { MODEL_FORMAT_VERSION, modelFiles } from "./save.ts";
import { Sequential } from "./sequential.ts";
import { fileName } from "./weights.ts";

/** Options of `loadLayersModel`. */
export interface LoadLayersModelOptions {
  /** Layers of the program by the name of their class. */
  readonly layers?: Readonly<Record<string, LayerClass>>;
  /** Whether it comes compiled, with the state of its optimiser, where it was saved so. Default true. */
  readonly compile?: boolean;
  readonly device?: Device;
}

const layerSchema = z.object({ class: z.string(), config: z.record(z.string(), z.unknown()) });
const schema = z.object({
  formatVersion: z.number(),
  library: z.literal("inkstone"),
  model: z.object({
    class: z.literal("Sequential"),
    name: z.string(),
    inputShape: z.array(z.number().int().nonnegative()),
    layers: z.array(layerSchema).min(1),
  }),
  compile: z
    .object({
      optimizer: z.enum(["sgd", "adam", "adamw", "rmsprop", "adagrad", "muon"]),
      optimizerOptions: z.record(z.string(), z.union([z.number(), z.boolean()])),
      loss: z.union([z.string(), z.looseObject({ name: z.string() })]).optional(),
      metrics: z.array(z.string()),
      precision: z.enum(["f32", "bf16"]).optional(),
    })
    .optional(),
  optimizer: z.object({ name: z.string(), step: z.number(), hyperparameters: z.record(z.string(), z.union([z.number(), z.boolean()])) }).optional(),
});
type Description = z.infer<typeof schema>;

/**
 * A model that `save` wrote. Where a writer was killed between two names, the whole folder that was there before is taken.
 *
 * Errors: `E_MODEL_FOLDER`; `E_MODEL_LAYERS` for a class that is not known; `E_MODEL_WEIGHTS`; E_FORMAT_*; `E_OPTION`.
 *
 * @example
 * await new Sequential([new Dense({ units: 2, inputDim: 3 })]).save("two-of-three");
 * (await loadLayersModel("two-of-three")).outputShape; // [2]
 */
export async function loadLayersModel(path: string, options: LoadLayersModelOptions = {}): Promise<Sequential> {
  await settleFolder(path).catch(() => undefined);
  const description = await readDescription(path);
  const { model: saved } = description;
  const model = new Sequential(
    saved.layers.map((layer) => makeLayer(layer, options.layers)),
    { name: saved.name, device: options.device },
  );
  model.ensureBuilt([saved.inputShape], [model.layers[0].inputType]);
  const weights = await readTensors(join(path, modelFiles.weights));
  const byName = new Map([...model.stateDict().keys()].map((name) => [fileName(name), name]));
  model.loadStateDict(new Map([...weights].map(([name, values]) => [byName.get(name) ?? name, values])));
  if (options.compile ?? true) await compileAgain(model, description, path);
  return model;
}

async function readDescription(path: string): Promise<Description> {
  const file = `${basename(path)}/${modelFiles.config}`;
  const refuse = (en: string, zh: string, cause?: unknown) => new InkstoneError("E_MODEL_FOLDER", { file, why: { en, zh } }, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(path, modelFiles.config), "utf8"));
  } catch (error) {
    throw refuse("it cannot be read as JSON", "无法读取为 JSON", error);
  }
  const version = (parsed as { formatVersion?: unknown } | null)?.formatVersion;
  if (version !== MODEL_FORMAT_VERSION)
    throw refuse(
      `its formatVersion is ${version}, this version reads ${MODEL_FORMAT_VERSION}`,
      `其 formatVersion 为 ${version}，本版本读取 ${MODEL_FORMAT_VERSION}`,
    );
  const checked = schema.safeParse(parsed);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw refuse(`${issue.path.join(".")}: ${issue.message}`, `${issue.path.join(".")} 有误`);
}

async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(path);
  try {
    return new Map(
      [...file.tensors.keys()].map((name) => {
        const values = file.values(name);
        if (values instanceof Float32Array) return [name, values];
        throw new InkstoneError("E_MODEL_WEIGHTS", { weight: name, why: { en: "it does not hold f32", zh: "其类型不是 f32" } });
      }),
    );
  } finally {
    file.close();
  }
}

async function compileAgain(model: Sequential, { compile, optimizer }: Description, path: string): Promise<void> {
  if (compile?.loss === undefined) return;
  const { loss, metrics, precision } = compile;
  model.compile({
    optimizer: optimizerOf(compile.optimizer, compile.optimizerOptions),
    loss: loss as LossChoice,
    metrics: metrics as MetricName[],
    precision,
  });
  if (optimizer === undefined) return;
  model.optimizer.bind(model.trainableParameters());
  model.optimizer.loadStateDict({ ...optimizer, tensors: await readTensors(join(path, modelFiles.optimizer)) });
}
