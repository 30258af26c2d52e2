// What an architecture declares, by its kind, and the registry that finds one by its declared name. Knows no files.
import { InkstoneError } from "../core/index.ts";
import type { Decoder, Module } from "../nn/index.ts";
import type { Settings } from "./settings.ts";
import type { NameTable } from "./weights/names.ts";
import type { WeightSource } from "./weights/source.ts";
import type { Container } from "./weights/store.ts";

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

/** A model that is ready to be built: its configuration has been read and checked. */
export interface Plan<C, M> {
  readonly config: C;
  /** Wires it; `positions` is how many positions will be used. A weight's name and shape stand where it is asked for, and nowhere else. */
  readonly build: (source: WeightSource, positions: number) => M;
}

/** One family of models of a kind: a file of its own. */
export interface ArchitectureOf<K extends string, C, M> {
  readonly kind: K;
  /** Its declared names in each container: `general.architecture`, `model_type`. */
  readonly names: Readonly<Record<Container, readonly string[]>>;
  /** Own names of weights -> names in each container. */
  readonly weights: Readonly<Record<Container, NameTable>>;
  /** Tensors of files that mean nothing here, `{i}` for numbers. */
  readonly ignored?: readonly string[];
  /** Reads and checks the configuration. Errors: `E_MODEL_CONFIG`. */
  readonly plan: (settings: Settings) => Plan<C, M>;
}

/** Writes on: ids to logits over a cache. */
export type DecoderArchitecture = ArchitectureOf<"decoder", DecoderConfig, Decoder>;
/** Reads a whole text: ids to vectors. */
export type EncoderArchitecture = ArchitectureOf<"encoder", object, Module>;
/** Reads one sequence and writes another. */
export type EncoderDecoderArchitecture = ArchitectureOf<"encoder-decoder", object, Module>;

/** An architecture of any kind. */
export type Architecture = DecoderArchitecture | EncoderArchitecture | EncoderDecoderArchitecture;

/**
 * The architecture of this name in a container among those known. Errors: `E_MODEL_ARCHITECTURE` with the list.
 *
 * @example
 * findArchitecture([llama], "gguf", "llama").kind; // "decoder"
 * findArchitecture([llama], "gguf", "mamba"); // throws E_MODEL_ARCHITECTURE
 */
export function findArchitecture<A extends Architecture>(known: readonly A[], container: Container, name: string): A {
  const found = known.find(({ names }) => names[container].includes(name));
  if (found === undefined) {
    throw new InkstoneError("E_MODEL_ARCHITECTURE", { architecture: name, supported: known.flatMap(({ names }) => names[container]).join(", ") });
  }
  return found;
}
