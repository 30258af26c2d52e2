// A whole decoder in plain f64 loops over all its positions at once, without a cache: what layers and models are held against. Knows no tensors.
import { attended, gated, normed, product, sum, turned } from "./plain.ts";

type Numbers = ArrayLike<number>;

/** Weights of a block, each [outputs, inputs] or [width]. */
export interface PlainBlock {
  readonly attentionNorm: Numbers;
  readonly query: Numbers;
  readonly key: Numbers;
  readonly value: Numbers;
  readonly output: Numbers;
  readonly mlpNorm: Numbers;
  readonly gate: Numbers;
  readonly up: Numbers;
  readonly down: Numbers;
}

/** Sizes and choices of a decoder. */
export interface PlainConfig {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly mlpWidth: number;
  readonly epsilon: number;
  readonly base: number;
  readonly scale?: number;
  readonly adjacent: boolean;
}

/** Attention of rows at positions 0 …, with its projections. x [T, width]. */
export function plainAttention(x: Numbers, block: PlainBlock, c: PlainConfig): Float64Array {
  const rows = x.length / c.width;
  const [q, kv] = [c.heads * c.headWidth, c.keyValueHeads * c.headWidth];
  const positions = { width: c.headWidth, start: 0, base: c.base, scale: c.scale, adjacent: c.adjacent };
  const query = turned(product(x, block.query, rows, q, c.width), { heads: c.heads, ...positions });
  const key = turned(product(x, block.key, rows, kv, c.width), { heads: c.keyValueHeads, ...positions });
  const value = product(x, block.value, rows, kv, c.width);
  const sizes = { heads: c.heads, keyValueHeads: c.keyValueHeads, width: c.headWidth, start: 0, scale: c.headWidth ** -0.5 };
  return product(attended(query, key, value, sizes), block.output, rows, c.width, q);
}

/** down(silu(gate(x)) · up(x)). */
export function plainMlp(x: Numbers, block: PlainBlock, { width, mlpWidth }: PlainConfig): Float64Array {
  const rows = x.length / width;
  const inner = gated(product(x, block.gate, rows, mlpWidth, width), product(x, block.up, rows, mlpWidth, width));
  return product(inner, block.down, rows, width, mlpWidth);
}

/** A pre-norm block with its two residuals. */
export function plainBlock(x: Numbers, block: PlainBlock, c: PlainConfig): Float64Array {
  const y = sum(x, plainAttention(normed(x, block.attentionNorm, c.epsilon), block, c));
  return sum(y, plainMlp(normed(y, block.mlpNorm, c.epsilon), block, c));
}

/** Logits [T, V] of ids from position 0 on. */
export function plainLogits(
  ids: readonly number[],
  weights: { embedding: Numbers; blocks: readonly PlainBlock[]; norm: Numbers; head: Numbers },
  c: PlainConfig,
): Float64Array {
  const table = Array.from(weights.embedding);
  let x: Numbers = ids.flatMap((id) => table.slice(id * c.width, (id + 1) * c.width));
  for (const block of weights.blocks) x = plainBlock(x, block, c);
  return product(normed(x, weights.norm, c.epsilon), weights.head, ids.length, weights.head.length / c.width, c.width);
}
