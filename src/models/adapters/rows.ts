// How rows of our weights lie in the modules of the hub. Knows no values.
import { createHash } from "node:crypto";
import type { Tensor } from "../../tensor/index.ts";
import type { Architecture } from "../architecture.ts";
import { fileName } from "../weights/names.ts";

/** The module of the hub that a weight of a block belongs to; undefined for what takes no adapter: embeddings, norms, the head. */
export function moduleOf({ weights }: Architecture, own: string): string | undefined {
  return /^layers\.\d+\./.test(own) ? fileName(weights.hub, own)?.replace(/\.weight$/, "") : undefined;
}

/**
 * Where row i of a weight lies in the module of the hub. `permuted`: rows of queries and keys lie as GGUF files of the llama family have them, the halves of each head of `width` rows interleaved.
 *
 * @example
 * const row = permutedRow("layers.0.attention.query.weight", (i) => i, true, 4);
 * [0, 1, 2, 3].map(row); // [0, 2, 1, 3]
 */
export function permutedRow(own: string, row: (i: number) => number, permuted: boolean, width: number): (i: number) => number {
  if (!permuted || !/attention\.(query|key)\.weight$/.test(own)) return row;
  return (i) => row(i - (i % width) + (i % 2) * (width / 2) + Math.floor((i % width) / 2));
}

/** Tells one base from another: a digest of its last norm, which quantising leaves as it is. */
export function fingerprintOf(norm: Tensor): string {
  const values = Float32Array.from(norm.dataSync());
  return createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex").slice(0, 32);
}
