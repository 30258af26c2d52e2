// Adapters as peft keeps them: adapter_config.json and adapter_model.safetensors. Knows no models that run.
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InkstoneError } from "../../core/index.ts";
import { openSafetensors, readTextFile, type SafetensorsContent, safetensorsPieces } from "../../formats/index.ts";
import { type AdapterSettings, adapterScale } from "./settings.ts";
import type { AdapterMatrices } from "./sites.ts";

/** An adapter that was read. */
export interface PeftAdapter {
  readonly name: string;
  readonly settings: AdapterSettings;
  /** What it says of its base. */
  readonly base: { readonly reference: string; readonly fingerprint?: string };
  /** By module of the hub. */
  readonly matrices: ReadonlyMap<string, AdapterMatrices>;
}

/** Names within the folder. */
export const peftFiles = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;

const PREFIX = "base_model.model.";

/**
 * Whether a folder holds an adapter.
 *
 * @example
 * isAdapterFolder("."); // false
 */
export function isAdapterFolder(path: string): boolean {
  return existsSync(join(path, peftFiles.config)) && statSync(path).isDirectory();
}

/**
 * Reads an adapter of peft's: LoRA, rsLoRA and DoRA on the matrices of the blocks, ranks and alphas of their own included.
 *
 * Errors: `E_ADAPTER` for another kind, for biases, whole modules or anything else that would be lost, and for tensors that do not fit; those of reading.
 *
 * @example
 * await readPeft("no-adapter"); // throws E_ADAPTER
 */
export async function readPeft(path: string): Promise<PeftAdapter> {
  const name = basename(path);
  const refuse = (en: string, zh: string): never => {
    throw new InkstoneError("E_ADAPTER", { adapter: name, why: { en, zh } });
  };
  for (const file of Object.values(peftFiles)) if (!existsSync(join(path, file))) refuse(`it has no ${file}`, `缺少 ${file}`);
  const config = plainOf(await readTextFile(join(path, peftFiles.config)), refuse);
  const settings = settingsOf(config, refuse);
  const file = await openSafetensors(join(path, peftFiles.weights));
  try {
    const found = new Map<string, { a?: Float32Array; b?: Float32Array; magnitude?: Float32Array; rank?: number }>();
    for (const [tensor, entry] of file.tensors) {
      const parsed = /^(?:base_model\.model\.)?(.+)\.(lora_A|lora_B|lora_magnitude_vector)(?:\.default)?(?:\.weight)?$/.exec(tensor);
      if (parsed === null) return refuse(`the tensor "${tensor}" is not known`, `未知张量“${tensor}”`);
      const [, module, part] = parsed;
      const one = found.get(module) ?? {};
      found.set(module, one);
      const values = file.values(tensor) as Float32Array;
      if (part === "lora_A") Object.assign(one, { a: values, rank: entry.shape[0] });
      else if (part === "lora_B") one.b = values;
      else one.magnitude = values;
    }
    const matrices = new Map<string, AdapterMatrices>();
    for (const [module, { a, b, magnitude, rank }] of found) {
      if (a === undefined || b === undefined || rank === undefined || rank === 0 || b.length % rank !== 0)
        return refuse(`the matrices of "${module}" are not whole`, `“${module}”的矩阵不完整`);
      const alpha = patternOf(config["alpha_pattern"], module, refuse) ?? settings.alpha;
      const scale = adapterScale({ rank, alpha, rankStabilised: settings.rankStabilised });
      matrices.set(module, { rank, scale, a, b, ...(magnitude ? { magnitude } : {}) });
    }
    if (matrices.size === 0) refuse("it holds no matrices", "其中没有矩阵");
    const fingerprint = file.metadata.get("inkstone_base");
    const reference = String(config["base_model_name_or_path"] ?? "");
    return { name, settings, base: { reference, ...(fingerprint === undefined ? {} : { fingerprint }) }, matrices };
  } finally {
    file.close();
  }
}

type Refuse = (en: string, zh: string) => never;
type Plain = Readonly<Record<string, unknown>>;

function plainOf(text: string, refuse: Refuse): Plain {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Plain;
  } catch {
    // Said below.
  }
  return refuse("adapter_config.json is no JSON object", "adapter_config.json 不是 JSON 对象");
}

