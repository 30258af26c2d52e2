// Llama family: pre-norm decoder, RMS norm, rotary positions, grouped-query attention, SwiGLU. Declared choices over shared layers.
import type { GgufMetadata } from "../formats/index.ts";
import { Decoder, DecoderBlock, GatedMlp, GroupedQueryAttention, Linear, RMSNorm, RotaryPositions, TokenEmbedding } from "../nn/index.ts";
import { type Architecture, type DecoderConfig, hyperParameter, requireConfig, type WeightShape } from "./architecture.ts";

/** Hyper-parameters of the family. */
export interface LlamaConfig extends DecoderConfig {
  readonly mlpWidth: number;
  readonly epsilon: number;
  readonly rotaryBase: number;
  /** Positions are divided by this. */
  readonly rotaryScale: number;
}

function config(metadata: GgufMetadata): LlamaConfig {
  const key = (name: string) => `llama.${name}`;
  const width = hyperParameter(metadata, key("embedding_length"), { low: 16, high: 65_536 });
  const heads = hyperParameter(metadata, key("attention.head_count"), { low: 1, high: 1024 });
  const keyValueHeads = hyperParameter(metadata, key("attention.head_count_kv"), { low: 1, high: heads, fallback: heads });
  requireConfig(heads % keyValueHeads === 0, key("attention.head_count_kv"), keyValueHeads, `a divisor of ${heads}`);
  const declared = metadata.numberOr(key("attention.key_length"), undefined);
  requireConfig(declared !== undefined || width % heads === 0, key("attention.head_count"), heads, `a divisor of ${width}`);
  const headWidth = declared ?? width / heads;
  requireConfig(
    Number.isInteger(headWidth) && headWidth >= 16 && headWidth <= 1024 && headWidth % 16 === 0,
    key("attention.key_length"),
    headWidth,
    "a multiple of 16, at most 1024",
  );
  const turned = hyperParameter(metadata, key("rope.dimension_count"), { low: 2, high: headWidth, fallback: headWidth });
  requireConfig(turned === headWidth, key("rope.dimension_count"), turned, String(headWidth));
  const scaling = metadata.stringOr(key("rope.scaling.type"), "none");
  requireConfig(scaling === "none" || scaling === "linear", key("rope.scaling.type"), scaling, "none, linear");
  return {
    layers: hyperParameter(metadata, key("block_count"), { low: 1, high: 1024 }),
    width,
    heads,
    keyValueHeads,
    headWidth,
    contextLength: hyperParameter(metadata, key("context_length"), { low: 1, high: 2 ** 24 }),
    vocabularySize: vocabularySize(metadata),
    mlpWidth: hyperParameter(metadata, key("feed_forward_length"), { low: 16, high: 1_048_576 }),
    epsilon: hyperParameter(metadata, key("attention.layer_norm_rms_epsilon"), { low: 1e-12, high: 0.1, whole: false }),
    rotaryBase: hyperParameter(metadata, key("rope.freq_base"), { low: 1, high: 1e12, whole: false, fallback: 10_000 }),
    rotaryScale: scaling === "none" ? 1 : hyperParameter(metadata, key("rope.scaling.factor"), { low: 1e-3, high: 1e6, whole: false }),
  };
}

// The token list says how many there are; a declared number must agree.
function vocabularySize(metadata: GgufMetadata): number {
  const counted = metadata.has("tokenizer.ggml.tokens") ? metadata.count("tokenizer.ggml.tokens") : undefined;
  const size = hyperParameter(metadata, "llama.vocab_size", { low: 1, high: 2 ** 24, fallback: counted });
  requireConfig(counted === undefined || counted === size, "llama.vocab_size", size, String(counted));
  return size;
}

