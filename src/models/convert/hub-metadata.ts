// The settings of a folder's config.json as the metadata of a GGUF file, family by family. Knows no weights.
import { InkstoneError } from "../../core/index.ts";
import type { GgufValue } from "../../formats/index.ts";
import { readSizes, readWindow } from "../decoders/sizes.ts";
import { readTurning } from "../decoders/turning.ts";
import { hubSettings } from "../settings.ts";

type Config = Readonly<Record<string, unknown>>;

/** What becomes of a folder's model in a GGUF file. */
export interface HubForm {
  /** `general.architecture`. */
  readonly architecture: string;
  /** Keys without the architecture's name before them. */
  readonly settings: ReadonlyMap<string, GgufValue>;
  readonly layers: number;
  readonly vocabularySize: number;
  /** Of query and key: rows are put so that neighbours make a pair. */
  readonly paired?: { readonly heads: number; readonly keyValueHeads: number; readonly headWidth: number };
  /** Matrices of blocks lie [inputs, outputs] in the folder. */
  readonly transposed?: boolean;
  /** Llama 3's factors of each pair, a tensor in GGUF. */
  readonly factors?: Float32Array;
}

const u32 = (value: number): GgufValue => ({ type: "uint32", value });
const f32 = (value: number): GgufValue => ({ type: "float32", value });
const text = (value: string): GgufValue => ({ type: "string", value });

/** Families whose GGUF form is known here, by `model_type`: their name in GGUF. */
const families: Readonly<Record<string, string>> = {
  llama: "llama",
  mistral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  smollm3: "smollm3",
  gpt2: "gpt2",
};

/**
 * What a config.json becomes. Errors: `E_MODEL_ARCHITECTURE` for a family that has no form here; `E_MODEL_CONFIG`.
 *
 * @example
 * hubForm({ model_type: "bloom" }); // throws E_MODEL_ARCHITECTURE
 */
export function hubForm(config: Config): HubForm {
  const kind = String(config["model_type"]);
  const architecture = Object.hasOwn(families, kind) ? families[kind] : undefined;
  if (architecture === undefined)
    throw new InkstoneError("E_MODEL_ARCHITECTURE", { architecture: kind, supported: Object.keys(families).join(", ") });
  return architecture === "gpt2" ? gpt2(config) : turning(architecture, config);
}

function turning(architecture: string, config: Config): HubForm {
  const settings = hubSettings(config);
  const sizes = readSizes(settings, { norm: "rms", tied: architecture === "smollm3" });
  const base = architecture === "smollm3" ? 2_000_000 : 10_000;
  const found = readTurning(settings, { ...sizes, base, positions: sizes.contextLength });
  const window = architecture === "llama" ? readWindow(settings) : undefined;
  const { factors, entries } = scalingOf(settings, found.frequencies, { width: found.width, base: found.base, architecture });
  const { heads, keyValueHeads, headWidth, layers, vocabularySize } = sizes;
  return {
    architecture,
    layers,
    vocabularySize,
    settings: new Map<string, GgufValue>([
      ["context_length", u32(sizes.contextLength)],
      ["embedding_length", u32(sizes.width)],
      ["block_count", u32(layers)],
      ["feed_forward_length", u32(sizes.mlpWidth)],
      ["attention.head_count", u32(heads)],
      ["attention.head_count_kv", u32(keyValueHeads)],
      ["attention.layer_norm_rms_epsilon", f32(sizes.epsilon)],
      ["attention.key_length", u32(headWidth)],
      ["attention.value_length", u32(headWidth)],
      ["rope.freq_base", f32(found.base)],
      ["rope.dimension_count", u32(found.width)],
      ["vocab_size", u32(vocabularySize)],
      ...(window === undefined ? [] : [["attention.sliding_window", u32(window)] as const]),
      ...entries,
    ]),
    ...(architecture === "qwen2" || architecture === "qwen3" ? {} : { paired: { heads, keyValueHeads, headWidth } }),
    ...(factors === undefined ? {} : { factors }),
  };
}

interface Plain {
  readonly width: number;
  readonly base: number;
  readonly architecture: string;
}

// Linear and yarn are settings, llama 3's is a tensor of factors; others have no form that every reader knows.
function scalingOf(
  settings: ReturnType<typeof hubSettings>,
  frequencies: Float64Array,
  { width, base, architecture }: Plain,
): { factors?: Float32Array; entries: readonly (readonly [string, GgufValue])[] } {
  const field = (name: string) => ({ hub: [`rope_parameters.${name}`, `rope_scaling.${name}`] });
  const kindField = { hub: ["rope_parameters.rope_type", "rope_scaling.rope_type", "rope_scaling.type"] };
  const kind = settings.text(kindField, ["default", "linear", "dynamic", "yarn", "llama3", "longrope", "su"], "default");
  const factor = () => settings.number(field("factor"), { low: 1e-6, high: 1e6, whole: false });
  if (kind === "linear")
    return {
      entries: [
        ["rope.scaling.type", text("linear")],
        ["rope.scaling.factor", f32(factor())],
      ],
    };
  if (kind === "yarn") {
    const original = settings.number(field("original_max_position_embeddings"), { low: 1, high: 2 ** 24 });
    return {
      entries: [
        ["rope.scaling.type", text("yarn")],
        ["rope.scaling.factor", f32(factor())],
        ["rope.scaling.original_context_length", u32(original)],
      ],
    };
  }
  if (kind === "llama3") return { entries: [], factors: Float32Array.from(frequencies, (each, i) => base ** ((-2 * i) / width) / each) };
  if (kind === "longrope" || kind === "su")
    throw new InkstoneError("E_MODEL_ARCHITECTURE", {
      architecture: `${architecture} (${kind})`,
      supported: "default, linear, dynamic, yarn, llama3",
    });
  return { entries: [] };
}

function gpt2(config: Config): HubForm {
  const settings = hubSettings(config);
  const sizes = readSizes(settings, { norm: "layer", tied: true, mlpTimes: 4 });
  const field = { hub: ["activation_function"] };
  const activation = settings.text(field, ["gelu_new", "gelu_pytorch_tanh", "gelu"], "gelu_new");
  settings.require(activation !== "gelu", field, activation, {
    en: "gelu_new: what GGUF files of gpt2 mean",
    zh: "gelu_new（gpt2 的 GGUF 文件即指它）",
  });
  return {
    architecture: "gpt2",
    layers: sizes.layers,
    vocabularySize: sizes.vocabularySize,
    transposed: true,
    settings: new Map<string, GgufValue>([
      ["context_length", u32(sizes.contextLength)],
      ["embedding_length", u32(sizes.width)],
      ["block_count", u32(sizes.layers)],
      ["feed_forward_length", u32(sizes.mlpWidth)],
      ["attention.head_count", u32(sizes.heads)],
      ["attention.layer_norm_epsilon", f32(sizes.epsilon)],
      ["vocab_size", u32(sizes.vocabularySize)],
    ]),
  };
}
