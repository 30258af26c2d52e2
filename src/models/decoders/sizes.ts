// Settings that all decoders have, read and checked once. Knows no weights.
import type { DecoderConfig } from "../architecture.ts";
import type { Field, Settings } from "../settings.ts";

const fields = {
  width: { gguf: "embedding_length", hub: ["hidden_size", "n_embd"] },
  layers: { gguf: "block_count", hub: ["num_hidden_layers", "n_layer"] },
  heads: { gguf: "attention.head_count", hub: ["num_attention_heads", "n_head"] },
  keyValueHeads: { gguf: "attention.head_count_kv", hub: ["num_key_value_heads"] },
  headWidth: { gguf: "attention.key_length", hub: ["head_dim"] },
  context: { gguf: "context_length", hub: ["max_position_embeddings", "n_positions"] },
  vocabulary: { gguf: "vocab_size", hub: ["vocab_size"] },
  mlpWidth: { gguf: "feed_forward_length", hub: ["intermediate_size", "n_inner"] },
  rmsEpsilon: { gguf: "attention.layer_norm_rms_epsilon", hub: ["rms_norm_eps"] },
  layerEpsilon: { gguf: "attention.layer_norm_epsilon", hub: ["layer_norm_eps", "layer_norm_epsilon"] },
  window: { gguf: "attention.sliding_window", hub: ["sliding_window"] },
  tied: { hub: ["tie_word_embeddings"] },
} as const satisfies Record<string, Field>;

/** Sizes of a decoder, with what most families need beside those of running. */
export interface Sizes extends DecoderConfig {
  readonly mlpWidth: number;
  readonly epsilon: number;
  /** Whether the head is the embedding; undefined: where the file has no head. */
  readonly tied: boolean | undefined;
}

/** Reads them. `mlpTimes`: the MLP's width in widths where nothing is said. Errors: `E_MODEL_CONFIG`. */
export function readSizes(
  settings: Settings,
  { norm, tied = false, mlpTimes }: { readonly norm: "rms" | "layer"; readonly tied?: boolean; readonly mlpTimes?: number },
): Sizes {
  const width = settings.number(fields.width, { low: 16, high: 65_536 });
  const heads = settings.number(fields.heads, { low: 1, high: 1024 });
  const keyValueHeads = settings.number(fields.keyValueHeads, { low: 1, high: heads, fallback: heads });
  settings.require(heads % keyValueHeads === 0, fields.keyValueHeads, keyValueHeads, { en: `a divisor of ${heads}`, zh: `${heads} 的约数` });
  settings.require(settings.has(fields.headWidth) || width % heads === 0, fields.heads, heads, {
    en: `a divisor of ${width}`,
    zh: `${width} 的约数`,
  });
  const headWidth = settings.number(fields.headWidth, { low: 0, high: 1024, fallback: width / heads });
  settings.require(headWidth >= 16 && headWidth % 16 === 0, fields.headWidth, headWidth, {
    en: "a multiple of 16, at most 1024",
    zh: "16 的倍数，不超过 1024",
  });
  const epsilon = { low: 1e-12, high: 0.1, whole: false };
  return {
    width,
    heads,
    keyValueHeads,
    headWidth,
    layers: settings.number(fields.layers, { low: 1, high: 1024 }),
    contextLength: settings.number(fields.context, { low: 1, high: 2 ** 24 }),
    vocabularySize: settings.number(fields.vocabulary, { low: 1, high: 2 ** 24 }),
    mlpWidth: settings.number(fields.mlpWidth, { low: 16, high: 1_048_576, fallback: mlpTimes && mlpTimes * width }),
    epsilon: settings.number(norm === "rms" ? fields.rmsEpsilon : fields.layerEpsilon, norm === "rms" ? epsilon : { ...epsilon, fallback: 1e-5 }),
    tied: settings.container === "hub" ? settings.flag(fields.tied, tied) : undefined,
  };
}

/** How many positions are seen; undefined: all. Errors: `E_MODEL_CONFIG`. */
export function readWindow(settings: Settings): number | undefined {
  return settings.has(fields.window) ? settings.number(fields.window, { low: 1, high: 2 ** 24 }) || undefined : undefined;
}

/**
 * Which layers see a window only: what the hub's list of layer types says, else every layer but each `every`th. Errors: `E_MODEL_CONFIG`.
 */
export function windowedLayers(settings: Settings, layers: number, every: number): (layer: number) => boolean {
  const field = { hub: ["layer_types"] };
  const types = settings.list(field);
  settings.require(types === undefined || types.length === layers, field, types?.length, { en: `${layers} entries`, zh: `${layers} 项` });
  for (const type of types ?? [])
    settings.require(type === "sliding_attention" || type === "full_attention", field, type, ["sliding_attention", "full_attention"]);
  return (layer) => (types === undefined ? (layer + 1) % every !== 0 : types[layer] === "sliding_attention");
}
