// What a config.json says about an encoder, checked. Knows no weights.
import { InkstoneError, type Phrase } from "../../core/index.ts";

/** Sizes and choices of an encoder. */
export interface EncoderConfig {
  /** Its `model_type`. */
  readonly kind: EncoderKind;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly vocabularySize: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /** The position of the first token: 0, or behind the padding's own (RoBERTa). */
  readonly firstPosition: number;
  /** Rows of the table of token types; 0: there is none. */
  readonly types: number;
  readonly epsilon: number;
  readonly activation: "gelu" | "gelu_new" | "relu";
  /** Names of the classes of a head. */
  readonly labels: readonly string[];
}

/** Values of `model_type` that are encoders. */
export const encoderKinds = ["bert", "roberta", "xlm-roberta", "distilbert"] as const;

/** Values of `model_type`. */
export type EncoderKind = (typeof encoderKinds)[number];

type Json = Readonly<Record<string, unknown>>;

function invalid(key: string, value: unknown, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_MODEL_CONFIG", { key, value: value === undefined ? { en: "(missing)", zh: "（缺失）" } : String(value), allowed });
}

function size(config: Json, key: string, low: number, high: number): number {
  const value = config[key];
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high)
    throw invalid(key, value, { en: `a whole number from ${low} to ${high}`, zh: `${low} 到 ${high} 的整数` });
  return value;
}

function oneOf<T extends string>(config: Json, key: string, allowed: readonly T[], fallback?: T): T {
  const value = config[key] ?? fallback;
  if (!allowed.includes(value as T)) throw invalid(key, value, allowed);
  return value as T;
}

function labelsOf(config: Json): string[] {
  const { id2label: names, num_labels: count } = config;
  if (typeof names === "object" && names !== null) return Object.values(names as Json).map(String);
  return Array.from({ length: typeof count === "number" ? Math.min(Math.max(count, 0), 65_536) : 0 }, (_, i) => `LABEL_${i}`);
}

/**
 * The configuration of BERT and its kin. Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG` naming KEY=VALUE and what is allowed.
 *
 * @example
 * const sizes = { num_hidden_layers: 6, hidden_size: 384, num_attention_heads: 12, intermediate_size: 1536, vocab_size: 30522, max_position_embeddings: 512 };
 * encoderConfig({ model_type: "bert", ...sizes }).heads; // 12
 * encoderConfig({ model_type: "bert", ...sizes, num_attention_heads: 7 }); // throws E_MODEL_CONFIG
 */
export function encoderConfig(json: Json): EncoderConfig {
  const type = json.model_type;
  const kind = encoderKinds.find((known) => known === type);
  if (kind === undefined) throw new InkstoneError("E_MODEL_ARCHITECTURE", { architecture: String(type), supported: encoderKinds.join(", ") });
  const distil = kind === "distilbert";
  const width = size(json, distil ? "dim" : "hidden_size", 16, 65_536);
  const headKey = distil ? "n_heads" : "num_attention_heads";
  const heads = size(json, headKey, 1, 1024);
  if (width % heads !== 0) throw invalid(headKey, heads, { en: `a divisor of ${width}`, zh: `${width} 的约数` });
  oneOf(json, "position_embedding_type", ["absolute"], "absolute");
  const epsilon = json.layer_norm_eps ?? 1e-12;
  if (typeof epsilon !== "number" || !(epsilon > 0 && epsilon < 0.1))
    throw invalid("layer_norm_eps", epsilon, { en: "a number from 1e-12 to 0.1", zh: "1e-12 到 0.1 的数" });
  const isRoberta = kind === "roberta" || kind === "xlm-roberta";
  return {
    kind,
    layers: size(json, distil ? "n_layers" : "num_hidden_layers", 1, 1024),
    width,
    heads,
    mlpWidth: size(json, distil ? "hidden_dim" : "intermediate_size", 16, 1_048_576),
    vocabularySize: size(json, "vocab_size", 1, 2 ** 24),
    positions: size(json, "max_position_embeddings", 1, 2 ** 20),
    firstPosition: isRoberta ? (typeof json.pad_token_id === "number" ? size(json, "pad_token_id", 0, 2 ** 20) : 1) + 1 : 0,
    types: distil ? 0 : typeof json.type_vocab_size === "number" ? size(json, "type_vocab_size", 0, 1024) : 2,
    epsilon,
    activation: oneOf(json, distil ? "activation" : "hidden_act", ["gelu", "gelu_new", "relu"], "gelu"),
    labels: labelsOf(json),
  };
}

/** Names of the masked-word head: its first matrix, its norm, the bias of the words. */
export const wordNames: Readonly<Record<EncoderKind, readonly [dense: string, norm: string, bias: string]>> = {
  bert: ["cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"],
  roberta: ["lm_head.dense", "lm_head.layer_norm", "lm_head.bias"],
  "xlm-roberta": ["lm_head.dense", "lm_head.layer_norm", "lm_head.bias"],
  distilbert: ["vocab_transform", "vocab_layer_norm", "vocab_projector.bias"],
};
