// An encoder with a head, every weight of which can be trained, and the names that its weights have in a Hub folder. Knows no text and no loss.
import { uniform } from "../../core/index.ts";
import { DenseWeight, LayerNorm, Linear, Module } from "../../nn/index.ts";
import { type Device, dropout, gelu, relu, type Tensor, tanh, tensor } from "../../tensor/index.ts";
import { buildEncoder } from "./bert.ts";
import { type EncoderConfig, type EncoderKind, encoderConfig, wordNames } from "./config.ts";
import type { Encoder } from "./encoder.ts";
import type { HeadKind } from "./load.ts";
import { type NamedWeights, openNamedWeights } from "./named-weights.ts";
import { denseMaker } from "./weight-makers.ts";

type Json = Readonly<Record<string, unknown>>;

/** What stands on a trained encoder; "none": its rows are the result. */
export type TunedHead = HeadKind | "none";

type HeadActivation = "tanh" | "relu" | "gelu";

const activations: Readonly<Record<HeadActivation, (x: Tensor) => Tensor>> = {
  tanh: (x) => tanh(x),
  relu: (x) => relu(x),
  gelu: (x) => gelu(x, { approximate: "none" }),
};

/** y = norm(activation(W x + b)), with what is dropped before it in training. */
class HeadStep extends Module {
  readonly linear: Linear;
  readonly norm: LayerNorm | undefined;
  readonly #activation: HeadActivation | undefined;
  readonly #drops: boolean;
  /** Share of its inputs that is dropped in training. */
  rate = 0;

  constructor(linear: Linear, drops: boolean, activation?: HeadActivation, norm?: LayerNorm) {
    super();
    this.linear = linear;
    this.norm = norm;
    this.#drops = drops;
    this.#activation = activation;
  }

  forward(x: Tensor): Tensor {
    const y = this.linear.forward(this.#drops && this.training && this.rate > 0 ? dropout(x, this.rate) : x);
    const activated = this.#activation === undefined ? y : activations[this.#activation](y);
    return this.norm === undefined ? activated : this.norm.forward(activated);
  }
}

/** From rows to scores. [N, C] -> [N, outputs]. */
export class EncoderHead extends Module {
  readonly steps: readonly HeadStep[];

  constructor(steps: readonly HeadStep[]) {
    super();
    this.steps = steps;
  }

  forward(rows: Tensor): Tensor {
    return this.steps.reduce((x, step) => step.forward(x), rows);
  }
}

/** How it is opened. */
export interface TrainableEncoderOptions {
  readonly head: TunedHead;
  /** How many scores the head gives a row. Not for "words" and "none". */
  readonly outputs?: number;
  /** What fresh weights are drawn from. Default 0. */
  readonly seed?: number;
}

/**
 * An encoder that can be trained.
 *
 * @example
 * const model = await openTrainableEncoder("encoder.safetensors", JSON.parse(await readFile("encoder.json", "utf8")), cpu(), { head: "tokens", outputs: 3 });
 * model instanceof TrainableEncoder; // true
 * model.dispose();
 */
export class TrainableEncoder extends Module {
  readonly encoder: Encoder;
  readonly head: EncoderHead;
  readonly #config: EncoderConfig;
  readonly #named: ReadonlyMap<string, Tensor>;

  constructor(config: EncoderConfig, encoder: Encoder, head: EncoderHead, named: ReadonlyMap<string, Tensor>) {
    super();
    this.#config = config;
    this.encoder = encoder;
    this.head = head;
    this.#named = named;
  }

  get config(): EncoderConfig {
    return this.#config;
  }

  /** In training, this share of values is dropped. */
  dropWith(rate: number): void {
    this.encoder.dropWith(rate);
    for (const step of this.head.steps) step.rate = rate;
  }

