// Tiny models on any device, and what tests ask of them. Knows no files on disk.
import { memorySource, parseGguf } from "#formats";
import { type CausalModel, loadModel, type Sequence } from "#models";
import type { Precision } from "#native";
import type { Device } from "#tensor";
import { anyDevice } from "./devices.ts";
import { type TinyLlamaOptions, tinyLlama } from "./tiny-llama.ts";

/** Loads a tiny llama. */
export async function loadTiny(
  device: Device,
  { precision = "exact", contextLength, ...options }: TinyLlamaOptions & { precision?: Precision } = {},
): Promise<CausalModel> {
  return loadModel(parseGguf(memorySource(tinyLlama({ ...options, contextLength }))), device, { precision });
}

/** Tries to load one: for what must be refused. */
export const loading = (options: TinyLlamaOptions): Promise<CausalModel> => loadTiny(anyDevice, options);

/** Ids that look random and are always the same. */
export const idsOf = (count: number, seed: number = 1): number[] =>
  Array.from({ length: count }, (_, i) => ((i + seed) * 7919 + ((i * i * seed) % 101)) % 300);

/** Runs ids in pieces of these lengths (default: at once): the logits after them. */
export function logitsAfter(model: CausalModel, sequence: Sequence, ids: readonly number[], pieces: readonly number[] = [ids.length]): Float32Array {
  let at = 0;
  for (const piece of pieces) {
    model.run(sequence, ids.slice(at, at + piece));
    at += piece;
  }
  return model.logits();
}

/** The likeliest ids one after the other. */
export function greedy(model: CausalModel, sequence: Sequence, prompt: readonly number[], count: number): number[] {
  const found: number[] = [];
  for (let next = prompt; found.length < count; next = found.slice(-1)) {
    model.run(sequence, next);
    found.push(model.candidates(1).indices[0]);
  }
  return found;
}
