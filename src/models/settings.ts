// What a model file says of its architecture, whatever the container: GGUF's keys or the hub's config.json. Every key is asked for, known to mean nothing here, or refused.
import { InkstoneError, type Phrase } from "../core/index.ts";
import type { GgufMetadata } from "../formats/index.ts";
import type { Container } from "./weights/store.ts";

/** Where a setting stands: without the architecture's name in GGUF; the first of several names that is there on the hub. */
export interface Field {
  readonly gguf?: string;
  readonly hub?: readonly string[];
}

/** Bounds of a number. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  /** Whole numbers only (default true). */
  readonly whole?: boolean;
  /** A value when the key is missing; without one it is required. */
  readonly fallback?: number;
}

/**
 * The settings of one model. Nested ones of config.json go by names with dots.
 *
 * @example
 * const settings = hubSettings({ model_type: "llama", hidden_size: 64 });
 * settings.number({ hub: ["hidden_size"] }, { low: 1, high: 100 }); // 64
 */
export class Settings {
  readonly container: Container;
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #prefix: string;
  readonly #asked = new Set<string>();

  constructor(container: Container, values: ReadonlyMap<string, unknown>, prefix = "") {
    this.container = container;
    this.#values = values;
    this.#prefix = prefix;
  }

  has(field: Field): boolean {
    return this.#values.has(this.#keyOf(field));
  }

