// Layers by the name of their class: what saved models are made of again.
import { InkstoneError } from "../../core/index.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { AdditiveAttention, Attention } from "./attention.ts";
import { BatchNormalization } from "./batch-normalization.ts";
import { Bidirectional } from "./bidirectional.ts";
import { Conv1D } from "./conv-1d.ts";
import { Dense } from "./dense.ts";
import { Dropout, SpatialDropout1D } from "./dropout.ts";
import { Embedding } from "./embedding.ts";
import { GRU } from "./gru.ts";
import { LSTM } from "./lstm.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "./merging.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";
import { LayerNormalization, RMSNormalization } from "./normalization.ts";
import { AveragePooling1D, GlobalAveragePooling1D, GlobalMaxPooling1D, MaxPooling1D } from "./pooling-1d.ts";
import { PositionEmbedding, SinePositionEncoding } from "./positions.ts";
import { ActivationLayer, Flatten, Reshape } from "./shaping.ts";
import { SimpleRNN } from "./simple-rnn.ts";
import { Lambda, Masking, Permute, RepeatVector } from "./steps.ts";
import { TimeDistributed } from "./time-distributed.ts";
import { TransformerDecoder, TransformerEncoder } from "./transformer.ts";

/** A layer as plain data: its class, and the options that it was made with. */
export interface LayerDescription {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A class of layers, made of options. */
export type LayerClass = new (options: never) => Layer;

/** The layers of this library by the name of their class. */
export const layerClasses: Readonly<Record<string, LayerClass>> = {
  Add,
  Average,
  BatchNormalization,
  Concatenate,
  Lambda,
  Masking,
  Maximum,
  Minimum,
  Multiply,
  Permute,
  RepeatVector,
  Subtract,
  ActivationLayer,
  AdditiveAttention,
  Attention,
  AveragePooling1D,
  Bidirectional,
  Conv1D,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GRU,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
  LSTM,
  LayerNormalization,
  MaxPooling1D,
  MultiHeadAttention,
  PositionEmbedding,
  RMSNormalization,
  Reshape,
  SimpleRNN,
  SinePositionEncoding,
  SpatialDropout1D,
  TimeDistributed,
  TransformerDecoder,
  TransformerEncoder,
};

/**
 * A layer as plain data; layers among its options, too. Errors: `E_MODEL_LAYERS` where an option is a function.
 *
 * @example
 * describeLayer(new Dense({ units: 2, name: "out" })); // { class: "Dense", config: { units: 2, name: "out" } }
 */
export function describeLayer(layer: Layer): LayerDescription {
  const config = Object.entries({ ...layer.options, name: layer.name, ...(layer.trainable ? {} : { trainable: false }) }).map(
    ([option, value]) => [option, describe(layer, option, value)] as const,
  );
  const { className } = layer;
  if (className === undefined) {
    const why = { en: "its class declares no static className, by which it could be made again", zh: "其类未声明用于重新创建的 static className" };
    throw new InkstoneError("E_MODEL_LAYERS", { layer: layer.name, why });
  }
  return { class: className, config: Object.fromEntries(config.filter(([, value]) => value !== undefined)) };
}

function describe(layer: Layer, option: string, value: unknown): unknown {
  if (value instanceof Layer) return describeLayer(value);
  // What a weight begins with is of no use to one that is opened: its values are saved.
  if (typeof value === "function" && option.toLowerCase().endsWith("initializer")) return undefined;
  if (typeof value === "function") {
    throw new InkstoneError("E_MODEL_LAYERS", {
      layer: layer.name,
      why: { en: `its option ${option} is a function, which cannot be saved`, zh: `选项 ${option} 是函数，无法保存` },
    });
  }
  return value;
}

/**
 * The layer of a description. `custom`: classes of the program, by name. Errors: `E_MODEL_LAYERS` for a class that is not known.
 *
 * @example
 * makeLayer({ class: "Dense", config: { units: 2 } }).name; // "dense"
 */
export function makeLayer(description: LayerDescription, custom: Readonly<Record<string, LayerClass>> = {}): Layer {
  const { class: name, config } = description;
  const found = [custom, layerClasses].find((classes) => Object.hasOwn(classes, name))?.[name];
  if (found === undefined) {
    const why = { en: `its class "${name}" is not known; give it as layers: { ${name} }`, zh: `未知的类“${name}”；请以 layers: { ${name} } 提供` };
    throw new InkstoneError("E_MODEL_LAYERS", { layer: String(config["name"] ?? name), why });
  }
  const options = Object.entries(config).map(([option, value]) => [option, isDescription(value) ? makeLayer(value, custom) : value]);
  return new (found as new (options: LayerOptions) => Layer)(Object.fromEntries(options) as LayerOptions);
}

function isDescription(value: unknown): value is LayerDescription {
  return typeof value === "object" && value !== null && "class" in value && "config" in value;
}
