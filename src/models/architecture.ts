// What an architecture declares, and the registry that finds one by its declared name. Knows no files beyond metadata.
import { InkstoneError } from "../core/index.ts";
import type { GgufMetadata } from "../formats/index.ts";
import type { Decoder, PackedWeight } from "../nn/index.ts";
import type { Device, Tensor } from "../tensor/index.ts";

/** Sizes that running a decoder needs, whatever its family. */
export interface DecoderConfig {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly contextLength: number;
  readonly vocabularySize: number;
}

/** Where layers get their weights, by the architecture's own names. Shapes are checked. */
export interface WeightSource {
  /** A matrix [outputs, inputs]. */
  matrix(name: string, outputs: number, inputs: number): PackedWeight;
  vector(name: string, width: number): Tensor;
  has(name: string): boolean;
  /** Hands over what the model owns beside its weights: it is freed with the model, or when building fails. */
  own<T extends { dispose(): void }>(made: T): T;
}

/** One family of models: its configuration, how it is wired, and where each weight lies in a GGUF file. */
export interface Architecture<C extends DecoderConfig = DecoderConfig> {
  /** Values of `general.architecture`. */
  readonly names: readonly string[];
  /** Reads and checks the configuration. Errors: `E_MODEL_CONFIG`. */
  readonly config: (metadata: GgufMetadata) => C;
  /** Wires the layers; `positions` is how many positions will be used. */
  readonly build: (config: C, weights: WeightSource, device: Device, positions: number) => Decoder;
  /** Own name -> name in GGUF, `{i}` for the layer. */
  readonly gguf: Readonly<Record<string, string>>;
  /** Every weight with its shape, so that a file can be checked before anything is read. */
  readonly weights: (config: C, has: (name: string) => boolean) => readonly WeightShape[];
}

/** A weight that a model needs. */
export interface WeightShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The architecture of this name among those known. Errors: `E_MODEL_ARCHITECTURE` with the list.
 *
 * @example
 * findArchitecture([llama as Architecture], "llama").names; // ["llama"]
 * findArchitecture([llama as Architecture], "mamba"); // throws E_MODEL_ARCHITECTURE
 */
export function findArchitecture(known: readonly Architecture[], name: string): Architecture {
  const found = known.find(({ names }) => names.includes(name));
  if (found === undefined) {
    throw new InkstoneError("E_MODEL_ARCHITECTURE", { architecture: name, supported: known.flatMap(({ names }) => names).join(", ") });
  }
  return found;
}

/** The GGUF name of a weight: `layers.3.mlp.up.weight` by the pattern `layers.{i}.mlp.up.weight`. */
export function ggufName(names: Readonly<Record<string, string>>, own: string): string {
  const index = /\.(\d+)\./.exec(own)?.[1];
  const pattern = names[index === undefined ? own : own.replace(`.${index}.`, ".{i}.")];
  return pattern.replace("{i}", index ?? "");
}

/** Bounds of a hyper-parameter. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  /** Whole numbers only (default true). */
  readonly whole?: boolean;
  /** A value when the key is missing; without one it is required. */
  readonly fallback?: number;
}

/**
 * A hyper-parameter within its bounds. Errors: `E_MODEL_CONFIG` naming KEY=VALUE and what is allowed.
 */
export function hyperParameter(metadata: GgufMetadata, key: string, { low, high, whole = true, fallback }: Bounds): number {
  const allowed = `${whole ? "a whole number" : "a number"} from ${low} to ${high}`;
  if (!metadata.has(key) && fallback === undefined) throw new InkstoneError("E_MODEL_CONFIG", { key, value: "(missing)", allowed });
  const value = metadata.has(key) ? metadata.number(key) : (fallback as number);
  if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
    throw new InkstoneError("E_MODEL_CONFIG", { key, value: String(value), allowed });
  return value;
}

/** Refuses a relation between hyper-parameters that does not hold. Errors: `E_MODEL_CONFIG`. */
export function requireConfig(holds: boolean, key: string, value: unknown, allowed: string): void {
  if (!holds) throw new InkstoneError("E_MODEL_CONFIG", { key, value: String(value), allowed });
}