/** Fields of peft's configuration that change what an adapter computes and are not known here, with the values that change nothing. */
const plainOnly: Readonly<Record<string, readonly unknown[]>> = {
  bias: ["none"],
  modules_to_save: [null],
  layer_replication: [null],
  lora_bias: [false],
  trainable_token_indices: [null],
  target_parameters: [null],
  use_qalora: [false],
};

function settingsOf(config: Plain, refuse: Refuse): AdapterSettings {
  if (config["peft_type"] !== "LORA")
    refuse(`its kind is "${String(config["peft_type"])}", not LORA`, `类型是“${String(config["peft_type"])}”，不是 LORA`);
  for (const [field, allowed] of Object.entries(plainOnly)) {
    const value = config[field];
    const empty = Array.isArray(value) && value.length === 0;
    if (value !== undefined && !empty && !allowed.includes(value))
      refuse(`${field} = ${JSON.stringify(value)} is not supported`, `不支持 ${field} = ${JSON.stringify(value)}`);
  }
  const { r, lora_alpha: alpha, lora_dropout: dropout = 0, target_modules: targets, use_rslora: stabilised, use_dora: decomposed } = config;
  if (typeof r !== "number" || !(Number.isInteger(r) && r > 0)) return refuse("r is no whole number from 1", "r 不是正整数");
  if (typeof alpha !== "number" || typeof dropout !== "number")
    return refuse("lora_alpha or lora_dropout is no number", "lora_alpha 或 lora_dropout 不是数值");
  const names = Array.isArray(targets) ? targets.map(String) : ("all-linear" as const);
  return { rank: r, alpha, dropout, targets: names, rankStabilised: stabilised === true, decomposed: decomposed === true };
}

// Patterns are ends of names; what only a regular expression can say is refused.
function patternOf(patterns: unknown, module: string, refuse: Refuse): number | undefined {
  for (const [key, value] of Object.entries((patterns ?? {}) as Plain)) {
    if (/[\\^$*+?()[\]{}|]/.test(key)) refuse(`the pattern "${key}" is not supported`, `不支持模式“${key}”`);
    if (module === key || module.endsWith(`.${key}`)) return Number(value);
  }
  return undefined;
}

/** What is written beside the matrices. */
export interface PeftFacts {
  readonly settings: AdapterSettings;
  /** The base's reference, and the digest that tells it from others. */
  readonly base: { readonly reference: string; readonly fingerprint: string };
  /** Whether the base keeps its matrices as [inputs, outputs] on the hub (GPT-2). */
  readonly transposed: boolean;
}

/**
 * The files of an adapter as peft reads them.
 *
 * @example
 * const settings = { rank: 1, alpha: 2, dropout: 0, targets: ["q_proj"], rankStabilised: false, decomposed: false };
 * const matrices = new Map([["model.layers.0.self_attn.q_proj", { rank: 1, scale: 2, a: Float32Array.of(1, 0), b: Float32Array.of(0, 1) }]]);
 * const content = peftContent(matrices, { settings, base: { reference: "tiny", fingerprint: "" }, transposed: false });
 * content.has("adapter_config.json"); // true
 */
export function peftContent(
  matrices: ReadonlyMap<string, AdapterMatrices>,
  { settings, base, transposed }: PeftFacts,
): Map<string, string | Iterable<Uint8Array>> {
  const modules = [...new Set([...matrices.keys()].map((module) => module.slice(module.lastIndexOf(".") + 1)))].sort();
  const config = {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base.reference,
    bias: "none",
    fan_in_fan_out: transposed,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: settings.alpha,
    lora_dropout: settings.dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: settings.rank,
    rank_pattern: {},
    revision: null,
    target_modules: modules,
    task_type: "CAUSAL_LM",
    use_dora: settings.decomposed,
    use_rslora: settings.rankStabilised,
  };
  const tensors = [...matrices].flatMap(([module, { rank, a, b, magnitude }]): SafetensorsContent[] => [
    { name: `${PREFIX}${module}.lora_A.weight`, shape: [rank, a.length / rank], values: a },
    { name: `${PREFIX}${module}.lora_B.weight`, shape: [b.length / rank, rank], values: b },
    ...(magnitude ? [{ name: `${PREFIX}${module}.lora_magnitude_vector`, shape: [magnitude.length], values: magnitude }] : []),
  ]);
  return new Map<string, string | Iterable<Uint8Array>>([
    [peftFiles.weights, safetensorsPieces(tensors, { format: "pt", inkstone_base: base.fingerprint })],
    [peftFiles.config, `${JSON.stringify(config, undefined, 2)}\n`],
  ]);
}