  /** Its weights by the names that they have in a Hub folder. */
  get named(): ReadonlyMap<string, Tensor> {
    return this.#named;
  }
}

/**
 * The class that opens such a folder in transformers.
 *
 * @example
 * hubClass("bert", "classes"); // "BertForSequenceClassification"
 */
export function hubClass(kind: EncoderKind, head: TunedHead): string {
  const family = { bert: "Bert", roberta: "Roberta", "xlm-roberta": "XLMRoberta", distilbert: "DistilBert" }[kind];
  const purpose = {
    classes: "ForSequenceClassification",
    tokens: "ForTokenClassification",
    answers: "ForQuestionAnswering",
    words: "ForMaskedLM",
    none: "Model",
  }[head];
  return family + purpose;
}

/**
 * Opens the weights of a folder for training: the trunk as the file has it, the head too where it is there in this size, else drawn anew (normal, 0.02; biases 0).
 *
 * Errors: `E_MODEL_CONFIG`, `E_MODEL_ARCHITECTURE`, `E_MODEL_TENSORS`, `E_MEMORY`, `E_FORMAT_…`.
 *
 * @example
 * const model = await openTrainableEncoder("encoder.safetensors", JSON.parse(await readFile("encoder.json", "utf8")), cpu(), { head: "classes", outputs: 2 });
 * model.named.get("classifier.weight").shape; // [2, 32]
 * model.dispose();
 */
export async function openTrainableEncoder(path: string, json: Json, device: Device, options: TrainableEncoderOptions): Promise<TrainableEncoder> {
  const [model] = await openTrainableEncoders(path, json, device, [options]);
  return model;
}

/**
 * `openTrainableEncoder` with several heads on one encoder: a model each, which share the encoder and its weights. Errors: the same.
 *
 * @example
 * const heads = [{ head: "classes", outputs: 2 }, { head: "tokens", outputs: 3 }] as const;
 * const [first, second] = await openTrainableEncoders("encoder.safetensors", JSON.parse(await readFile("encoder.json", "utf8")), cpu(), heads);
 * first.encoder === second.encoder; // true
 * first.dispose();
 * second.head.dispose();
 */
export async function openTrainableEncoders(
  path: string,
  json: Json,
  device: Device,
  heads: readonly TrainableEncoderOptions[],
): Promise<TrainableEncoder[]> {
  const config = encoderConfig(json);
  const weights = await openNamedWeights(path);
  try {
    const { encoder, prefix, made } = buildEncoder(config, weights, device, denseMaker(device));
    return heads.map((options) => {
      const family = options.head === "none" ? "" : config.kind === "xlm-roberta" ? "roberta." : `${config.kind}.`;
      const named = new Map<string, Tensor>();
      for (const [name, weight] of made)
        named.set(family + name.slice(prefix.length), weight instanceof DenseWeight ? weight.tensor : (weight as Tensor));
      const maker = new HeadMaker({ weights, device, named, seed: options.seed ?? 0, prefixes: [prefix, family] });
      const head = new EncoderHead(headSteps(options, config, encoder, maker, family));
      const model = new TrainableEncoder(config, encoder, head, named);
      model.trainable = true;
      return model;
    });
  } finally {
    weights.close();
  }
}

// Weights of a head: those of the file where they fit, else fresh ones; each is known by its name from then on.
class HeadMaker {
  readonly #parts: { weights: NamedWeights; device: Device; named: Map<string, Tensor>; seed: number; prefixes: readonly string[] };
  #count = 0;

  constructor(parts: { weights: NamedWeights; device: Device; named: Map<string, Tensor>; seed: number; prefixes: readonly string[] }) {
    this.#parts = parts;
  }

  #made(name: string, shape: readonly number[], fresh: (i: number) => number): Tensor {
    const { weights, device, named, prefixes } = this.#parts;
    // The same weight under the prefix that the file has.
    const [before, family] = prefixes;
    const there = family !== "" && name.startsWith(family) ? before + name.slice(family.length) : name;
    const found = weights.shape(there)?.join() === shape.join() ? weights.values(there) : undefined;
    const size = shape.reduce((all, each) => all * each, 1);
    const made = tensor(found ?? Float32Array.from({ length: size }, (_, i) => fresh(i)), [...shape], { device });
    named.set(name, made);
    return made;
  }

  linear(name: string, outputs: number, inputs: number): Linear {
    const { seed } = this.#parts;
    const operation = this.#count++;
    const normal = (i: number) =>
      0.02 * Math.sqrt(-2 * Math.log(1 - uniform(seed, 0, operation, 2 * i))) * Math.cos(2 * Math.PI * uniform(seed, 0, operation, 2 * i + 1));
    return new Linear(new DenseWeight(this.#made(`${name}.weight`, [outputs, inputs], normal)), this.vector(`${name}.bias`, outputs));
  }

  vector(name: string, width: number, value = 0): Tensor {
    return this.#made(name, [width], () => value);
  }

  norm(name: string, width: number, epsilon: number): LayerNorm {
    return new LayerNorm(this.vector(`${name}.weight`, width, 1), this.vector(`${name}.bias`, width), epsilon);
  }
}

function headSteps(
  { head, outputs = 1 }: TrainableEncoderOptions,
  config: EncoderConfig,
  encoder: Encoder,
  make: HeadMaker,
  family: string,
): HeadStep[] {
  const { kind, width, epsilon } = config;
  if (head === "none") return [];
  if (head === "tokens") return [new HeadStep(make.linear("classifier", outputs, width), true)];
  if (head === "answers") return [new HeadStep(make.linear("qa_outputs", outputs, width), false)];
  if (head === "words") {
    const [dense, norm, bias] = wordNames[kind];
    const first = new HeadStep(make.linear(dense, width, width), false, "gelu", make.norm(norm, width, epsilon));
    return [first, new HeadStep(new Linear(encoder.words, make.vector(bias, config.vocabularySize)), false)];
  }
  const [dense, activation, out] = {
    bert: [`${family}pooler.dense`, "tanh", "classifier"],
    roberta: ["classifier.dense", "tanh", "classifier.out_proj"],
    "xlm-roberta": ["classifier.dense", "tanh", "classifier.out_proj"],
    distilbert: ["pre_classifier", "relu", "classifier"],
  }[kind] as [string, HeadActivation, string];
  const isRoberta = kind === "roberta" || kind === "xlm-roberta";
  return [new HeadStep(make.linear(dense, width, width), isRoberta, activation), new HeadStep(make.linear(out, outputs, width), true)];
}
