// A tiny model as the hub keeps it: config.json, model.safetensors, tokenizer.json and what says how it is talked to. For tests of folders.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SafetensorsContent, writeSafetensors } from "#formats";

/** What may differ from the usual one. */
export interface HubLlamaOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Files more, or others: name -> text; undefined leaves one out. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  /** Type of the tensors. */
  readonly type?: "F32" | "F16" | "BF16";
}

const [WIDTH, HEADS, GROUPS, HIDDEN, LAYERS] = [64, 4, 2, 96, 2];

// The alphabet of byte-level BPE: printable bytes are themselves, the others lie from U+0100 on.
function alphabet(): string[] {
  const isPlain = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPlain(byte) ? byte : next++));
}

const special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const merges = ["h e", "he l", "l o", "Ġ t", "Ġt he"];

function tokenizer(): string {
  const tokens = [...special, ...alphabet(), ...merges.map((merge) => merge.replace(" ", ""))];
  const added = special.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }));
  const level = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const model = {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
  };
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: level,
    post_processor: null,
    decoder: level,
    model: { ...model, vocab, merges: merges.map((merge) => merge.split(" ")) },
  });
}

function weights(vocabulary: number, type: "F32" | "F16" | "BF16"): SafetensorsContent[] {
  let state = 5;
  const tensor = (name: string, shape: readonly number[], plus = 0): SafetensorsContent => ({
    name,
    shape,
    type,
    values: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return plus + (state / 2 ** 32 - 0.5) * (shape.length === 2 ? 3 / Math.sqrt(shape[1]) : 0.2);
    }),
  });
  const narrow = (WIDTH / HEADS) * GROUPS;
  const layer = (i: number) => {
    const at = `model.layers.${i}`;
    return [
      tensor(`${at}.input_layernorm.weight`, [WIDTH], 1),
      tensor(`${at}.self_attn.q_proj.weight`, [WIDTH, WIDTH]),
      tensor(`${at}.self_attn.k_proj.weight`, [narrow, WIDTH]),
      tensor(`${at}.self_attn.v_proj.weight`, [narrow, WIDTH]),
      tensor(`${at}.self_attn.o_proj.weight`, [WIDTH, WIDTH]),
      tensor(`${at}.post_attention_layernorm.weight`, [WIDTH], 1),
      tensor(`${at}.mlp.gate_proj.weight`, [HIDDEN, WIDTH]),
      tensor(`${at}.mlp.up_proj.weight`, [HIDDEN, WIDTH]),
      tensor(`${at}.mlp.down_proj.weight`, [WIDTH, HIDDEN]),
    ];
  };
  return [
    tensor("model.embed_tokens.weight", [vocabulary, WIDTH]),
    ...Array.from({ length: LAYERS }, (_, i) => layer(i)).flat(),
    tensor("model.norm.weight", [WIDTH], 1),
  ];
}

/** Writes one into a folder, which is made, and returns its path. */
export async function writeHubLlama(folder: string, { config = {}, files = {}, type = "F32" }: HubLlamaOptions = {}): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const vocabulary = special.length + 256 + merges.length;
  const settings = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: WIDTH,
    intermediate_size: HIDDEN,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: GROUPS,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    vocab_size: vocabulary,
    tie_word_embeddings: true,
    hidden_act: "silu",
    bos_token_id: 0,
    eos_token_id: 2,
    ...config,
  };
  const template =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  const all: Record<string, string | undefined> = {
    "config.json": JSON.stringify(settings),
    "tokenizer.json": tokenizer(),
    "tokenizer_config.json": JSON.stringify({ bos_token: "<|endoftext|>", eos_token: "<|im_end|>", chat_template: template }),
    "generation_config.json": JSON.stringify({ eos_token_id: [2, 0] }),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) if (text !== undefined) writeFileSync(join(folder, name), text);
  await writeSafetensors(join(folder, "model.safetensors"), weights(settings.vocab_size, type));
  return folder;
}
