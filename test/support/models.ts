// Tiny models on any device, and what tests ask of them. Knows no files on disk.
import { memorySource, parseGguf } from "#formats";
import { type CausalModel, loadModel, type RunOptions, type Sequence } from "#models";
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

/** Appends ids to a sequence: the logits after them. */
export function run(model: CausalModel, sequence: Sequence, ids: readonly number[], options?: RunOptions): Float32Array {
  return model.step([{ sequence, ids, want: { likeliest: 1 } }], options)[0].logits!();
}

/** Appends ids to a sequence: how unlikely each one's target is. */
export function score(model: CausalModel, sequence: Sequence, ids: readonly number[], targets: readonly number[]): Float32Array {
  return model.step([{ sequence, ids, want: { targets } }])[0].scores!;
}

/** Runs ids in pieces of these lengths (default: at once): the logits after them. */
export function logitsAfter(model: CausalModel, sequence: Sequence, ids: readonly number[], pieces: readonly number[] = [ids.length]): Float32Array {
  let at = 0;
  let logits = new Float32Array();
  for (const piece of pieces) {
    logits = run(model, sequence, ids.slice(at, at + piece)) as Float32Array<ArrayBuffer>;
    at += piece;
  }
  return logits;
}

/** The likeliest ids one after the other. */
export function greedy(model: CausalModel, sequence: Sequence, prompt: readonly number[], count: number): number[] {
  const found: number[] = [];
  for (let next = prompt; found.length < count; next = found.slice(-1)) {
    found.push(model.step([{ sequence, ids: next, want: { likeliest: 1 } }])[0].likeliest!.indices[0]);
  }
  return found;
}
