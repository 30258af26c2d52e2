// A complete llama with random weights in a few hundred KiB: for tests of the engine, the command line and the server, which then take milliseconds.
import { writeFileSync } from "node:fs";
import { bool, f32, list, type TensorSpec, text, u32, type Value, writeGguf } from "./gguf-writer.ts";
import { quantize, type WrittenType } from "./quantize.ts";

/** What may differ from the usual one; the same options give the same bytes. */
export interface TinyLlamaOptions {
  /** Type of every matrix (default Q4_1), and of the embedding (default Q8_0). Norms are F32. */
  readonly type?: WrittenType;
  readonly embeddingType?: WrittenType;
  readonly seed?: number;
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly feedForward?: number;
  readonly contextLength?: number;
  /** Whether the head is the embedding (default) or a matrix of its own. */
  readonly tied?: boolean;
  /** Replaces values by key, or takes them away (undefined). */
  readonly metadata?: Readonly<Record<string, Value | undefined>>;
  /** Changes the list of tensors before it is written. */
  readonly tensors?: (tensors: TensorSpec[]) => readonly TensorSpec[];
  /** No tensors, only the vocabulary. */
  readonly vocabularyOnly?: boolean;
}

const SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const WORDS = [" the", " and", " is", " a", " to", "in", "er", " you", "Hello", " of", "user", "system", "assistant", " are", "你好", "。", "\n\n"];
const TEMPLATE =
  "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a tiny model<|im_end|>\n' }}{% endif %}" +
  "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** The bytes of a tiny llama: 2 layers, width 64, 4 heads, 2 key-value heads, byte-level BPE with a few merges, a chat template like SmolLM2's. */
export function tinyLlama(options: TinyLlamaOptions = {}): Buffer {
  const { tokens, merges } = vocabulary();
  const metadata = { ...hyperParameters(options, tokens.length), ...tokenizer(tokens, merges), ...options.metadata };
  const tensors = options.vocabularyOnly ? [] : weights(options, tokens.length);
  return writeGguf({
    metadata: Object.entries(metadata).filter((entry): entry is [string, Value] => entry[1] !== undefined),
    tensors: options.tensors?.(tensors) ?? tensors,
  });
}

/** Writes one to a path, and returns the path. */
export function writeTinyLlama(path: string, options: TinyLlamaOptions = {}): string {
  writeFileSync(path, tinyLlama(options));
  return path;
}

function hyperParameters(options: TinyLlamaOptions, vocabularySize: number): Record<string, Value> {
  const { layers = 2, width = 64, heads = 4, keyValueHeads = 2, feedForward = 128, contextLength = 512 } = options;
  return {
    "general.architecture": text("llama"),
    "general.name": text("Tiny test llama"),
    "llama.block_count": u32(layers),
    "llama.context_length": u32(contextLength),
    "llama.embedding_length": u32(width),
    "llama.feed_forward_length": u32(feedForward),
    "llama.attention.head_count": u32(heads),
    "llama.attention.head_count_kv": u32(keyValueHeads),
    "llama.rope.freq_base": f32(10000),
    "llama.attention.layer_norm_rms_epsilon": f32(1e-5),
    "llama.vocab_size": u32(vocabularySize),
    "llama.rope.dimension_count": u32(width / heads),
  };
}

function tokenizer(tokens: readonly string[], merges: readonly string[]): Record<string, Value> {
  return {
    "tokenizer.ggml.model": text("gpt2"),
    "tokenizer.ggml.pre": text("smollm"),
    "tokenizer.ggml.tokens": list("string", tokens),
    "tokenizer.ggml.token_type": list(
      "int32",
      tokens.map((token) => (SPECIAL.includes(token) ? 3 : 1)),
    ),
    "tokenizer.ggml.merges": list("string", merges),
    "tokenizer.ggml.add_bos_token": bool(false),
    "tokenizer.ggml.bos_token_id": u32(1),
    "tokenizer.ggml.eos_token_id": u32(2),
    "tokenizer.ggml.unknown_token_id": u32(0),
    "tokenizer.ggml.padding_token_id": u32(2),
    "tokenizer.chat_template": text(TEMPLATE),
  };
}

// The printable stand-ins of byte-level BPE: bytes that print stand for themselves, the others for U+0100 and up. Source: GPT-2.
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(prints ? byte : next++);
  });
}

// Each word is built from left to right, one merge a character.
function vocabulary(): { tokens: string[]; merges: string[] } {
  const characters = byteCharacters();
  const tokens = new Set([...SPECIAL, ...characters]);
  const merges = new Set<string>();
  for (const word of WORDS) {
    const parts = [...Buffer.from(word)].map((byte) => characters[byte]);
    parts.reduce((left, right) => {
      merges.add(`${left} ${right}`);
      tokens.add(left + right);
      return left + right;
    });
  }
  return { tokens: [...tokens], merges: [...merges] };
}

function weights(options: TinyLlamaOptions, vocabularySize: number): TensorSpec[] {
  const { layers = 2, width = 64, heads = 4, keyValueHeads = 2, feedForward = 128, type = "Q4_1", embeddingType = "Q8_0", tied = true } = options;
  const random = generator(options.seed ?? 1);
  const matrix = (name: string, outputs: number, inputs: number, as: WrittenType = type): TensorSpec => {
    const scale = name.startsWith("token_embd") || name === "output.weight" ? 1 : 1 / Math.sqrt(inputs);
    const values = Float32Array.from({ length: outputs * inputs }, () => scale * 3.4641 * (random() - 0.5));
    return { name, shape: [outputs, inputs], type: as, data: quantize(as, values) };
  };
  const norm = (name: string): TensorSpec => ({
    name,
    shape: [width],
    type: "F32",
    data: quantize(
      "F32",
      Float32Array.from({ length: width }, () => 0.75 + 0.5 * random()),
    ),
  });
  const keys = (width / heads) * keyValueHeads;
  const tensors = [matrix("token_embd.weight", vocabularySize, width, embeddingType)];
  for (let i = 0; i < layers; i++) {
    const at = `blk.${i}`;
    tensors.push(norm(`${at}.attn_norm.weight`), matrix(`${at}.ffn_down.weight`, width, feedForward));
    tensors.push(
      matrix(`${at}.ffn_gate.weight`, feedForward, width),
      matrix(`${at}.ffn_up.weight`, feedForward, width),
      norm(`${at}.ffn_norm.weight`),
    );
    tensors.push(matrix(`${at}.attn_k.weight`, keys, width), matrix(`${at}.attn_output.weight`, width, width));
    tensors.push(matrix(`${at}.attn_q.weight`, width, width), matrix(`${at}.attn_v.weight`, keys, width));
  }
  tensors.push(norm("output_norm.weight"));
  if (!tied) tensors.push(matrix("output.weight", vocabularySize, width, embeddingType));
  return tensors;
}

// xorshift32: enough for weights, the same everywhere.
function generator(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
