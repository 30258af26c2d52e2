// From a weight file and a configuration to an encoder that runs. Everything is checked by shape; on an error nothing stays allocated.
import { InkstoneError } from "../../core/index.ts";
import type { Precision } from "../../native/index.ts";
import type { Device } from "../../tensor/index.ts";
import { buildEncoder } from "./bert.ts";
import { encoderConfig } from "./config.ts";
import { answerHead, classifierHead, type Head, tokenHead, wordHead } from "./heads.ts";
import { type NamedWeights, openNamedWeights } from "./named-weights.ts";
import { RunningEncoder } from "./running-encoder.ts";
import { denseMaker, packedMaker } from "./weight-makers.ts";

/** Tiers that multiply pairs of bf16. */
const pairTiers: ReadonlySet<string> = new Set(["avx512bf16", "amx"]);

/** What stands on the encoder. */
export type HeadKind = "classes" | "tokens" | "answers" | "words";

/** How to load. */
export interface LoadEncoderOptions {
  /** Default "exact". */
  readonly precision?: Precision;
  /** Default: none. */
  readonly head?: HeadKind;
}

/** An encoder and its head. */
export interface LoadedEncoder {
  readonly encoder: RunningEncoder;
  readonly head: Head | undefined;
}

function headOf(kind: HeadKind | undefined, config: ReturnType<typeof encoderConfig>, weights: NamedWeights, prefix: string): Head | undefined {
  if (kind === "classes") return classifierHead(config, weights, prefix);
  if (kind === "tokens") return tokenHead(config, weights);
  if (kind === "answers") return answerHead(config, weights);
  return kind === "words" ? wordHead(config, weights, prefix) : undefined;
}

/**
 * Loads BERT or one of its kin from a .safetensors or .onnx file. `config`: what its config.json says.
 *
 * Errors: `E_MODEL_ARCHITECTURE`, `E_MODEL_CONFIG`, `E_MODEL_TENSORS`, `E_MODEL_MEMORY`, `E_FORMAT_…`.
 *
 * @example
 * const { encoder } = await loadEncoder("encoder.safetensors", JSON.parse(await readFile("encoder.json", "utf8")), cpu());
 * const lengths: number[] = [];
 * encoder.run([{ ids: [2, 7, 3], types: [0, 0, 0] }], (_, rows) => lengths.push(rows.length / encoder.config.width));
 * lengths; // [3]
 * encoder.dispose();
 */
export async function loadEncoder(
  path: string,
  config: Readonly<Record<string, unknown>>,
  device: Device,
  { precision = "exact", head }: LoadEncoderOptions = {},
): Promise<LoadedEncoder> {
  const checked = encoderConfig(config);
  const weights = await openNamedWeights(path);
  try {
    checkMemory(weights);
    // Passes have many rows: where pairs of bf16 are multiplied at once, plain matrices are twice as fast as packed ones, which are widened to f32 first.
    const inPairs = precision === "bf16" && pairTiers.has(device.executor.tier);
    const { encoder, prefix, owned } = buildEncoder(checked, weights, device, inPairs ? denseMaker(device) : packedMaker(device, precision, "row"));
    const running = new RunningEncoder({ config: checked, encoder, device, owned, compute: inPairs ? "bf16" : "f32" });
    return { encoder: running, head: headOf(head, checked, weights, prefix) };
  } finally {
    weights.close();
  }
}

function checkMemory(weights: NamedWeights): void {
  const sizeOf = (name: string) => (weights.shape(name) ?? []).reduce((size, each) => size * each, 4);
  const needed = weights.names.reduce((sum, name) => sum + sizeOf(name), 0);
  const available = process.availableMemory();
  if (needed > available) throw new InkstoneError("E_MODEL_MEMORY", { needed, available });
}
