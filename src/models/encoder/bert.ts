// BERT, RoBERTa, XLM-RoBERTa, DistilBERT: where each weight lies in a Hub file, and how they are wired. Knows no text.

import { InkstoneError } from "../../core/index.ts";
import { LayerNorm, Linear, Mlp } from "../../nn/index.ts";
import { type Device, gelu, relu, type Tensor, tensor } from "../../tensor/index.ts";
import { missingWeight, otherShape } from "../weights/reading.ts";
import type { EncoderConfig } from "./config.ts";
import { Encoder, SegmentAttention, SegmentBlock } from "./encoder.ts";
import type { NamedWeights } from "./named-weights.ts";
import { denseMaker, type WeightMaker } from "./weight-makers.ts";

/** Names of one family's weights; `{i}` is the layer. */
interface Names {
  readonly words: string;
  readonly positions: string;
  readonly types: string;
  readonly norm: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly mlpNorm: string;
}

const bert: Names = {
  words: "embeddings.word_embeddings.weight",
  positions: "embeddings.position_embeddings.weight",
  types: "embeddings.token_type_embeddings.weight",
  norm: "embeddings.LayerNorm",
  query: "encoder.layer.{i}.attention.self.query",
  key: "encoder.layer.{i}.attention.self.key",
  value: "encoder.layer.{i}.attention.self.value",
  output: "encoder.layer.{i}.attention.output.dense",
  attentionNorm: "encoder.layer.{i}.attention.output.LayerNorm",
  up: "encoder.layer.{i}.intermediate.dense",
  down: "encoder.layer.{i}.output.dense",
  mlpNorm: "encoder.layer.{i}.output.LayerNorm",
};

const distilbert: Names = {
  ...bert,
  query: "transformer.layer.{i}.attention.q_lin",
  key: "transformer.layer.{i}.attention.k_lin",
  value: "transformer.layer.{i}.attention.v_lin",
  output: "transformer.layer.{i}.attention.out_lin",
  attentionNorm: "transformer.layer.{i}.sa_layer_norm",
  up: "transformer.layer.{i}.ffn.lin1",
  down: "transformer.layer.{i}.ffn.lin2",
  mlpNorm: "transformer.layer.{i}.output_layer_norm",
};

/** What a model class may put before the names of its trunk. */
const prefixes = ["", "bert.", "roberta.", "distilbert.", "model."];

const activations = { gelu: (x: Tensor) => gelu(x, { approximate: "none" }), gelu_new: (x: Tensor) => gelu(x), relu } as const;

/** A trunk and what was made for it. */
export interface BuiltEncoder {
  readonly encoder: Encoder;
  /** What stands before its names in the file. */
  readonly prefix: string;
  /** To be freed with it. */
  readonly owned: readonly { dispose(): void }[];
  /** Its weights by their names in the file. */
  readonly made: ReadonlyMap<string, Tensor | ReturnType<WeightMaker>>;
}

/** Reads weights of one file, checked by shape; everything made is kept to be freed. */
export class WeightReader {
  readonly owned: { dispose(): void }[] = [];
  /** What was made, by its name in the file. */
  readonly made: Map<string, Tensor | ReturnType<WeightMaker>> = new Map();
  readonly #weights: NamedWeights;
  readonly #device: Device;
  readonly #make: WeightMaker;

  constructor(weights: NamedWeights, device: Device, make: WeightMaker) {
    this.#weights = weights;
    this.#device = device;
    this.#make = make;
  }

  values(name: string, shape: readonly number[]): Float32Array {
    const found = this.#weights.shape(name);
    if (found?.join() !== shape.join()) {
      const problems = found === undefined ? missingWeight(name) : otherShape(name, found, shape);
      throw new InkstoneError("E_MODEL_TENSORS", { problems });
    }
    return this.#weights.values(name);
  }

  own<T extends Tensor | ReturnType<WeightMaker>>(name: string, made: T): T {
    this.owned.push(made);
    this.made.set(name, made);
    return made;
  }

  vector(name: string, width: number): Tensor {
    return this.own(name, tensor(this.values(name, [width]), [width], { device: this.#device }));
  }

  /** `dense`: small tables that are only looked up. */
  matrix(name: string, outputs: number, inputs: number, make: WeightMaker = this.#make): ReturnType<WeightMaker> {
    return this.own(name, make(this.values(name, [outputs, inputs]), outputs, inputs));
  }

  linear(name: string, outputs: number, inputs: number): Linear {
    return new Linear(this.matrix(`${name}.weight`, outputs, inputs), this.vector(`${name}.bias`, outputs));
  }

  norm(name: string, width: number, epsilon: number): LayerNorm {
    return new LayerNorm(this.vector(`${name}.weight`, width), this.vector(`${name}.bias`, width), epsilon);
  }

  dispose(): void {
    for (const part of this.owned) part.dispose();
  }
}

/** Wires the encoder of a configuration from weights by their Hub names. Errors: `E_MODEL_TENSORS`, `E_MEMORY`; nothing stays allocated then. */
export function buildEncoder(config: EncoderConfig, weights: NamedWeights, device: Device, make: WeightMaker): BuiltEncoder {
  const names = config.kind === "distilbert" ? distilbert : bert;
  const prefix = prefixes.find((before) => weights.shape(before + names.words) !== undefined) ?? "";
  const reader = new WeightReader(weights, device, make);
  try {
    return { encoder: wired(config, names, prefix, reader, denseMaker(device)), prefix, owned: reader.owned, made: reader.made };
  } catch (error) {
    reader.dispose();
    throw error;
  }
}

function wired(config: EncoderConfig, names: Names, prefix: string, reader: WeightReader, dense: WeightMaker): Encoder {
  const { width, mlpWidth, heads, epsilon, vocabularySize, positions, types } = config;
  const layer = (i: number): SegmentBlock => {
    const at = (name: string) => prefix + name.replace("{i}", String(i));
    const square = (name: string) => reader.linear(at(name), width, width);
    return new SegmentBlock({
      attention: new SegmentAttention({
        query: square(names.query),
        key: square(names.key),
        value: square(names.value),
        output: square(names.output),
        heads,
      }),
      attentionNorm: reader.norm(at(names.attentionNorm), width, epsilon),
      mlp: new Mlp({
        up: reader.linear(at(names.up), mlpWidth, width),
        down: reader.linear(at(names.down), width, mlpWidth),
        activation: activations[config.activation],
      }),
      mlpNorm: reader.norm(at(names.mlpNorm), width, epsilon),
    });
  };
  return new Encoder({
    words: reader.matrix(prefix + names.words, vocabularySize, width, dense),
    positions: reader.matrix(prefix + names.positions, positions, width, dense),
    types: types === 0 ? undefined : reader.matrix(prefix + names.types, types, width, dense),
    norm: reader.norm(prefix + names.norm, width, epsilon),
    layers: Array.from({ length: config.layers }, (_, i) => layer(i)),
  });
}