function weights(c: LlamaConfig, has: (name: string) => boolean): WeightShape[] {
  const q = c.heads * c.headWidth;
  const kv = c.keyValueHeads * c.headWidth;
  const layer = (i: number): WeightShape[] => [
    { name: `layers.${i}.attentionNorm.weight`, shape: [c.width] },
    { name: `layers.${i}.attention.query.weight`, shape: [q, c.width] },
    { name: `layers.${i}.attention.key.weight`, shape: [kv, c.width] },
    { name: `layers.${i}.attention.value.weight`, shape: [kv, c.width] },
    { name: `layers.${i}.attention.output.weight`, shape: [c.width, q] },
    { name: `layers.${i}.mlpNorm.weight`, shape: [c.width] },
    { name: `layers.${i}.mlp.gate.weight`, shape: [c.mlpWidth, c.width] },
    { name: `layers.${i}.mlp.up.weight`, shape: [c.mlpWidth, c.width] },
    { name: `layers.${i}.mlp.down.weight`, shape: [c.width, c.mlpWidth] },
  ];
  const head = { name: "head.weight", shape: [c.vocabularySize, c.width] };
  return [
    { name: "embedding.weight", shape: [c.vocabularySize, c.width] },
    ...Array.from({ length: c.layers }, (_, i) => layer(i)).flat(),
    { name: "norm.weight", shape: [c.width] },
    ...(has(head.name) ? [head] : []),
  ];
}

/** Llama 1 to 3, SmolLM2, Mistral as GGUF files. Touvron et al. 2023, arXiv:2302.13971. The head is tied to the embedding where the file has none of its own. */
export const llama: Architecture<LlamaConfig> = {
  names: ["llama"],
  config,
  weights,
  build: (c, source, device, positions) => {
    const linear = (name: string, outputs: number, inputs: number) => new Linear(source.matrix(name, outputs, inputs));
    const norm = (name: string) => new RMSNorm(source.vector(name, c.width), c.epsilon);
    // GGUF files of this family keep the rows of q and k so that neighbours make a pair.
    const options = { width: c.headWidth, base: c.rotaryBase, scale: c.rotaryScale, positions, adjacent: true };
    const rotary = source.own(new RotaryPositions(device, options));
    const q = c.heads * c.headWidth;
    const kv = c.keyValueHeads * c.headWidth;
    const embedding = new TokenEmbedding(source.matrix("embedding.weight", c.vocabularySize, c.width));
    const block = (i: number) =>
      new DecoderBlock({
        attentionNorm: norm(`layers.${i}.attentionNorm.weight`),
        attention: new GroupedQueryAttention({
          query: linear(`layers.${i}.attention.query.weight`, q, c.width),
          key: linear(`layers.${i}.attention.key.weight`, kv, c.width),
          value: linear(`layers.${i}.attention.value.weight`, kv, c.width),
          output: linear(`layers.${i}.attention.output.weight`, c.width, q),
          heads: c.heads,
          keyValueHeads: c.keyValueHeads,
          width: c.headWidth,
          positions: rotary,
          layer: i,
        }),
        mlpNorm: norm(`layers.${i}.mlpNorm.weight`),
        mlp: new GatedMlp({
          gate: linear(`layers.${i}.mlp.gate.weight`, c.mlpWidth, c.width),
          up: linear(`layers.${i}.mlp.up.weight`, c.mlpWidth, c.width),
          down: linear(`layers.${i}.mlp.down.weight`, c.width, c.mlpWidth),
        }),
      });
    return new Decoder({
      embedding,
      layers: Array.from({ length: c.layers }, (_, i) => block(i)),
      norm: norm("norm.weight"),
      head: source.has("head.weight") ? source.matrix("head.weight", c.vocabularySize, c.width) : embedding.weight,
    });
  },
  gguf: {
    "embedding.weight": "token_embd.weight",
    "norm.weight": "output_norm.weight",
    "head.weight": "output.weight",
    "layers.{i}.attentionNorm.weight": "blk.{i}.attn_norm.weight",
    "layers.{i}.attention.query.weight": "blk.{i}.attn_q.weight",
    "layers.{i}.attention.key.weight": "blk.{i}.attn_k.weight",
    "layers.{i}.attention.value.weight": "blk.{i}.attn_v.weight",
    "layers.{i}.attention.output.weight": "blk.{i}.attn_output.weight",
    "layers.{i}.mlpNorm.weight": "blk.{i}.ffn_norm.weight",
    "layers.{i}.mlp.gate.weight": "blk.{i}.ffn_gate.weight",
    "layers.{i}.mlp.up.weight": "blk.{i}.ffn_up.weight",
    "layers.{i}.mlp.down.weight": "blk.{i}.ffn_down.weight",
  },
};
