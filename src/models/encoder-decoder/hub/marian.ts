// Marian's models as the hub has them (opus-mt): an encoder and a decoder of attention, norms after. Knows no text.
import { HistoryAttention, type LayerNorm, Linear, MemoryAttention, Mlp, StepBlock, StepDecoder, TokenEmbedding } from "../../../nn/index.ts";
import { gelu, relu, silu, type Tensor } from "../../../tensor/index.ts";
import { SegmentAttention, SegmentBlock } from "../../encoder/encoder.ts";
import type { Settings } from "../../settings.ts";
import { encoderOf } from "../marian/network.ts";
import type { PartReader } from "../writing/engine-weights.ts";
import { sinusoidTable } from "../writing/sinusoids.ts";
import type { TextToTextParts } from "../writing/text-to-text.ts";

const EPSILON = 1e-5;
const activations = { swish: silu, silu, relu, gelu: (x: Tensor) => gelu(x) } as const;

const size = (settings: Settings, key: string, high: number, fallback?: number) =>
  settings.number({ hub: [key] }, { low: 1, high, ...(fallback === undefined ? {} : { fallback }) });

/** What its config.json says. */
function sizesOf(settings: Settings) {
  const width = size(settings, "d_model", 65_536);
  const heads = size(settings, "decoder_attention_heads", 1024);
  settings.require(width % heads === 0, { hub: ["decoder_attention_heads"] }, heads, { en: `a divisor of ${width}`, zh: `${width} 的约数` });
  const reads = size(settings, "encoder_attention_heads", 1024, heads);
  settings.require(width % reads === 0, { hub: ["encoder_attention_heads"] }, reads, { en: `a divisor of ${width}`, zh: `${width} 的约数` });
  const vocabularySize = size(settings, "vocab_size", 2 ** 24);
  const written = size(settings, "decoder_vocab_size", 2 ** 24, vocabularySize);
  settings.require(written === vocabularySize, { hub: ["decoder_vocab_size"] }, written, [String(vocabularySize)]);
  for (const [key, expected] of [
    ["normalize_before", false],
    ["normalize_embedding", false],
    ["add_final_layer_norm", false],
    ["add_bias_logits", false],
    ["static_position_embeddings", true],
    ["share_encoder_decoder_embeddings", true],
    ["tie_word_embeddings", true],
  ] as const)
    settings.require(settings.flag({ hub: [key] }, expected) === expected, { hub: [key] }, !expected, [String(expected)]);
  // Of older converters: they say nothing that is not said above.
  for (const key of [
    "num_hidden_layers",
    "extra_pos_embeddings",
    "encoder_layerdrop",
    "decoder_layerdrop",
    "init_std",
    "layernorm_embedding",
    "classif_dropout",
    "classifier_dropout",
    "do_blenderbot_90_layernorm",
  ])
    settings.has({ hub: [key] });
  return {
    width,
    heads,
    reads,
    vocabularySize,
    positions: size(settings, "max_position_embeddings", 65_536),
    encoderLayers: size(settings, "encoder_layers", 1024),
    decoderLayers: size(settings, "decoder_layers", 1024),
    encoderInner: size(settings, "encoder_ffn_dim", 1_048_576),
    decoderInner: size(settings, "decoder_ffn_dim", 1_048_576),
    activation: settings.text({ hub: ["activation_function"] }, ["swish", "silu", "relu", "gelu"], "gelu"),
    scaled: settings.flag({ hub: ["scale_embedding"] }, false),
  } as const;
}

/** Wires it. Errors: `E_MODEL_CONFIG`, `E_MODEL_TENSORS`. */
export function buildHubMarian(
  settings: Settings,
  ids: { readonly start: number; readonly end: number; readonly never: readonly number[] },
  reader: PartReader,
): TextToTextParts {
  const sizes = sizesOf(settings);
  const { width, heads, vocabularySize, positions } = sizes;
  settings.refuseOthers();
  const norm = (at: string): LayerNorm => reader.norm(`${at}.weight`, `${at}.bias`, width, EPSILON);
  const linear = (at: string, outputs: number, inputs: number) => reader.linear(`${at}.weight`, `${at}.bias`, outputs, inputs);
  const square = (at: string) => linear(at, width, width);
  const attention = (at: string) => ({
    query: square(`${at}.q_proj`),
    key: square(`${at}.k_proj`),
    value: square(`${at}.v_proj`),
    output: square(`${at}.out_proj`),
  });
  const mlp = (at: string, inner: number) =>
    new Mlp({ up: linear(`${at}.fc1`, inner, width), down: linear(`${at}.fc2`, width, inner), activation: activations[sizes.activation] });
  const words = reader.matrix("model.shared.weight", vocabularySize, width);
  const table = reader.tensor(sinusoidTable(positions, width, width / 2), [positions, width]);
  const layers = Array.from({ length: sizes.encoderLayers }, (_, i) => {
    const at = `model.encoder.layers.${i}`;
    return new SegmentBlock({
      attention: new SegmentAttention({ ...attention(`${at}.self_attn`), heads: sizes.reads }),
      attentionNorm: norm(`${at}.self_attn_layer_norm`),
      mlp: mlp(at, sizes.encoderInner),
      mlpNorm: norm(`${at}.final_layer_norm`),
    });
  });
  const writes = Array.from({ length: sizes.decoderLayers }, (_, layer) => {
    const at = `model.decoder.layers.${layer}`;
    const parts = { heads, width: width / heads, layer };
    return new StepBlock({
      past: new HistoryAttention({ ...attention(`${at}.self_attn`), ...parts }),
      pastNorm: norm(`${at}.self_attn_layer_norm`),
      memory: new MemoryAttention({ ...attention(`${at}.encoder_attn`), ...parts }),
      memoryNorm: norm(`${at}.encoder_attn_layer_norm`),
      mlp: mlp(at, sizes.decoderInner),
      mlpNorm: norm(`${at}.final_layer_norm`),
      place: "post",
    });
  });
  const factor = sizes.scaled ? Math.sqrt(width) : 1;
  const decoder = new StepDecoder({
    embedding: new TokenEmbedding(words),
    embeddingScale: factor,
    positions: table,
    layers: writes,
    head: new Linear(words, reader.vector("final_logits_bias", vocabularySize)),
  });
  return {
    architecture: "marian",
    sizes: { layers: sizes.decoderLayers, width, heads, headWidth: width / heads, vocabularySize, positions, past: "history" },
    encoder: encoderOf(words, table, layers, factor),
    decoder,
    parameterCount: decoder.parameterCount + layers.reduce((sum, layer) => sum + layer.parameterCount, 0),
    ...ids,
    longest: positions,
    owned: reader.owned,
  };
}