  /** Errors: `E_MODEL_CONFIG` naming KEY=VALUE and what is allowed. */
  number(field: Field, { low, high, whole = true, fallback }: Bounds): number {
    const key = this.#keyOf(field);
    const allowed = { en: `${whole ? "a whole number" : "a number"} from ${low} to ${high}`, zh: `${low} 到 ${high} 的${whole ? "整数" : "数"}` };
    if (!this.#values.has(key) && fallback === undefined) throw configError(key, "(missing)", allowed);
    const value = this.#values.get(key) ?? fallback;
    if (typeof value !== "number" || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) throw configError(key, value, allowed);
    return value;
  }

  /** Errors: `E_MODEL_CONFIG`. */
  text<T extends string>(field: Field, allowed: readonly T[], fallback: T): T {
    const key = this.#keyOf(field);
    const value = this.#values.get(key) ?? fallback;
    if (!allowed.includes(value as T)) throw configError(key, value, allowed);
    return value as T;
  }

  /** Errors: `E_MODEL_CONFIG`. */
  flag(field: Field, fallback: boolean): boolean {
    const key = this.#keyOf(field);
    const value = this.#values.get(key) ?? fallback;
    if (typeof value !== "boolean") throw configError(key, value, ["true", "false"]);
    return value;
  }

  /** A list, undefined where there is none. Errors: `E_MODEL_CONFIG`. */
  list(field: Field): readonly unknown[] | undefined {
    const key = this.#keyOf(field);
    const value = this.#values.get(key);
    if (value !== undefined && !Array.isArray(value)) throw configError(key, value, { en: "a list", zh: "列表" });
    return value as readonly unknown[] | undefined;
  }

  /** Refuses a relation that does not hold. Errors: `E_MODEL_CONFIG`. */
  require(holds: boolean, field: Field, value: unknown, allowed: Phrase): void {
    if (!holds) throw configError(this.#keyOf(field), value, allowed);
  }

  /** Refuses every key that nobody has asked for. Errors: `E_MODEL_CONFIG` with the first. */
  refuseOthers(): void {
    for (const [key, value] of this.#values) {
      if (!this.#asked.has(key) && !meansNothing(this.container, key.slice(this.#prefix.length)))
        throw configError(key, value, { en: "(nothing: it is not known)", zh: "（无：未知的键）" });
    }
  }

  // The key of a field that is there; else its first, for messages.
  #keyOf({ gguf, hub = [] }: Field): string {
    const keys = this.container === "gguf" ? (gguf === undefined ? [] : [this.#prefix + gguf]) : hub;
    for (const key of keys) this.#asked.add(key);
    return keys.find((key) => this.#values.has(key)) ?? keys[0] ?? "";
  }
}

function configError(key: string, value: unknown, allowed: Phrase): InkstoneError {
  return new InkstoneError("E_MODEL_CONFIG", { key, value: typeof value === "object" ? JSON.stringify(value) : String(value), allowed });
}

// Of training, of other programs, of texts; what says nothing about how logits are computed.
const nothing: Readonly<Record<Container, readonly RegExp[]>> = {
  gguf: [/^vocab_size$/, /^attention\.value_length$/, /^rope\.scaling\.finetuned$/, /^(expert_count|expert_used_count)$/, /^attention\.causal$/],
  hub: [
    /^_/,
    /^(model_type|architectures|torch_dtype|dtype|transformers_version|use_cache|auto_map|name_or_path|problem_type|task_specific_params.*)$/,
    /(^|_)token_id(s?)(\.\d+)?$/,
    /dropout|pdrop|^initializer_range$|^summary_|^pretraining_tp$|^gradient_checkpointing$|^output_|^return_dict$|^chunk_size_feed_forward$/,
    /^(id2label|label2id|num_labels|tokenizer_class|is_decoder|is_encoder_decoder|is_llama_config|cross_attention_hidden_size|use_return_dict|prefix|add_cross_attention)/,
    /^(attn_implementation|quantization_config|transformers\.js_config|unsloth_.*|max_window_layers|n_ctx|reorder_and_upcast_attn|scale_attn_by_inverse_layer_idx|cache_implementation|tf_legacy_loss|use_bfloat16|pruned_heads|finetuning_task|bad_words_ids)/,
    /^(do_sample|early_stopping|length_penalty|max_length|min_length|num_beams.*|num_return_sequences|no_repeat_ngram_size|repetition_penalty|temperature|top_[kp]|typical_p|diversity_penalty|encoder_no_repeat_ngram_size|exponential_decay_length_penalty|forced_.*|begin_suppress_tokens|suppress_tokens|remove_invalid_values|torchscript|default_theta)/,
  ],
};

const meansNothing = (container: Container, key: string): boolean => nothing[container].some((pattern) => pattern.test(key));

/** The settings of a GGUF file: the keys that begin with its architecture's name. Errors: those of reading lists. */
export function ggufSettings(metadata: GgufMetadata): Settings {
  const prefix = `${metadata.string("general.architecture")}.`;
  const values = new Map<string, unknown>();
  for (const key of metadata.keys()) {
    if (!key.startsWith(prefix)) continue;
    const { array, value } = metadata.entry(key) ?? {};
    if (array === undefined) values.set(key, value);
    else if (array.type === "string") values.set(key, metadata.strings(key));
    else values.set(key, array.type === "bool" ? metadata.booleans(key) : [...metadata.numbers(key)]);
  }
  // The token list says how many there are; a declared number must agree.
  const counted = metadata.has("tokenizer.ggml.tokens") ? metadata.count("tokenizer.ggml.tokens") : undefined;
  const size = `${prefix}vocab_size`;
  const declared = values.get(size);
  if (declared === undefined && counted !== undefined) values.set(size, counted);
  else if (declared && counted !== undefined && declared !== counted) throw configError(size, declared, [String(counted)]);
  return new Settings("gguf", values, prefix);
}

/**
 * The settings of a config.json. Null counts as left out.
 *
 * @example
 * hubSettings({ rope_scaling: { factor: 2 } }).number({ hub: ["rope_scaling.factor"] }, { low: 1, high: 8 }); // 2
 */
export function hubSettings(config: Readonly<Record<string, unknown>>): Settings {
  const values = new Map<string, unknown>();
  const add = (object: Readonly<Record<string, unknown>>, before: string) => {
    for (const [key, value] of Object.entries(object)) {
      if (value === null) continue;
      if (typeof value === "object" && !Array.isArray(value)) add(value as Record<string, unknown>, `${before}${key}.`);
      else values.set(before + key, value);
    }
  };
  add(config, "");
  return new Settings("hub", values);
}
